//! A command that runs inside the root, and all that it sees of the world.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::input::Input;
use super::owner::User;

/// Folders that are fresh when an entry begins, shared by all that it does, and never part of a layer.
pub const SCRATCH: [&str; 3] = ["/tmp", "/run", "/dev/shm"];

/// A command that runs inside the root, confined to it.
///
/// Beside the root it sees a fresh `/proc` and `/dev`, the [`SCRATCH`] folders of its entry, nothing
/// of which becomes part of a layer, and its mounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Command {
    /// What it is in progress and errors: `script setup.sh`, `dnf5 install`.
    pub label: String,
    /// Program and arguments; a program without a slash is looked up in the PATH of the root.
    pub arguments: Vec<String>,
    /// Variables on top of the few that every command has (PATH, LANG …); HOME is that of its user
    /// when absent.
    pub environment: BTreeMap<String, String>,
    /// Working directory, absolute inside the root; made when it is missing.
    pub directory: String,
    /// Who runs it, by name or number of the root's databases; root when absent.
    pub user: Option<User>,
    /// Whether it reaches the network of the machine.
    pub network: bool,
    /// What appears in the root while it runs.
    pub mounts: Vec<Mount>,
    /// Secrets that it sees while it runs.
    pub secrets: Vec<Secret>,
    /// After how many seconds it is ended with all its children; the interpreter's limit when absent.
    pub limit: Option<u64>,
}

impl Command {
    /// A command of root's in `/`, without network and mounts.
    #[must_use]
    pub fn new(label: impl Into<String>, arguments: Vec<String>) -> Self {
        Self {
            label: label.into(),
            arguments,
            environment: BTreeMap::new(),
            directory: "/".to_owned(),
            user: None,
            network: false,
            mounts: Vec::new(),
            secrets: Vec::new(),
            limit: None,
        }
    }
}

/// Something that appears in the root while a command runs and never becomes part of a layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mount {
    /// Where, absolute inside the root; made when it is missing, and gone again afterwards.
    pub target: String,
    /// What appears there.
    pub source: MountSource,
    /// Whether writing there is refused; what is written elsewhere is thrown away, unless the
    /// source is a cache.
    pub read_only: bool,
}

/// What a mount shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MountSource {
    /// Files of the repository by their path below the target; an empty path is the target itself.
    Inputs(BTreeMap<String, Input>),
    /// A file with this text, 0755.
    Text(Arc<str>),
    /// A folder of this machine that is kept between steps and shared by all flavours.
    Cache {
        /// Its name; the same name is the same folder.
        name: String,
        /// Who may use it at a time.
        sharing: Sharing,
    },
    /// An empty folder.
    Scratch,
    /// A path of another root.
    Tree {
        /// The root.
        tree: Tree,
        /// The path in it, absolute.
        path: String,
    },
}

/// Who may use a cache at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sharing {
    /// Any number of commands.
    Shared,
    /// One command after another.
    Locked,
}

/// Another root than the one that is being built.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tree {
    /// A stage of the same recipe, by its name.
    Stage(String),
    /// An image, `registry/name:tag[@digest]`.
    Image(String),
}

/// A secret and where a command finds it; its value is never part of an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Secret {
    /// Where it comes from.
    pub source: SecretSource,
    /// Where the command finds it.
    pub target: SecretTarget,
    /// Whether the command runs without it where it cannot be had.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// Where a secret comes from, on the machine that builds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretSource {
    /// A variable of terroir's own environment.
    Env(String),
    /// A file; relative to the repository.
    File(String),
    /// What a program writes to its standard output, without the white space at its end.
    Exec {
        /// The program.
        command: String,
        /// Its arguments.
        arguments: Vec<String>,
    },
    /// The socket of the SSH agent.
    Ssh,
}

/// Where a command finds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretTarget {
    /// In a variable of its environment.
    Env(String),
    /// In a file of this absolute path, 0400.
    File(String),
    /// `SSH_AUTH_SOCK` names the socket.
    Agent,
}
