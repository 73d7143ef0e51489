//! The lines of fstab that a disk adds to those of its image (fstab(5)).

use std::fmt::Write as _;
use std::path::Path;

use super::put::put;
use crate::bootable::disk::error::Error;
use crate::bootable::disk::parts::text;

/// The place of what is not mounted.
pub(in crate::bootable::disk) const NOWHERE: &str = "none";

/// A file system of the disk.
#[derive(Clone, Debug)]
pub(in crate::bootable::disk) struct Mount<'a> {
    pub source: String,
    pub place: &'a str,
    pub kind: &'a str,
    /// The options.
    pub options: &'a str,
    /// Whether they count also where the image states some for the place.
    pub is_stated: bool,
    /// Whether it is checked at boot, and when.
    pub pass: u8,
}

/// Writes /etc/fstab of a root: the lines of the disk, then those of the image for other places; `real`
/// follows links of the root.
pub(in crate::bootable::disk) fn write(
    root: &Path,
    mounts: &[Mount<'_>],
    real: &dyn Fn(&str) -> String,
) -> Result<(), Error> {
    let before = text(root, "/etc/fstab")?.unwrap_or_default();
    put(root, "/etc/fstab", (&merged(&before, mounts, real), 0o644))
}

fn merged(before: &str, mounts: &[Mount<'_>], real: &dyn Fn(&str) -> String) -> String {
    // Swap space has no place.
    let is_at = |target: &str, place: &str| {
        place != NOWHERE && (target == place || target.starts_with('/') && real(target) == place)
    };
    let fields = |line: &str| -> Option<[String; 4]> {
        let mut words = line.split_whitespace().map(str::to_owned);
        let first = words.next().filter(|word| !word.starts_with('#'))?;
        Some([
            first,
            words.next()?,
            words.next()?,
            words.next().unwrap_or_default(),
        ])
    };
    let stated = |place: &str| -> Option<String> {
        let mut lines = before.lines().filter_map(fields);
        let [.., options] = lines.find(|[_, target, ..]| is_at(target, place))?;
        Some(options).filter(|options| !options.is_empty())
    };
    let mut text = String::new();
    for mount in mounts {
        let stated = stated(mount.place).filter(|_| !mount.is_stated);
        let mut options = stated.unwrap_or_else(|| mount.options.to_owned());
        if mount.place == "/" && !options.split(',').any(|one| one == "x-systemd.growfs") {
            options += ",x-systemd.growfs";
        }
        let Mount {
            source,
            place,
            kind,
            pass,
            ..
        } = mount;
        // Writing to a text does not fail.
        let _ = writeln!(text, "{source} {place} {kind} {options} 0 {pass}");
    }
    for line in before.lines() {
        let ours = fields(line)
            .is_some_and(|[_, target, ..]| mounts.iter().any(|mount| is_at(&target, mount.place)));
        if !ours {
            text += line;
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_the_image_and_its_other_lines_stay() {
        let mount = |place, options, pass| Mount {
            source: format!("UUID={place}"),
            place,
            kind: "ext4",
            options,
            is_stated: place == "/var/home",
            pass,
        };
        let real = |place: &str| match place {
            "/home" => "/var/home".to_owned(),
            place => place.to_owned(),
        };
        let mounts = [
            mount("/", "defaults", 1),
            mount("/boot", "defaults,nodev", 2),
        ];
        let cases = [
            (
                "",
                "UUID=/ / ext4 defaults,x-systemd.growfs 0 1\nUUID=/boot /boot ext4 defaults,nodev 0 2\n",
            ),
            (
                "# kept\ntmpfs /tmp tmpfs nosuid\n/dev/sda1 /boot ext4 noexec 0 2\n/dev/sda2 / xfs noatime",
                "UUID=/ / ext4 noatime,x-systemd.growfs 0 1\nUUID=/boot /boot ext4 noexec 0 2\n\
                 # kept\ntmpfs /tmp tmpfs nosuid\n",
            ),
        ];
        for (before, after) in cases {
            assert_eq!(merged(before, &mounts, &real), after);
        }
        let mounts = [
            mount("/var/home", "nodev", 2),
            mount(NOWHERE, "defaults", 0),
        ];
        let before = "/dev/sdb1 /home ext4 nosuid 0 2\n/dev/sdb2 none swap sw 0 0\n";
        let after = "UUID=/var/home /var/home ext4 nodev 0 2\nUUID=none none ext4 defaults 0 0\n\
                     /dev/sdb2 none swap sw 0 0\n";
        assert_eq!(merged(before, &mounts, &real), after);
    }
}
