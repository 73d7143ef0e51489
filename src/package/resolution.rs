//! Exact packages, as apt's answer names them, and the repository that holds no others.

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
    /// Its control fields, as an index of packages has them (deb-control(5)).
    pub control: String,
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

    /// The index of a flat repository that holds these packages.
    #[must_use]
    pub fn index(&self) -> String {
        let stanza = |one: &Resolved| {
            format!(
                "{}\nFilename: ./{}\nSize: {}\nSHA256: {}\n\n",
                one.control.trim_end(),
                one.file_name(),
                one.size,
                one.sha256.hex()
            )
        };
        self.packages.iter().map(stanza).collect()
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
        control: control(stanza),
    })
}

/// A field of a stanza, if it is on one line.
fn field<'s>(stanza: &'s str, name: &str) -> Option<&'s str> {
    stanza.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key == name).then(|| value.trim())
    })
}

/// The fields by which apt chooses and orders packages; where a file is and its texts are left out.
fn control(stanza: &str) -> String {
    const LEFT_OUT: [&str; 14] = [
        "Description",
        "Description-md5",
        "Description-en",
        "Filename",
        "Homepage",
        "Installed-Size",
        "MD5sum",
        "Maintainer",
        "SHA1",
        "SHA256",
        "SHA512",
        "Size",
        "Tag",
        "APT-Sources",
    ];
    let mut kept = true;
    let mut out = String::new();
    for line in stanza.lines() {
        if !line.starts_with([' ', '\t']) {
            let name = line.split(':').next().unwrap_or_default();
            kept = !LEFT_OUT.contains(&name);
        }
        if kept && !line.is_empty() {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const URIS: &str = "'http://example/pool/h/hello_2.10-3_amd64.deb' hello_2.10-3_amd64.deb 53132 SHA256:aa\n\
        'http://example/pool/e/e_1%253a2_all.deb' e_1%3a2_all.deb 10 SHA256:bb\n";

    fn controls() -> String {
        let digest = "a".repeat(64);
        format!(
            "Package: hello\nVersion: 2.10-3\nArchitecture: amd64\nDepends: libc6\n\
             Filename: pool/x\nSize: 53132\nSHA256: {digest}\nDescription: x\n more\n\n\
             Package: e\nVersion: 1:2\nArchitecture: all\nSize: 10\nSHA256: {digest}\n\n"
        )
    }

    #[test]
    fn the_answer_of_apt_is_exact_packages() {
        let resolution = read_resolution(URIS, &controls(), &[]).unwrap();
        let names: Vec<String> = resolution.pins().into_keys().collect();
        assert_eq!(names, ["e:all=1:2", "hello:amd64=2.10-3"]);
        let index = resolution.index();
        assert!(
            index.contains("Filename: ./e_1%3a2_all.deb\nSize: 10\n"),
            "{index}"
        );
        assert!(index.contains("Depends: libc6\n"), "{index}");
        assert!(!index.contains("Description"), "{index}");
    }

    #[test]
    fn an_answer_that_is_not_understood_says_so() {
        let cases = [
            (
                "'http://x' y.rpm 1 z",
                AptError::Uri("'http://x' y.rpm 1 z".into()),
            ),
            ("'http://x' a_1_all.deb 1 z", AptError::Control("a".into())),
        ];
        for (uris, expected) in cases {
            assert_eq!(read_resolution(uris, &controls(), &[]), Err(expected));
        }
    }
}
