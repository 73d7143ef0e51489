//! The words of an inventory: targets, hardware addresses, sizes, addresses; each read from text.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Gives a type that is read from text serde's and schemars' view of it.
macro_rules! read_from_text {
    ($type:ident, $pattern:literal) => {
        impl TryFrom<String> for $type {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.to_string()
            }
        }

        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    };
}
pub(super) use read_from_text;

/// What a machine is installed by and with: the release of an installer.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum Target {
    /// Fedora 42.
    F42,
    /// Fedora 43.
    F43,
    /// Fedora 44.
    F44,
    /// Fedora 45.
    F45,
    /// Red Hat Enterprise Linux 9 and what is made from it.
    RHEL9,
    /// Red Hat Enterprise Linux 10 and what is made from it.
    RHEL10,
    /// Debian 12.
    #[serde(rename = "debian-12")]
    Debian12,
    /// Debian 13.
    #[serde(rename = "debian-13")]
    Debian13,
    /// Ubuntu 24.04.
    #[serde(rename = "ubuntu-24.04")]
    Ubuntu2404,
}

/// The installers that there are files for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Installer {
    /// Anaconda, which reads kickstarts and installs images.
    Anaconda,
    /// debian-installer, which reads preseeds and installs packages.
    Debian,
    /// Subiquity, which reads autoinstall files and installs packages.
    Ubuntu,
}

impl Target {
    /// Every target, in the order of the type.
    pub const ALL: [Self; 9] = [
        Self::F42,
        Self::F43,
        Self::F44,
        Self::F45,
        Self::RHEL9,
        Self::RHEL10,
        Self::Debian12,
        Self::Debian13,
        Self::Ubuntu2404,
    ];

    /// The name as it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::F42 => "F42",
            Self::F43 => "F43",
            Self::F44 => "F44",
            Self::F45 => "F45",
            Self::RHEL9 => "RHEL9",
            Self::RHEL10 => "RHEL10",
            Self::Debian12 => "debian-12",
            Self::Debian13 => "debian-13",
            Self::Ubuntu2404 => "ubuntu-24.04",
        }
    }

    /// The installer that reads its files.
    #[must_use]
    pub fn installer(self) -> Installer {
        match self {
            Self::Debian12 | Self::Debian13 => Installer::Debian,
            Self::Ubuntu2404 => Installer::Ubuntu,
            _ => Installer::Anaconda,
        }
    }

    /// Whether its Anaconda knows the command `bootc` (pykickstart 3.64 and, for RHEL 10, 3.69).
    #[must_use]
    pub fn knows_bootc(self) -> bool {
        matches!(self, Self::F43 | Self::F44 | Self::F45 | Self::RHEL10)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|target| target.name() == text);
        found.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|target| target.name()).collect();
            format!("`{text}` is no target; known: {}", names.join(", "))
        })
    }
}

/// A hardware address of six bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// The address with a sign of choice between its bytes, in lower case.
    #[must_use]
    pub fn joined(self, sign: &str) -> String {
        self.0.map(|byte| format!("{byte:02x}")).join(sign)
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.joined(":"))
    }
}

impl FromStr for Mac {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no hardware address, write 52:54:00:12:34:56");
        let mut bytes = [0; 6];
        let mut parts = text.split([':', '-']);
        for byte in &mut bytes {
            let part = parts.next().filter(|part| part.len() == 2);
            let part = part.filter(|part| part.bytes().all(|c| c.is_ascii_hexdigit()));
            *byte = part
                .and_then(|part| u8::from_str_radix(part, 16).ok())
                .ok_or_else(wrong)?;
        }
        if parts.next().is_some() {
            return Err(wrong());
        }
        if bytes == [0; 6] || bytes[0] & 1 == 1 {
            return Err(format!("`{text}` is not the address of one machine"));
        }
        Ok(Self(bytes))
    }
}

read_from_text!(Mac, "^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$");

/// One hardware address or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Macs(pub Vec<crate::origin::Sourced<Mac>>);

impl<'de> Deserialize<'de> for Macs {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = crate::yaml::Node::deserialize(deserializer)?;
        let read = |node: &crate::yaml::Node| {
            let text = node
                .as_text()
                .ok_or("expected a hardware address or a list of them")?;
            let mac = text.parse()?;
            Ok::<_, String>(crate::origin::Sourced::new(mac, node.origin.clone()))
        };
        let macs: Result<Vec<_>, String> = match &node.value {
            crate::yaml::Value::Sequence(items) if items.is_empty() => {
                Err("the list is empty".to_owned())
            }
            crate::yaml::Value::Sequence(items) => items.iter().map(read).collect(),
            _ => read(&node).map(|mac| vec![mac]),
        };
        macs.map(Self).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Macs {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Macs".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = Mac::json_schema(generator);
        json_schema!({ "oneOf": [one, { "type": "array", "minItems": 1, "items": one }] })
    }
}

/// A size on a disk, in MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Size(pub u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            mib if mib.is_multiple_of(1 << 20) => write!(f, "{}T", mib >> 20),
            mib if mib.is_multiple_of(1 << 10) => write!(f, "{}G", mib >> 10),
            mib => write!(f, "{mib}M"),
        }
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no size, write 512M, 20G or 2T");
        let (number, unit) = text
            .split_at_checked(text.len().saturating_sub(1))
            .ok_or_else(wrong)?;
        let factor: u64 = match unit {
            "M" => 1,
            "G" => 1 << 10,
            "T" => 1 << 20,
            _ => return Err(wrong()),
        };
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let size = number.checked_mul(factor).filter(|size| *size < 1 << 40);
        match size {
            Some(0) | None => Err(wrong()),
            Some(size) => Ok(Self(size)),
        }
    }
}

read_from_text!(Size, "^[0-9]+[MGT]$");
