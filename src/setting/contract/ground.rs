//! What a setting reads of the root that it is put into.

use super::refusal::Refusal;
use crate::path::TreePath;
use crate::setting::systemd::scope::Scope;
use crate::setting::systemd::unit::UnitInstall;
use crate::tree::Snapshot;

/// Mode and owner of what is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits {
    /// Permission bits (0o7777).
    pub mode: u32,
    /// Number of the owner.
    pub uid: u32,
    /// Number of the group.
    pub gid: u32,
}

/// The root as it is before a setting is rendered: the parent, with every earlier step, and with
/// what the modules of the same entry write.
///
/// An implementation remembers what was asked, because the answers belong to the step's key.
/// Links in the directory part of a path are followed inside the root.
pub trait Ground {
    /// The target of a symbolic link, as written; none when the path is not a link.
    fn link(&mut self, path: &TreePath) -> Option<Vec<u8>>;

    /// Tells whether the path is a directory or a link to one.
    fn directory(&mut self, path: &TreePath) -> bool;

    /// The directories and links directly below a directory, links with their targets.
    fn children(&mut self, path: &TreePath) -> Vec<(TreePath, Option<Vec<u8>>)>;

    /// The `[Install]` section of the unit file with exactly this name, drop-ins included.
    ///
    /// It lies in the first of [`unit_directories`](crate::setting::unit_directories) that has it, where a
    /// link to `/dev/null` (a mask) counts as nothing and other links are followed:
    /// [`UnitInstall::path`] is then the file they lead to. An instance is not looked up by its
    /// template.
    fn unit(&mut self, scope: Scope, name: &str) -> Option<UnitInstall>;

    /// The names of all units, to suggest one for a name that is not there.
    fn unit_names(&mut self, scope: Scope) -> Vec<String>;

    /// Tells whether a setting may have no effect, for a reason that `systemctl` only mentions.
    ///
    /// A BlueBuild recipe that disables a unit which is not there builds; an implementation that answers
    /// `true` keeps the reason to report it.
    fn passes_over(&mut self, _refusal: &Refusal) -> bool {
        false
    }

    /// Mode and owner of a file or directory, links followed; none when there is nothing, an error
    /// when it cannot be looked at.
    fn bits(&mut self, path: &TreePath) -> Result<Option<Bits>, String>;

    /// The text of a file; none when there is no such file, an error when it is not text.
    fn text(&mut self, path: &TreePath) -> Result<Option<String>, String>;

    /// Directories, links, and the texts of the files by which programs are configured that settings
    /// are about ([`is_configuration`](crate::setting::is_configuration)).
    fn configuration(&mut self) -> Snapshot;
}
