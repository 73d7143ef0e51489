//! Image references: `registry/name[:tag][@digest]`, as docker and podman read them.
//!
//! The grammar is that of distribution/reference, read by hand: oci-spec's parser compiles a regular
//! expression at first use, which takes longer than pushing a small layer.

use std::fmt;
use std::str::FromStr;

use super::Error;
use crate::oci::Digest;

/// Registry of a name that has none.
const DOCKER_HUB: &str = "docker.io";

/// Longest repository name, in bytes; registries refuse longer ones.
const MAX_NAME: usize = 255;

/// Longest tag, in bytes.
const MAX_TAG: usize = 128;

/// An image in a registry; always written out in full.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

impl Reference {
    /// Reads a reference; a missing registry is Docker Hub, a missing tag is `latest` unless there is a digest.
    pub fn parse(text: &str) -> Result<Self, Error> {
        read(text).map_err(|why| Error::Reference {
            text: text.to_owned(),
            why,
        })
    }

    /// What stands for a page of a web server in errors.
    pub(super) fn of_page(host: String, path: &str) -> Self {
        Self {
            registry: host,
            repository: path.trim_start_matches('/').to_owned(),
            tag: None,
            digest: None,
        }
    }

    /// Host name of the registry, with its port if one was written.
    #[must_use]
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// Path of the repository inside the registry.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag, if any.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest, if any; it says more than the tag.
    #[must_use]
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// The same repository with another tag and no digest.
    pub fn with_tag(&self, tag: &str) -> Result<Self, Error> {
        if !is_tag(tag) {
            return Err(Error::Reference {
                text: format!("{}/{}:{tag}", self.registry, self.repository),
                why: WRONG_TAG,
            });
        }
        Ok(Self {
            tag: Some(tag.to_owned()),
            digest: None,
            ..self.clone()
        })
    }

    /// The same repository with a digest and no tag.
    #[must_use]
    pub fn with_digest(&self, digest: Digest) -> Self {
        Self {
            tag: None,
            digest: Some(digest),
            ..self.clone()
        }
    }

    /// Tells whether both name the same repository, whatever tag or digest.
    #[must_use]
    pub fn same_repository(&self, other: &Self) -> bool {
        self.registry == other.registry && self.repository == other.repository
    }

    /// The host that speaks the registry's protocol; Docker Hub's is not the one in its names.
    pub(super) fn host(&self) -> &str {
        match self.registry.as_str() {
            DOCKER_HUB => "registry-1.docker.io",
            other => other,
        }
    }

    /// What the manifest endpoint takes: the digest, else the tag.
    pub(super) fn selector(&self) -> String {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => digest.to_string(),
            (None, Some(tag)) => tag.clone(),
            (None, None) => "latest".to_owned(),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl FromStr for Reference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

/// Tells whether a name leaves its registry out: `debian:12`, which could be anybody's.
#[must_use]
pub fn is_short(text: &str) -> bool {
    match text.split_once('/') {
        Some((host, _)) => !looks_like_host(host),
        None => true,
    }
}

/// Tells whether a text can be a tag.
#[must_use]
pub fn is_valid_tag(text: &str) -> bool {
    is_tag(text)
}

const WRONG_TAG: &str =
    "the tag is not 1 to 128 letters, digits, `_`, `.` and `-`, beginning with none of `.` and `-`";

fn read(text: &str) -> Result<Reference, &'static str> {
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => {
            let digest = digest
                .parse()
                .map_err(|_| "the digest is not `sha256:` and 64 lower-case hexadecimal digits")?;
            (rest, Some(digest))
        }
        None => (text, None),
    };
    // A colon after the last slash begins a tag; one before it, a port.
    let (name, tag) = match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (rest, None),
    };
    if tag.is_some_and(|tag| !is_tag(tag)) {
        return Err(WRONG_TAG);
    }
    let (registry, repository) = split_registry(name)?;
    let tag = match (tag, &digest) {
        (None, None) => Some("latest"),
        (tag, _) => tag,
    };
    Ok(Reference {
        registry,
        repository,
        tag: tag.map(str::to_owned),
        digest,
    })
}

fn looks_like_host(part: &str) -> bool {
    part.contains(['.', ':'])
        || part == "localhost"
        || part.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// Splits a name as docker does: the first part is a host if it looks like one.
fn split_registry(name: &str) -> Result<(String, String), &'static str> {
    let (registry, repository) = match name.split_once('/') {
        Some((host, rest)) if looks_like_host(host) => (host, rest),
        _ => (DOCKER_HUB, name),
    };
    let registry = match registry {
        "index.docker.io" => DOCKER_HUB,
        other => other,
    };
    if !is_host(registry) {
        return Err("the registry is not a host name with an optional port");
    }
    let repository = match registry {
        DOCKER_HUB if !repository.contains('/') => format!("library/{repository}"),
        _ => repository.to_owned(),
    };
    let last = repository.rsplit('/').next().unwrap_or_default();
    if registry == DOCKER_HUB && last.len() == 64 && last.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err("64 hexadecimal digits are the ID of an image, not its name");
    }
    if repository.len() > MAX_NAME {
        return Err("the name is longer than 255 characters");
    }
    if repository.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err("the name has upper-case letters");
    }
    if !repository.split('/').all(is_component) {
        return Err(
            "each part of the name is lower-case letters and digits, joined by `.`, `_`, `__` or `-`",
        );
    }
    Ok((registry.to_owned(), repository))
}

/// `domain-component *("." domain-component) [":" port]` or an IPv6 address in brackets.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, "")) => (address, None),
            Some((address, port)) => (address, port.strip_prefix(':').or(Some(""))),
            None => return false,
        },
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let port_fits =
        port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()));
    let host_fits = if text.starts_with('[') {
        !host.is_empty() && host.bytes().all(|b| b.is_ascii_hexdigit() || b == b':')
    } else {
        host.split('.').all(is_host_component)
    };
    port_fits && host_fits
}

fn is_host_component(part: &str) -> bool {
    !part.is_empty()
        && !part.starts_with('-')
        && !part.ends_with('-')
        && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// `alpha-numeric *(separator alpha-numeric)` with `.`, `_`, `__` or any number of `-` between.
fn is_component(part: &str) -> bool {
    let alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = part.as_bytes();
    let ends_fit =
        bytes.first().is_some_and(alphanumeric) && bytes.last().is_some_and(alphanumeric);
    ends_fit
        && bytes.split(|byte| alphanumeric(byte)).all(|separator| {
            matches!(separator, b"" | b"." | b"_" | b"__")
                || separator.iter().all(|byte| *byte == b'-')
        })
}

fn is_tag(tag: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    tag.len() <= MAX_TAG
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|b| word(b) || matches!(b, b'.' | b'-'))
}
