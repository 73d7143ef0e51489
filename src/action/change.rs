//! Changes of a root: files, directories, links, and what has to be run for the rest.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::path::TreePath;

use super::command::{Command, Tree};
use super::input::Input;
use super::life_cycle::LifeCycle;
use super::owner::{Owner, User};
use super::packages::Packages;

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
    /// Gives the root the shape of a life cycle.
    Shape {
        /// How machines of the image are updated.
        life_cycle: LifeCycle,
        /// The number of the shape: another one makes other roots of the same layers.
        format: u32,
    },
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
            Self::Copy { .. }
            | Self::Unpack { .. }
            | Self::Packages(_)
            | Self::Run(_)
            | Self::Shape { .. } => None,
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
