//! One package of terroir.lock as one line: `NAME:ARCHITECTURE=VERSION DIGEST SIZE PLACE`.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _};

use crate::package::Resolved;

/// What stands for the place of a package that is a file of the repository.
const OWN: &str = "file";

/// A package as one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::recipe) struct PackageLine(pub(in crate::recipe) Resolved);

impl fmt::Display for PackageLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Resolved {
            name,
            version,
            architecture,
            sha256,
            size,
            url,
        } = &self.0;
        let place = match url.as_str() {
            "" => OWN.to_owned(),
            url => without_password(url),
        };
        write!(f, "{name}:{architecture}={version} {sha256} {size} {place}")
    }
}

/// An address without the user and password that sources may state in it.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

impl PackageLine {
    /// Reads a line; what becomes part of a file's name or of a command is checked.
    fn parse(line: &str) -> Result<Self, String> {
        let shape = || "a package is NAME:ARCHITECTURE=VERSION DIGEST SIZE PLACE".to_owned();
        let words: Vec<&str> = line.split(' ').collect();
        let [package, sha256, size, place] = words.as_slice() else {
            return Err(shape());
        };
        let (package, version) = package.split_once('=').ok_or_else(shape)?;
        let (name, architecture) = package.split_once(':').ok_or_else(shape)?;
        check("name", name, "+-.")?;
        check("architecture", architecture, "-")?;
        check("version", version, "+-.:~")?;
        let visible = |byte: u8| byte.is_ascii_graphic() && byte != b'\'';
        if place.is_empty() || !place.bytes().all(visible) {
            return Err(format!("{place:?} is not the place of a package"));
        }
        Ok(Self(Resolved {
            name: name.to_owned(),
            version: version.to_owned(),
            architecture: architecture.to_owned(),
            sha256: sha256
                .parse()
                .map_err(|error: crate::oci::DigestError| error.to_string())?,
            size: size
                .parse()
                .map_err(|_| format!("{size:?} is not a size in bytes"))?,
            url: match *place {
                OWN => String::new(),
                url => url.to_owned(),
            },
        }))
    }
}

fn check(what: &str, text: &str, others: &str) -> Result<(), String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || others.contains(c);
    let starts = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    match starts && text.chars().all(fits) {
        true => Ok(()),
        false => Err(format!("{text:?} is not the {what} of a package")),
    }
}

impl<'de> Deserialize<'de> for PackageLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let line = String::deserialize(deserializer)?;
        Self::parse(&line).map_err(D::Error::custom)
    }
}
