//! References to secrets: where they come from, never their values.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::from_text::read_from_text;

/// A reference to a secret; the server that hands secrets to machines reads its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Secret {
    /// `env:NAME`: a variable of terroir's environment.
    Env(String),
    /// `file:PATH`: a file, relative to the inventory, without its last line end.
    File(String),
    /// `command:PROGRAM ARGUMENT…`: what a program writes, without its last line end.
    Command(String),
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{path}"),
            Self::Command(line) => write!(f, "command:{line}"),
        }
    }
}

impl FromStr for Secret {
    type Err = String;

    /// A text that is not a reference may be the secret itself: no message repeats it.
    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, rest) = text.split_once(':').unwrap_or_default();
        let is_name = |name: &str| {
            !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
        };
        match kind {
            "env" if is_name(rest) => Ok(Self::Env(rest.to_owned())),
            "env" => Err("`env:` needs the name of a variable".to_owned()),
            "file" if !rest.is_empty() && !rest.contains('\0') => Ok(Self::File(rest.to_owned())),
            "file" => Err("`file:` needs a path".to_owned()),
            "command" if !rest.trim().is_empty() => Ok(Self::Command(rest.trim().to_owned())),
            "command" => Err("`command:` needs a program".to_owned()),
            _ => Err(
                "a secret is written here; name where it comes from instead: `env:NAME`, \
                 `file:PATH` or `command:PROGRAM`. A password's hash comes from `openssl passwd -6` \
                 or `mkpasswd`: openssl passwd -6 > secrets/root.hash, then `file:secrets/root.hash`"
                    .to_owned(),
            ),
        }
    }
}

read_from_text!(Secret, "^(env:[A-Za-z0-9_]+|file:.+|command:.+)$");
