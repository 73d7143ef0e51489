//! A command to be confined, and all that it sees.

use std::path::{Path, PathBuf};

/// A command and all that it sees.
#[derive(Clone, Debug)]
pub struct Confined<'a> {
    /// The root, absolute and without links.
    pub root: &'a Path,
    /// Program and arguments.
    pub arguments: &'a [String],
    /// Its whole environment.
    pub environment: Vec<(String, String)>,
    /// Its working directory inside the root.
    pub directory: &'a str,
    /// User and group, as numbers.
    pub user: (u32, u32),
    /// Further groups.
    pub groups: Vec<u32>,
    /// Whether it reaches the network of the machine.
    pub network: bool,
    /// What appears in the root, in this order.
    pub binds: Vec<Bind>,
    /// Whether it is confined by chroot(2) alone.
    pub only_chroot: bool,
}

/// A file or folder of the machine that appears in the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bind {
    /// The file or folder.
    pub source: PathBuf,
    /// Where it appears, absolute inside the root.
    pub target: String,
    /// Whether writing there is refused.
    pub read_only: bool,
}
