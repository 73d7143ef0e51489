//! `terroir disk --bootc`: what is wanted of the image's own installer, and options that it knows nothing of.

use crate::bootable::disk::{self, Installer};
use crate::cli::arguments::machine_image::{Disk, FileSystem};
use crate::cli::output::failure::{Failure, Kind};
use crate::registry::Reference;

/// How the image's bootc installs it, if it does; what machines follow is said later.
pub(super) fn installer(arguments: &Disk) -> Result<Option<Installer>, Failure> {
    let refused = |message: &str, hint: &str| {
        let failure = Failure::say(Kind::Usage, message);
        Err(failure.hint(hint))
    };
    let Some(limit) = arguments.bootc else {
        return match arguments.filesystem {
            None | Some(FileSystem::Ext4) => Ok(None),
            Some(_) => refused(
                "terroir writes ext4 alone; other file systems are made by bootc",
                "leave --filesystem out; an image that bootc updates takes it with --bootc",
            ),
        };
    };
    if arguments.encrypt.is_some() {
        return refused(
            "--encrypt has no effect with --bootc: bootc fills the disk, and terroir encrypts only disks \
             that it fills",
            "leave --encrypt out",
        );
    }
    if arguments.random_uuids {
        return refused(
            "--random-uuids has no effect with --bootc: bootc makes new identifiers each time",
            "leave --random-uuids out",
        );
    }
    if limit == 0 {
        return refused(
            "--bootc=0 gives the installer no time",
            "name the seconds that it may take, such as --bootc=3600",
        );
    }
    let file_system = arguments.filesystem.map(|wish| match wish {
        FileSystem::Ext4 => disk::FileSystem::Ext4,
        FileSystem::Xfs => disk::FileSystem::Xfs,
        FileSystem::Btrfs => disk::FileSystem::Btrfs,
    });
    Ok(Some(Installer {
        file_system,
        follows: None,
        limit,
    }))
}

/// The name by which a registry has the image that machines of a disk follow; none when the image is
/// known here alone.
pub(in crate::cli) fn in_registry(followed: &str) -> Option<String> {
    let local = ["oci:", "oci-archive:"];
    let is_local = local.iter().any(|kind| followed.starts_with(kind));
    let is_recipe = [".yml", ".yaml"].iter().any(|end| followed.ends_with(end));
    if is_local || is_recipe || !followed.contains('/') {
        return None;
    }
    let name = followed.strip_prefix("docker://").unwrap_or(followed);
    let reference = Reference::parse(name).ok()?;
    Some(reference.to_string())
}

#[cfg(test)]
mod tests {
    use super::in_registry;

    #[test]
    fn only_a_registry_has_what_machines_follow() {
        let cases = [
            ("oci:out:latest", None),
            ("oci-archive:a/b.tar", None),
            ("recipes/server.yml", None),
            ("acme-server", None),
            (
                "registry.example.org/os/server:1",
                Some("registry.example.org/os/server:1"),
            ),
            (
                "docker://registry.example.org/os/server:1",
                Some("registry.example.org/os/server:1"),
            ),
        ];
        for (followed, expected) in cases {
            assert_eq!(in_registry(followed).as_deref(), expected, "{followed}");
        }
    }
}
