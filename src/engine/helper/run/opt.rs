//! `/opt` of image systems: a link to `/var/opt`, which no update of an image reaches.

use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::{Component, Path};

use crate::engine::helper::error::TaskError;

/// Moves what commands put below `/opt` to `/usr/lib/opt`, where `/opt` leads to `/var/opt`, and
/// has `/var/opt` lead there when a machine boots (tmpfiles.d(5)).
///
/// `changed` holds what commands changed, or the whole root; `below` is the root before; with
/// `links` the links stand in the image too, whose `/var` is kept.
pub(super) fn deliver(changed: &Path, below: &Path, links: bool) -> Result<(), TaskError> {
    let leads = fs::read_link(below.join("opt")).is_ok_and(|target| {
        let parts = target
            .components()
            .filter(|part| *part != Component::RootDir);
        parts.eq([
            Component::Normal("var".as_ref()),
            Component::Normal("opt".as_ref()),
        ])
    });
    let folder = changed.join("var/opt");
    if !leads || !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let name = entry.file_name();
        let before = below.join("var/opt").join(&name).symlink_metadata().is_ok();
        let empty = kind.is_dir() && fs::read_dir(entry.path())?.next().is_none();
        if kind.is_symlink() || kind.is_char_device() || empty || before {
            continue;
        }
        let name = name
            .to_str()
            .filter(|name| !name.contains(['"', '\\', '%', '\n']));
        let name = name.ok_or_else(|| {
            let message = format!(
                "/opt/{} cannot be named in tmpfiles.d",
                entry.file_name().display()
            );
            TaskError::Message(message, Some("give it a plain name".to_owned()))
        })?;
        let target = format!("usr/lib/opt/{name}");
        if below.join(&target).symlink_metadata().is_ok() {
            let message = format!("/{target} is there already, and /opt/{name} is made anew");
            let hint = "change what is there, or remove it in an entry before";
            return Err(TaskError::Message(message, Some(hint.to_owned())));
        }
        for folder in ["usr", "usr/lib", "usr/lib/opt", "usr/lib/tmpfiles.d"] {
            provide(&changed.join(folder), &below.join(folder))?;
        }
        fs::rename(entry.path(), changed.join(&target))?;
        let line = format!("L+ \"/var/opt/{name}\" - - - - /{target}\n");
        let file = changed.join(format!("usr/lib/tmpfiles.d/terroir-opt-{name}.conf"));
        fs::write(&file, line)?;
        fs::set_permissions(&file, Permissions::from_mode(0o644))?;
        if links {
            symlink(format!("/{target}"), entry.path())?;
        }
    }
    Ok(())
}

/// Makes a folder as it was before, or a plain one.
fn provide(folder: &Path, before: &Path) -> Result<(), TaskError> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir(folder)?;
    let (mode, owner) = match fs::metadata(before) {
        Ok(held) => (held.mode(), Some((held.uid(), held.gid()))),
        Err(_) => (0o755, None),
    };
    if let Some((uid, gid)) = owner {
        chown(folder, Some(uid), Some(gid))?;
    }
    fs::set_permissions(folder, Permissions::from_mode(mode & 0o7777))?;
    Ok(())
}
