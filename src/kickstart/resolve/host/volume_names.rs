//! Names of logical volumes and subvolumes: what installers make of mount points must differ.

use crate::kickstart::model::host::Volume;
use crate::kickstart::value::choice::{Filesystem, Layout};
use crate::origin::{Diagnostic, Sourced};

/// The name of the logical volume for swap space.
const SWAP: &str = "swap";

/// Refuses volumes whose logical volumes or subvolumes would have one name.
pub(super) fn check_names(
    layout: &Sourced<Layout>,
    volumes: &[Volume],
    has_swap: bool,
    problems: &mut Vec<Diagnostic>,
) {
    let is_logical = layout.value != Layout::Plain;
    let is_named = |volume: &&Volume| is_logical || volume.filesystem == Filesystem::Btrfs;
    let mut known: Vec<&Volume> = Vec::new();
    for volume in volumes.iter().filter(is_named) {
        let name = volume.name();
        if let Some(first) = known.iter().find(|one| one.name() == name) {
            let message = format!(
                "{} and {} would be volumes of one name, `{name}`",
                first.place, volume.place
            );
            let error = Diagnostic::error(&volume.origin, message);
            let error = error.and(&first.origin, format!("{} here", first.place));
            problems.push(error.hint("leave one of them out, or keep both on one volume"));
        } else if has_swap && is_logical && name == SWAP {
            let message = format!(
                "{} would be a volume of the swap space's name",
                volume.place
            );
            let error = Diagnostic::error(&volume.origin, message);
            problems.push(error.hint("choose another mount point, or leave `swap` out"));
        }
        known.push(volume);
    }
}
