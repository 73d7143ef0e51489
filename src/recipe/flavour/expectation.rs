//! What the `tests` of recipes and layers expect of the finished tree.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::origin::{Diagnostic, Origin, Sourced};
use crate::path::TreePath;
use crate::setting::UnitName;

/// A test with who states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expectation {
    /// The flavour whose recipe states it, or uses the layer that does.
    pub flavour: String,
    /// Where it is written.
    pub origin: Origin,
    /// What is expected.
    pub test: Test,
}

/// One test of the finished tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Test {
    /// A file, directory or link is as described.
    File(FileTest),
    /// A package is installed, or is not.
    Package(PackageTest),
    /// A unit is enabled, disabled or masked.
    Service(ServiceTest),
    /// An account is as described.
    User(UserTest),
    /// Kernel parameters, as they will be at boot.
    Sysctl(BTreeMap<String, AnyText>),
    /// A command ends as described.
    Command(CommandTest),
}

/// What a file should be like; what is absent is not looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FileTest {
    /// The absolute path.
    pub path: FilePath,
    /// Whether it is there; true when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
    /// Permissions in octal, quoted: `"0644"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<FileMode>,
    /// The owner's name or number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<AnyText>,
    /// The group's name or number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<AnyText>,
    /// Texts that it holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contains: Vec<String>,
    /// What the symbolic link names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The SHA-256 of its content, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Hex>,
}

/// Whether a package is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PackageTest {
    /// Its name.
    pub name: String,
    /// Whether it is installed; true when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installed: Option<bool>,
    /// The version that is installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<AnyText>,
}

/// The state of a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ServiceTest {
    /// Its name, such as `sshd.service`.
    pub name: Unit,
    /// Whether it starts at boot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether it is masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub masked: Option<bool>,
}

/// What an account should be like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UserTest {
    /// Its name.
    pub name: String,
    /// Whether it is there; true when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// Its home directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<FilePath>,
    /// Its login shell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shell: Option<FilePath>,
    /// Groups that it belongs to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

/// A command and how it should end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CommandTest {
    /// The command line, given to `/bin/sh -c`.
    pub run: String,
    /// Its exit status; 0 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit: Option<u8>,
    /// Texts that its standard output holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stdout: Vec<AnyText>,
    /// Environment that it gets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
}

/// Text that may be written as a number or a truth value, and keeps its characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AnyText(pub String);

/// An absolute path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FilePath(TreePath);

/// Permission bits, as octal text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileMode(String);

/// A SHA-256 in lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hex(String);

/// The name of a unit of systemd.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Unit(String);

/// Text in a schema.
macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string" })
            }
        }
    )*};
}

as_text!(FilePath, FileMode, Hex, Unit);

impl JsonSchema for AnyText {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AnyText".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": ["string", "number", "boolean"] })
    }
}

impl FilePath {
    /// The path inside a root.
    #[must_use]
    pub fn path(&self) -> &TreePath {
        &self.0
    }
}

impl TryFrom<String> for FilePath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if !text.starts_with('/') {
            return Err(format!("`{text}` is not an absolute path; begin it with /"));
        }
        let path = TreePath::parse(&text).map_err(|error| error.to_string())?;
        Ok(Self(path))
    }
}

impl From<FilePath> for String {
    fn from(path: FilePath) -> Self {
        path.to_string()
    }
}

impl std::fmt::Display for FilePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "/{}", self.0.to_string().trim_start_matches('/'))
    }
}

impl FileMode {
    /// The bits.
    #[must_use]
    pub fn bits(&self) -> u32 {
        u32::from_str_radix(&self.0, 8).unwrap_or_default()
    }
}

impl TryFrom<String> for FileMode {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let octal = text.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
        let bits = u32::from_str_radix(&text, 8).is_ok_and(|bits| bits <= 0o7777);
        match (3..=5).contains(&text.len()) && octal && bits {
            true => Ok(Self(text)),
            false => Err(format!(
                "`{text}` is not a mode; write octal digits: \"0644\""
            )),
        }
    }
}

