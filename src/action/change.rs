//! Changes of a root: files, directories, links, and what has to be run for the rest.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::oci::Digest;
use crate::path::TreePath;

use super::{Command, Packages, Tree};

/// One change of a root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum Action {
    /// Puts a whole regular file, replacing what is there.
    Write {
        /// Where; links in its directory part are followed inside the root.
        path: TreePath,
        /// What the file holds.
        content: Content,
        /// Permission bits, setuid, setgid and sticky included.
        mode: u32,
        /// Who owns it.
        owner: Owner,
    },
    /// Puts a whole regular file as `COPY` of a Containerfile does: where the path leads to a
    /// directory, into that under its own name.
    Put {
        /// Where; links are followed inside the root.
        path: TreePath,
        /// Its name in a directory.
        name: String,
        /// What the file holds.
        content: Content,
        /// Permission bits, setuid, setgid and sticky included.
        mode: u32,
        /// Who owns it, and the directories that have to be made for it.
        owner: Owner,
    },
    /// Makes sure of a directory; one that is there stays as it is.
    Folder {
        /// Where.
        path: TreePath,
        /// Who owns it and the directories above it, as far as they have to be made.
        owner: Owner,
    },
    /// Makes sure of a directory; an existing one keeps what is not stated.
    Directory {
        /// Where.
        path: TreePath,
        /// Permission bits; 0755 for a new directory when absent.
        mode: Option<u32>,
        /// Owner; 0:0 for a new directory when absent.
        owner: Option<Owner>,
    },
    /// Makes sure of a directory; it and those above it that are missing belong to a user.
    OwnedDirectory {
        /// Where.
        path: TreePath,
        /// Who owns what is made, with the group that it has by itself.
        user: User,
    },
    /// Changes values inside an existing text file and keeps the rest of it.
    Edit {
        /// The file.
        path: TreePath,
        /// What to change.
        edit: Edit,
    },
    /// Puts a symbolic link, replacing what is there.
    Link {
        /// Where the link stands.
        path: TreePath,
        /// What it points at, as written.
        target: String,
    },
    /// Puts a symbolic link that belongs to somebody, replacing what is there.
    OwnedLink {
        /// Where the link stands.
        path: TreePath,
        /// What it points at, as written.
        target: String,
        /// Who owns it.
        owner: Owner,
    },
    /// Changes mode or owner of what exists.
    Mode {
        /// The file or directory.
        path: TreePath,
        /// Permission bits to set.
        mode: Option<u32>,
        /// Owner to set.
        owner: Option<Owner>,
    },
    /// Removes a file, link or whole directory; nothing there is not an error.
    Remove {
        /// What goes.
        path: TreePath,
    },
    /// Copies from another root, as `COPY --from` does.
    Copy {
        /// The root.
        from: Tree,
        /// The file or folder in it, absolute; may end in a pattern (glob(7)) as its last component.
        source: String,
        /// Where it is put: into the folder when it ends in a slash or is one, else under this name.
        destination: String,
        /// Who owns the copies; who owns the sources when absent.
        owner: Option<Owner>,
        /// Permission bits of the copies; those of the source when absent.
        mode: Option<u32>,
    },
    /// Unpacks an archive, as `ADD` of a Containerfile does.
    Unpack {
        /// A tar archive of the repository, plain or compressed.
        archive: Input,
        /// The folder that its members go into.
        destination: String,
    },
    /// Changes the installed packages.
    Packages(Box<Packages>),
    /// Runs a command.
    Run(Box<Command>),
}

impl Action {
    /// Tells whether the action is carried out in an unpacked root: nothing else knows its outcome.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.path().is_none()
    }

    /// The path that the action changes; none when only running it tells.
    #[must_use]
    pub fn path(&self) -> Option<&TreePath> {
        match self {
            Self::Write { path, .. }
            | Self::Put { path, .. }
            | Self::Folder { path, .. }
            | Self::Directory { path, .. }
            | Self::OwnedDirectory { path, .. }
            | Self::Edit { path, .. }
            | Self::Link { path, .. }
            | Self::OwnedLink { path, .. }
            | Self::Mode { path, .. }
            | Self::Remove { path } => Some(path),
            Self::Copy { .. } | Self::Unpack { .. } | Self::Packages(_) | Self::Run(_) => None,
        }
    }
}

