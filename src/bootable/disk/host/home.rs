//! The homes of a machine's users: with the files that every new home gets, and their SSH keys.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt as _, chown, lchown, symlink};
use std::path::{Path, PathBuf};

use super::followed::{followed, raw};
use crate::bootable::disk::error::Error;
use crate::bootable::disk::image::{Root, put_for};
use crate::bootable::disk::parts::text;
use crate::path::TreePath;
use crate::setting::HostPerson;
use crate::tree::InRoot;

/// What every new home gets.
const SKELETON: &str = "/etc/skel";
/// Where systemd-tmpfiles(8) finds what it copies to where nothing is yet.
const FACTORY: &str = "/usr/share/factory";

/// Makes the home of a user, as far as it is not there, and adds keys to those that are.
pub(super) fn make(
    name: &str,
    person: &HostPerson,
    keys: &[String],
    root: &Root,
) -> Result<(), Error> {
    // The home of a user that the image has is the image's, until something goes into it.
    if !person.is_new && keys.is_empty() {
        return Ok(());
    }
    let path = followed(&root.system, &person.home)?;
    let path =
        path.ok_or_else(|| refused(format!("the home {} of {name} is no path", person.home)))?;
    let place = place(name, person, &path, root)?;
    let owner = (person.uid, person.gid);
    let failed = || Error::io(format!("making the home {} of {name}", person.home));
    match place.symlink_metadata() {
        Ok(found) if found.is_dir() => {}
        Ok(_) => {
            return Err(refused(format!(
                "the home {} of {name} is no folder",
                person.home
            )));
        }
        Err(_) => fill(&root.system, &place, owner).map_err(failed())?,
    }
    match keys {
        [] => Ok(()),
        keys => {
            let made = format!("{FACTORY}/{}/.ssh/authorized_keys", raw(&path));
            let made = text(&root.system, &made)?.unwrap_or_default();
            add_keys(&place.join(".ssh"), (&made, keys), owner).map_err(failed())
        }
    }
}

/// Where it is on this machine; the folders above it are made.
fn place(name: &str, person: &HostPerson, path: &TreePath, root: &Root) -> Result<PathBuf, Error> {
    let shown = raw(path);
    let (base, below) = root.changeable(&shown).ok_or_else(|| {
        refused(format!(
            "the home {} of {name} is at /{shown}, which cannot be changed on the machine",
            person.home
        ))
    })?;
    let mut inside = InRoot::open(base)?;
    let (above, last) = below.rsplit_once('/').unwrap_or(("", below));
    inside.make_directories(above)?;
    Ok(inside.real_path(above)?.join(last))
}

fn refused(why: String) -> Error {
    Error::Host {
        why,
        hint: "give the user a home below /home, or below /var, in the image".to_owned(),
    }
}

/// Makes a home with what every new home gets.
fn fill(system: &Path, place: &Path, owner: (u32, u32)) -> io::Result<()> {
    folder(place, 0o700, owner)?;
    let inside = InRoot::open(system).map_err(io::Error::other)?;
    match inside.real_path(SKELETON) {
        Ok(skeleton) if skeleton.is_dir() => copy(&skeleton, place, owner),
        _ => Ok(()),
    }
}

/// Copies what is in a folder, for an owner.
fn copy(from: &Path, to: &Path, owner: (u32, u32)) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let found = from.symlink_metadata()?;
        let mode = found.permissions().mode() & 0o7777;
        if found.is_dir() {
            folder(&to, mode, owner)?;
            copy(&from, &to, owner)?;
        } else if found.is_symlink() {
            symlink(fs::read_link(&from)?, &to)?;
            lchown(&to, Some(owner.0), Some(owner.1))?;
        } else if found.is_file() {
            fs::copy(&from, &to)?;
            chown(&to, Some(owner.0), Some(owner.1))?;
            fs::set_permissions(&to, Permissions::from_mode(mode))?;
        }
    }
    Ok(())
}

fn folder(place: &Path, mode: u32, (uid, gid): (u32, u32)) -> io::Result<()> {
    fs::create_dir(place)?;
    chown(place, Some(uid), Some(gid))?;
    fs::set_permissions(place, Permissions::from_mode(mode))
}

/// Adds keys to those of a folder .ssh, or to those that the machine would get there.
fn add_keys(ssh: &Path, (made, keys): (&str, &[String]), owner: (u32, u32)) -> io::Result<()> {
    match ssh.symlink_metadata() {
        Ok(found) if found.is_dir() => {
            chown(ssh, Some(owner.0), Some(owner.1))?;
            fs::set_permissions(ssh, Permissions::from_mode(0o700))?;
        }
        Ok(_) => return Err(io::Error::other(".ssh is no folder")),
        Err(_) => folder(ssh, 0o700, owner)?,
    }
    let place = ssh.join("authorized_keys");
    let before = match place.symlink_metadata() {
        Ok(found) if found.is_file() => fs::read_to_string(&place)?,
        Ok(_) => return Err(io::Error::other(".ssh/authorized_keys is no file")),
        Err(_) => made.to_owned(),
    };
    put_for(&place, &with_keys(&before, keys), 0o600, owner)
}

/// Lines of authorized_keys, and those of the keys that are not among them.
fn with_keys(before: &str, keys: &[String]) -> String {
    let mut text = before.to_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    for key in keys {
        if !text.lines().any(|line| line == key) {
            text.push_str(key);
            text.push('\n');
        }
    }
    text
}
