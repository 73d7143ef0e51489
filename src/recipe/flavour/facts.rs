//! Facts about a distribution: what `when` and templates may ask.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::layer::FACTS;
use crate::module::Distribution;

/// What is known of a root for one platform.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Facts {
    /// `debian`, `fedora`, `suse`, `alpine`, `arch`: who shares package manager and file places.
    pub family: String,
    /// os-release(5) `ID`: `debian`, `ubuntu`, `almalinux` …
    pub id: String,
    /// os-release(5) `VERSION_ID`; empty for rolling releases.
    pub version_id: String,
    /// os-release(5) `VERSION_CODENAME`; empty where there is none.
    pub codename: String,
    /// The architecture in OCI's words: `amd64`, `arm64` …
    pub architecture: String,
}

impl Facts {
    /// Reads the facts of a root from its os-release text.
    #[must_use]
    pub fn from_os_release(text: &str, architecture: &str) -> Self {
        let values = os_release_values(text);
        let value = |key: &str| values.get(key).cloned().unwrap_or_default();
        let id = value("ID");
        let like = value("ID_LIKE");
        Self {
            family: family(&id, &like),
            id,
            version_id: value("VERSION_ID"),
            codename: value("VERSION_CODENAME"),
            architecture: architecture.to_owned(),
        }
    }

    /// The facts that a bootstrap's distribution and suite imply, where the suite is a known one.
    #[must_use]
    pub fn of_suite(distribution: &str, suite: &str, architecture: &str) -> Option<Self> {
        let version = match (distribution, suite) {
            ("debian", "bullseye") => "11",
            ("debian", "bookworm") => "12",
            ("debian", "trixie") => "13",
            ("ubuntu", "jammy") => "22.04",
            ("ubuntu", "noble") => "24.04",
            ("ubuntu", "resolute") => "26.04",
            _ => return None,
        };
        Some(Self {
            family: "debian".into(),
            id: distribution.to_owned(),
            version_id: version.into(),
            codename: suite.to_owned(),
            architecture: architecture.to_owned(),
        })
    }

    /// The facts as template variables; unknown texts stay empty, never undefined.
    #[must_use]
    pub fn scope(&self) -> BTreeMap<String, Value> {
        let values = [
            &self.family,
            &self.id,
            &self.version_id,
            &self.codename,
            &self.architecture,
        ];
        FACTS
            .iter()
            .zip(values)
            .map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str())))
            .collect()
    }
}

impl Facts {
    /// What modules know of the distribution; nothing for a root without os-release.
    pub(in crate::recipe) fn distribution(&self) -> Distribution<'_> {
        fn said(text: &str) -> Option<&str> {
            (!text.is_empty()).then_some(text)
        }
        Distribution {
            family: said(&self.family),
            id: said(&self.id),
            version_id: said(&self.version_id),
        }
    }
}

/// The family that an os-release's `ID` and `ID_LIKE` belong to; the `ID` itself when unknown.
fn family(id: &str, like: &str) -> String {
    let of = |name: &str| match name {
        "debian" | "ubuntu" => Some("debian"),
        "fedora" | "rhel" | "centos" | "almalinux" | "rocky" => Some("fedora"),
        "suse" | "opensuse" | "sles" => Some("suse"),
        "alpine" => Some("alpine"),
        "arch" => Some("arch"),
        _ => None,
    };
    std::iter::once(id)
        .chain(like.split_whitespace())
        .find_map(of)
        .unwrap_or(id)
        .to_owned()
}

/// The assignments of an os-release text (os-release(5)); quotes and backslashes are undone.
#[must_use]
pub(in crate::recipe) fn os_release_values(text: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for line in text.lines() {
        let Some((key, value)) = line.trim().split_once('=') else {
            continue;
        };
        if key.starts_with('#') {
            continue;
        }
        let quoted = [b'"', b'\''].into_iter().find_map(|quote| {
            let quote = char::from(quote);
            value.strip_prefix(quote)?.strip_suffix(quote)
        });
        let mut plain = String::new();
        let mut characters = quoted.unwrap_or(value).chars();
        while let Some(character) = characters.next() {
            plain.extend(if character == '\\' {
                characters.next()
            } else {
                Some(character)
            });
        }
        values.insert(key.to_owned(), plain);
    }
    values
}