impl From<FileMode> for String {
    fn from(mode: FileMode) -> Self {
        mode.0
    }
}

impl Hex {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Hex {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digits = text.bytes().all(|digit| digit.is_ascii_hexdigit());
        match text.len() == 64 && digits {
            true => Ok(Self(text.to_ascii_lowercase())),
            false => Err(format!(
                "`{text}` is not a SHA-256; one has 64 hexadecimal digits"
            )),
        }
    }
}

impl From<Hex> for String {
    fn from(hex: Hex) -> Self {
        hex.0
    }
}

impl Unit {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Unit {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match UnitName::parse(&text) {
            Some(_) => Ok(Self(text)),
            None => Err(format!(
                "`{text}` is not a unit; write its suffix too: ssh.service"
            )),
        }
    }
}

impl From<Unit> for String {
    fn from(unit: Unit) -> Self {
        unit.0
    }
}

impl Test {
    /// What it is about, in a few words.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::File(test) => format!("file {}", test.path),
            Self::Package(test) => format!("package {}", test.name),
            Self::Service(test) => format!("service {}", test.name.as_str()),
            Self::User(test) => format!("user {}", test.name),
            Self::Sysctl(test) => {
                let names: Vec<&str> = test.keys().map(String::as_str).collect();
                format!("sysctl {}", names.join(", "))
            }
            Self::Command(test) => format!("command {}", test.run.trim()),
        }
    }

    /// Why it could never tell anything, or never hold.
    fn wrong(&self) -> Option<&'static str> {
        match self {
            Self::File(test) if test.exists == Some(false) => {
                let more = test.mode.is_some()
                    || test.owner.is_some()
                    || test.group.is_some()
                    || test.link.is_some()
                    || test.sha256.is_some()
                    || !test.contains.is_empty();
                more.then_some("a file that is not there is not like anything")
            }
            Self::Package(test) if test.installed == Some(false) && test.version.is_some() => {
                Some("a package that is not installed has no version")
            }
            Self::Service(test) if test.enabled.is_none() && test.masked.is_none() => {
                Some("it expects nothing of the unit: say `enabled` or `masked`")
            }
            Self::Service(test) if test.enabled == Some(true) && test.masked == Some(true) => {
                Some("a unit that is masked is not enabled")
            }
            Self::User(test) if test.exists == Some(false) => {
                let more = test.uid.is_some()
                    || test.home.is_some()
                    || test.shell.is_some()
                    || !test.groups.is_empty();
                more.then_some("an account that is not there is not like anything")
            }
            Self::Sysctl(test) if test.is_empty() => Some("it expects nothing"),
            Self::Sysctl(test) if test.keys().any(|key| !key.contains(['.', '/'])) => {
                Some("that is not the name of a kernel parameter; one has a dot")
            }
            Self::Command(test) if test.run.trim().is_empty() => Some("there is no command"),
            Self::Command(test)
                if test
                    .env
                    .keys()
                    .any(|name| name.is_empty() || name.contains(['=', '\0'])) =>
            {
                Some("that is not the name of a variable")
            }
            _ => None,
        }
    }
}

/// The tests of a list, with who states them.
///
/// # Errors
/// Every test that could never hold, or never fail.
pub(in crate::recipe) fn expectations(
    tests: &[Sourced<Test>],
    flavour: &str,
) -> Result<Vec<Expectation>, Vec<Diagnostic>> {
    let wrong = tests.iter().filter_map(|test| {
        let why = test.value.wrong()?;
        let message = format!("this test is wrong: {why}");
        Some(Diagnostic::error(&test.origin, message))
    });
    let wrong: Vec<Diagnostic> = wrong.collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let stated = tests.iter().map(|test| Expectation {
        flavour: flavour.to_owned(),
        origin: test.origin.clone(),
        test: test.value.clone(),
    });
    Ok(stated.collect())
}
