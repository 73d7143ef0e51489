//! Rendered files: path, content and mode.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// The mode of a file that everybody may read.
pub const PUBLIC: u32 = 0o644;
/// The mode of a file that holds a secret.
pub const PRIVATE: u32 = 0o600;

/// All files of a rendered site.
pub type Files = BTreeMap<RelativePath, File>;

/// A path below the output folder that leads nowhere else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RelativePath(String);

impl RelativePath {
    /// Takes a path of plain names; none for an empty one, `.` and `..`, and control characters.
    #[must_use]
    pub fn new(path: impl Into<String>) -> Option<Self> {
        let path = path.into();
        let plain = |part: &str| {
            !matches!(part, "" | "." | "..")
                && part.len() <= 255
                && !part.chars().any(|c| c.is_control() || c == '\\')
        };
        path.split('/').all(plain).then_some(Self(path))
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<Path> for RelativePath {
    fn as_ref(&self) -> &Path {
        Path::new(&self.0)
    }
}

impl fmt::Display for RelativePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A rendered file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What is in it.
    pub content: Content,
    /// Its permission bits.
    pub mode: u32,
}

/// What is in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Text, which `check` reads.
    Text(String),
    /// Anything else.
    Bytes(Vec<u8>),
}

impl Content {
    /// The bytes as they are written.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

impl File {
    /// A text that everybody may read.
    #[must_use]
    pub fn text(text: String) -> Self {
        Self {
            content: Content::Text(text),
            mode: PUBLIC,
        }
    }
}
