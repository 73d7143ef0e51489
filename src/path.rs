//! Absolute paths inside a root, normalised and unable to climb out.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

/// Longest path that is accepted, in bytes (`PATH_MAX` of Linux).
pub const MAX_PATH: usize = 4096;

/// A path inside a root: relative to it, without `.`, `..`, empty components or NUL.
///
/// Ordered by bytes, so that a directory always comes before what it holds. Linux names are bytes,
/// not text; what is not UTF-8 is percent-encoded wherever a path is written as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(Vec<u8>);

/// Why some bytes are not a path inside a root.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It holds a `..`.
    #[error("the path {0:?} climbs with `..`")]
    Climbs(String),
    /// It holds a NUL byte.
    #[error("the path {0:?} holds a NUL byte")]
    Nul(String),
    /// It is longer than Linux allows.
    #[error("a path of {0} bytes is longer than the {MAX_PATH} that Linux allows")]
    TooLong(usize),
}

impl TreePath {
    /// The root itself.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// Reads a path, with or without a leading slash; `.` and doubled slashes are dropped.
    pub fn parse(path: &str) -> Result<Self, PathError> {
        Self::from_bytes(path.as_bytes())
    }

    /// Reads a path from the bytes of an archive or a directory.
    pub fn from_bytes(path: &[u8]) -> Result<Self, PathError> {
        let shown = || String::from_utf8_lossy(path).into_owned();
        if path.len() > MAX_PATH {
            return Err(PathError::TooLong(path.len()));
        }
        if path.contains(&0) {
            return Err(PathError::Nul(shown()));
        }
        let mut out: Vec<u8> = Vec::with_capacity(path.len());
        for part in path.split(|byte| *byte == b'/') {
            match part {
                b"" | b"." => {}
                b".." => return Err(PathError::Climbs(shown())),
                _ => {
                    if !out.is_empty() {
                        out.push(b'/');
                    }
                    out.extend_from_slice(part);
                }
            }
        }
        Ok(Self(out))
    }

    /// Where a symbolic link at this path leads inside the root, one step far; `..` stops at the root, as
    /// after chroot.
    #[must_use]
    pub fn led_to(&self, target: &[u8]) -> Self {
        let mut at = if target.starts_with(b"/") {
            Self::root()
        } else {
            self.parent().unwrap_or_default()
        };
        for part in target.split(|byte| *byte == b'/') {
            at = match part {
                b"" | b"." => at,
                b".." => at.parent().unwrap_or_default(),
                // Only a path beyond PATH_MAX fails here; it leads nowhere.
                _ => at.join(part).unwrap_or_default(),
            };
        }
        at
    }

    /// The bytes, without a leading slash; empty for the root.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Tells whether this is the root itself.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The directory that holds this path; none for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        let end = self.0.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        Some(Self(self.0.get(..end).unwrap_or_default().to_vec()))
    }

    /// The last component; empty for the root.
    #[must_use]
    pub fn file_name(&self) -> &[u8] {
        self.0
            .rsplit(|byte| *byte == b'/')
            .next()
            .unwrap_or_default()
    }

    /// The components from the top.
    pub fn components(&self) -> impl Iterator<Item = &[u8]> {
        self.0
            .split(|byte| *byte == b'/')
            .filter(|part| !part.is_empty())
    }

    /// This path with one more component, or with a relative path of several.
    pub fn join(&self, below: &[u8]) -> Result<Self, PathError> {
        let mut bytes = self.0.clone();
        bytes.push(b'/');
        bytes.extend_from_slice(below);
        Self::from_bytes(&bytes)
    }

    /// Tells whether this path is `above` or lies below it.
    #[must_use]
    pub fn starts_with(&self, above: &Self) -> bool {
        above.is_root()
            || self
                .0
                .strip_prefix(above.0.as_slice())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
    }
}

impl fmt::Display for TreePath {
    /// Writes the path with a leading slash, percent-encoding `%` and what is not UTF-8 or printable.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("/")?;
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                if character == '%' || character.is_control() {
                    let mut buffer = [0; 4];
                    for byte in character.encode_utf8(&mut buffer).bytes() {
                        write!(f, "%{byte:02X}")?;
                    }
                } else {
                    write!(f, "{character}")?;
                }
            }
            for byte in chunk.invalid() {
                write!(f, "%{byte:02X}")?;
            }
        }
        Ok(())
    }
}

impl Serialize for TreePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TreePath {
    /// Reads what `Display` writes.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = percent_decoded(&text)
            .ok_or_else(|| D::Error::custom("a `%` in a path needs two hexadecimal digits"))?;
        Self::from_bytes(&bytes).map_err(D::Error::custom)
    }
}

/// The bytes of a text in which `%41` stands for `A` (RFC 3986, section 2.1); none where a `%` has no two
/// hexadecimal digits behind it.
#[must_use]
pub fn percent_decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                let (high, low) = (digit()?, digit()?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn normalises_and_refuses() {
        let path = |text: &str| TreePath::parse(text).map(|path| path.to_string());
        assert_eq!(
            path("//etc/./ssh//sshd_config"),
            Ok("/etc/ssh/sshd_config".into())
        );
        assert_eq!(path("/"), Ok("/".into()));
        assert_eq!(
            path("etc/../../x"),
            Err(PathError::Climbs("etc/../../x".into()))
        );
        assert_eq!(path("a\0b"), Err(PathError::Nul("a\0b".into())));
        assert_eq!(path(&"a".repeat(5000)), Err(PathError::TooLong(5000)));
    }

    #[test]
    fn knows_what_lies_below() {
        let path = |text: &str| TreePath::parse(text).expect("a valid path");
        assert!(path("/etc/ssh").starts_with(&path("/etc")));
        assert!(!path("/etcetera").starts_with(&path("/etc")));
        assert_eq!(path("/etc/ssh").parent(), Some(path("/etc")));
        assert_eq!(path("/etc").parent(), Some(TreePath::root()));
        assert_eq!(path("/etc/ssh").file_name(), b"ssh");
    }

    proptest! {
        #[test]
        fn text_form_round_trips(bytes in proptest::collection::vec(1u8..=255, 0..60)) {
            if let Ok(path) = TreePath::from_bytes(&bytes) {
                let text = serde_json::to_string(&path).expect("serialises");
                prop_assert_eq!(serde_json::from_str::<TreePath>(&text).expect("reads back"), path);
            }
        }
    }
}
