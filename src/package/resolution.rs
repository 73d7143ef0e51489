//! Exact packages, as apt's answer names them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::oci::Digest;

/// Exact packages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resolution {
    /// The packages, sorted by name.
    pub packages: Vec<Resolved>,
}

/// One exact package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resolved {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its architecture.
    pub architecture: String,
    /// Digest of the package file.
    pub sha256: Digest,
    /// Size of the package file, in bytes.
    pub size: u64,
    /// Where it was found; empty for a file of the repository.
    pub url: String,
}

impl Resolved {
    /// Its name in a repository of its own.
    #[must_use]
    pub fn file_name(&self) -> String {
        let version = self.version.replace(':', "%3a");
        format!("{}_{version}_{}.deb", self.name, self.architecture)
    }
}

impl Resolution {
    /// What identifies the packages, and nothing about where they come from.
    #[must_use]
    pub fn pins(&self) -> BTreeMap<String, Digest> {
        let pin = |one: &Resolved| {
            let name = format!("{}:{}={}", one.name, one.architecture, one.version);
            (name, one.sha256)
        };
        self.packages.iter().map(pin).collect()
    }

    /// The files of a flat repository of these packages: name, size and digest on a line each.
    #[must_use]
    pub fn listing(&self) -> String {
        let line =
            |one: &Resolved| format!("{} {} {}\n", one.file_name(), one.size, one.sha256.hex());
        self.packages.iter().map(line).collect()
    }
}

/// Why the answer of apt is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AptError {
    /// A line that names no package file.
    #[error("apt names a package file as {0:?}")]
    Uri(String),
    /// A package without its control fields.
    #[error("apt tells nothing about {0}")]
    Control(String),
    /// A package without a usable digest.
    #[error("the archive states no SHA256 of {0}")]
    Digest(String),
}

/// Reads what [`super::resolve_script`] left; `files` are the digests and sizes of the request's own files.
pub fn read_resolution(
    uris: &str,
    controls: &str,
    files: &[(Digest, u64)],
) -> Result<Resolution, AptError> {
    let mut wanted = BTreeMap::new();
    for line in uris.lines().filter(|line| line.starts_with('\'')) {
        let uri = || AptError::Uri(line.to_owned());
        let (url, rest) = line
            .trim_start_matches('\'')
            .split_once('\'')
            .ok_or_else(uri)?;
        let file = rest.split_whitespace().next().ok_or_else(uri)?;
        let stem = file.strip_suffix(".deb").ok_or_else(uri)?;
        let mut parts = stem.split('_');
        let (Some(name), Some(version), Some(architecture)) =
            (parts.next(), parts.next(), parts.next())
        else {
            return Err(uri());
        };
        let key = (
            name.to_owned(),
            version.replace("%3a", ":"),
            architecture.to_owned(),
        );
        if !url.starts_with("file:/tmp/terroir/files/") {
            wanted.insert(key, url.to_owned());
        }
    }
    let stanzas: Vec<&str> = controls
        .split("\n\n")
        .filter(|stanza| !stanza.trim().is_empty())
        .collect();
    let (own, listed) = stanzas.split_at(files.len().min(stanzas.len()));
    let mut packages = Vec::new();
    for (stanza, (sha256, size)) in own.iter().zip(files) {
        packages.push(resolved(stanza, String::new(), *sha256, *size)?);
    }
    for ((name, version, architecture), url) in wanted {
        let is_it = |stanza: &&&str| {
            field(stanza, "Package") == Some(name.as_str())
                && field(stanza, "Version") == Some(version.as_str())
                && field(stanza, "Architecture") == Some(architecture.as_str())
        };
        let stanza = listed
            .iter()
            .find(is_it)
            .ok_or_else(|| AptError::Control(name.clone()))?;
        let sha256 = field(stanza, "SHA256")
            .and_then(|hex| format!("sha256:{hex}").parse().ok())
            .ok_or_else(|| AptError::Digest(name.clone()))?;
        let size = field(stanza, "Size").and_then(|size| size.parse().ok());
        packages.push(resolved(stanza, url, sha256, size.unwrap_or_default())?);
    }
    packages.sort();
    packages.dedup_by(|one, other| one.pin() == other.pin());
    Ok(Resolution { packages })
}

impl Resolved {
    fn pin(&self) -> (&str, &str, &str) {
        (&self.name, &self.version, &self.architecture)
    }
}

fn resolved(stanza: &str, url: String, sha256: Digest, size: u64) -> Result<Resolved, AptError> {
    let get = |name: &str| {
        field(stanza, name)
            .map(str::to_owned)
            .ok_or_else(|| AptError::Control(stanza.lines().next().unwrap_or_default().to_owned()))
    };
    Ok(Resolved {
        name: get("Package")?,
        version: get("Version")?,
        architecture: get("Architecture")?,
        sha256,
        size,
        url,
    })
}

/// A field of a stanza, if it is on one line.
fn field<'s>(stanza: &'s str, name: &str) -> Option<&'s str> {
    stanza.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key == name).then(|| value.trim())
    })
}