/// What a written file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// Text that a module or setting made.
    Text(Arc<str>),
    /// A file of the repository.
    Input(Input),
}

/// A file of the repository that a step reads.
///
/// Only what is serialised here is part of a step's key: never where the checkout lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Input {
    /// Path relative to the repository root, with forward slashes.
    pub path: String,
    /// Digest of its bytes.
    pub sha256: Digest,
    /// Whether its owner may execute it; the other permission bits of a checkout are not looked at.
    pub executable: bool,
    /// Size in bytes.
    #[serde(skip)]
    pub size: u64,
    /// Where it can be read on this machine.
    #[serde(skip)]
    pub file: PathBuf,
}

/// User and group that own an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Owner {
    /// The user.
    pub user: Id,
    /// The group.
    pub group: Id,
}

/// A user or group, by number or by a name of the root's own databases.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Id {
    /// A number, written as it is.
    Number(u32),
    /// A name that the root's `/etc/passwd` or `/etc/group` knows.
    Name(String),
}

impl Default for Id {
    fn default() -> Self {
        Self::Number(0)
    }
}

impl Id {
    /// Reads a name or a number; `root` is 0 without looking it up.
    fn parse(part: &str) -> Option<Self> {
        match part {
            "" => None,
            "root" => Some(Self::Number(0)),
            _ if part.bytes().all(|byte| byte.is_ascii_digit()) => {
                part.parse().ok().map(Self::Number)
            }
            _ if part.contains([':', '/', '\n', '\0', ' ']) => None,
            _ => Some(Self::Name(part.to_owned())),
        }
    }
}

impl Id {
    /// The user of that name or number, with the group that it has by itself.
    #[must_use]
    pub fn alone(&self) -> User {
        User {
            name: self.clone(),
            group: None,
        }
    }
}

impl Owner {
    /// Reads `user`, `user:group`, `0:0` …; `root` is 0 without looking it up, a missing group is
    /// the group of the user's name, or where there is none the group that the user has.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (user, group) = text.split_once(':').unwrap_or((text, text));
        Some(Self {
            user: Id::parse(user)?,
            group: Id::parse(group)?,
        })
    }
}

/// Who runs a command (OCI image-spec, config.md, `User`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The user.
    pub name: Id,
    /// The group, and no other; when absent, the group and the further groups that the root's
    /// databases give the user.
    pub group: Option<Id>,
}

impl User {
    /// Reads `user`, `user:group`, `1000`, `1000:50` …; `root` is 0 without looking it up.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, group) = match text.split_once(':') {
            Some((name, group)) => (name, Some(group)),
            None => (text, None),
        };
        Some(Self {
            name: Id::parse(name)?,
            group: match group {
                Some(group) => Some(Id::parse(group)?),
                None => None,
            },
        })
    }

    /// Whether it is root with root's own group.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.name == Id::Number(0) && matches!(self.group, None | Some(Id::Number(0)))
    }
}

/// A change inside a text file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// How the file writes its keys.
    pub style: EditStyle,
    /// Whose rules decide where a line counts; none where the style says all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reader: Option<EditReader>,
    /// Key and new value in the order of keys; a key may be `section/key` where the style has sections.
    pub values: Vec<(String, String)>,
    /// Keys of which no line stays.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    /// Whether a file that does not exist is made (0644, 0:0) instead of being an error.
    pub create: bool,
}

/// A program that reads its file in a way of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EditReader {
    /// sshd and ssh: the first value counts, also one that an `Include` brings.
    Ssh,
    /// The modules of PAM: a key and its value may be parted by white space alone.
    Security,
    /// The programs of shadow: keys are compared by case.
    LoginDefs,
    /// useradd: `KEY=value` from the first column, without white space and quotes.
    Useradd,
}

/// How a configuration file writes a key and its value.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum EditStyle {
    /// `KEY=value` lines, `#` comments (`/etc/default/*`, os-release, pwquality.conf with spaces).
    Equals,
    /// `key value` lines separated by white space (`login.defs`, `sshd_config`).
    Space,
    /// `[section]` headers over `key=value` lines (systemd, ini).
    Ini,
    /// Images with their requirements in containers-policy.json(5); only modules write it.
    #[serde(skip_deserializing)]
    #[schemars(skip)]
    Policy,
}
