//! What becomes of files below /var when machines start: a table of places, and rules of the recipe.

use crate::path::TreePath;

use super::error::ShapeError;
use super::kernel::raw;

/// Where a recipe's rules lie, one file for each entry that states some.
pub const VAR_RULES: &str = "/usr/share/terroir/var.d";

/// What machines get of a file below /var.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bootable) enum Fate {
    /// A copy, when they have none yet.
    Copy,
    /// Nothing; its folders are made.
    Discard,
    /// Nothing, nor its folders.
    Forget,
}

/// What distributions and their packages keep below /var; a slash at the end stands for all below.
const PLACES: [(&str, Fate); 47] = [
    ("/var/backups/", Fate::Discard),
    ("/var/cache/", Fate::Discard),
    ("/var/home/", Fate::Copy),
    ("/var/lib/PackageKit/", Fate::Discard),
    ("/var/lib/aide/", Fate::Discard),
    ("/var/lib/alternatives/", Fate::Copy),
    ("/var/lib/apt/", Fate::Forget),
    ("/var/lib/aspell/", Fate::Discard),
    ("/var/lib/ca-certificates/", Fate::Copy),
    ("/var/lib/chrony/", Fate::Discard),
    ("/var/lib/cloud/", Fate::Discard),
    ("/var/lib/dbus/", Fate::Discard),
    ("/var/lib/dictionaries-common/", Fate::Discard),
    ("/var/lib/dnf/", Fate::Forget),
    ("/var/lib/dracut/", Fate::Forget),
    ("/var/lib/emacsen-common/", Fate::Discard),
    ("/var/lib/exim4/", Fate::Copy),
    ("/var/lib/grub/", Fate::Forget),
    ("/var/lib/initramfs-tools/", Fate::Forget),
    ("/var/lib/ispell/", Fate::Discard),
    ("/var/lib/libdnf5/", Fate::Forget),
    ("/var/lib/logrotate/", Fate::Discard),
    ("/var/lib/man-db/", Fate::Discard),
    ("/var/lib/nfs/", Fate::Copy),
    ("/var/lib/pam/", Fate::Forget),
    ("/var/lib/polkit-1/", Fate::Copy),
    ("/var/lib/postfix/", Fate::Discard),
    ("/var/lib/python/", Fate::Discard),
    ("/var/lib/rpm-state/", Fate::Forget),
    ("/var/lib/samba/", Fate::Copy),
    ("/var/lib/selinux/", Fate::Copy),
    ("/var/lib/sgml-base/", Fate::Discard),
    ("/var/lib/shells.state", Fate::Forget),
    ("/var/lib/shim-signed/", Fate::Forget),
    ("/var/lib/sss/", Fate::Copy),
    ("/var/lib/systemd/catalog/", Fate::Discard),
    ("/var/lib/systemd/deb-systemd-helper-enabled/", Fate::Forget),
    ("/var/lib/systemd/deb-systemd-helper-masked/", Fate::Forget),
    (
        "/var/lib/systemd/deb-systemd-user-helper-enabled/",
        Fate::Forget,
    ),
    (
        "/var/lib/systemd/deb-systemd-user-helper-masked/",
        Fate::Forget,
    ),
    ("/var/lib/ucf/", Fate::Forget),
    ("/var/lib/xml-core/", Fate::Discard),
    ("/var/log/", Fate::Discard),
    ("/var/roothome/", Fate::Copy),
    ("/var/spool/", Fate::Copy),
    ("/var/tmp/", Fate::Discard),
    ("/var/www/", Fate::Copy),
];

/// The table and the rules of a recipe.
#[derive(Debug, Default)]
pub(in crate::bootable) struct Rules {
    own: Vec<(String, Fate)>,
}

impl Rules {
    /// Takes the lines of a file in: `copy PATH` and `discard PATH`, comments after `#`.
    pub(in crate::bootable) fn read(
        &mut self,
        path: &TreePath,
        text: &str,
    ) -> Result<(), ShapeError> {
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let refuse = |why: &str| ShapeError::Rule {
                path: path.clone(),
                line: number + 1,
                why: why.to_owned(),
            };
            let (word, place) = line
                .split_once(' ')
                .ok_or_else(|| refuse("it has no path"))?;
            let fate = match word {
                "copy" => Fate::Copy,
                "discard" => Fate::Discard,
                _ => return Err(refuse("a rule begins with copy or discard")),
            };
            let place = place.trim();
            if !place.starts_with("/var/") {
                return Err(refuse("only paths below /var have rules"));
            }
            self.own.push((place.to_owned(), fate));
        }
        Ok(())
    }

    /// What becomes of a file: the longest place counts, of equal ones the latest of the recipe.
    pub(in crate::bootable) fn fate(&self, path: &TreePath) -> Option<Fate> {
        let text = raw(path);
        let table = PLACES.iter().map(|(place, fate)| (*place, *fate));
        let own = self.own.iter().map(|(place, fate)| (place.as_str(), *fate));
        table
            .chain(own)
            .filter(|(place, _)| covers(place, &text))
            .max_by_key(|(place, _)| place.trim_end_matches('/').len())
            .map(|(_, fate)| fate)
    }
}

/// Tells whether a place is a path, or holds it.
fn covers(place: &str, path: &str) -> bool {
    match place.strip_suffix('/') {
        Some(folder) => path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        None => place == path,
    }
}
