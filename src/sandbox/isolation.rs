//! How a command is confined.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How commands are confined; steps of one kind are never taken for those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// Namespaces of user, mount, process, IPC, host name and network; as root, or as a user with
    /// subordinate ids.
    Namespaces,
    /// The same with the user's own id alone: nothing can belong to anybody else.
    SingleId,
    /// A copied root and chroot(2), for machines that allow neither namespaces nor mounts; it keeps
    /// nothing out that means harm.
    Chroot,
}

impl Isolation {
    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Namespaces => "namespaces",
            Self::SingleId => "single-id",
            Self::Chroot => "chroot",
        }
    }

    /// The isolation of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Namespaces, Self::SingleId, Self::Chroot];
        all.into_iter().find(|one| one.name() == name)
    }
}

impl fmt::Display for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
