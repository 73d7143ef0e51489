//! Overlay mounts of unpacked layers.
//!
//! `userxattr` is always passed: without it removing a directory of a lower layer fails in a user
//! namespace. The layers are named by short links in a folder of their own, since the options of
//! mount(2) fit into one page whatever the paths are.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, UnmountFlags, mount};

use super::Error;

/// Layers mounted onto each other.
#[derive(Clone, Copy, Debug)]
pub struct Overlay<'a> {
    /// Unpacked layers, the lowest first.
    pub layers: &'a [PathBuf],
    /// Where changes go; none for a mount that nobody changes.
    pub upper: Option<&'a Path>,
    /// An empty folder for the mount's own use, on the file system of `upper`.
    pub work: &'a Path,
    /// Where the union appears.
    pub target: &'a Path,
}

/// Mounts layers onto each other.
///
/// Nothing is synced to disk: what is unfinished when the machine goes down is thrown away anyway.
pub fn mount_overlay(overlay: &Overlay<'_>) -> Result<(), Error> {
    let io = |doing: &str, path: &Path| Error::io(format!("{doing} {}", path.display()));
    let names = overlay.work.join("l");
    // A union of one layer that nobody writes to is none to overlayfs: an empty one makes two.
    let empty = ["e0", "e1"].map(|name| overlay.work.join(name));
    let inner = overlay.work.join("w");
    for folder in [&names, &empty[0], &empty[1], &inner] {
        fs::create_dir_all(folder).map_err(io("making", folder))?;
    }
    fs::create_dir_all(overlay.target).map_err(io("making", overlay.target))?;
    let mut lowers = Vec::new();
    let all = overlay.layers.iter().rev().chain(&empty);
    for (number, layer) in all.enumerate() {
        let name = names.join(number.to_string());
        symlink(layer, &name).map_err(io("naming", layer))?;
        lowers.push(number.to_string());
    }
    let least = if overlay.upper.is_some() { 1 } else { 2 };
    lowers.truncate(overlay.layers.len().max(least));
    let mut options = format!(
        "userxattr,redirect_dir=nofollow,metacopy=off,index=off,xino=off,lowerdir={}",
        lowers.join(":")
    );
    if let Some(upper) = overlay.upper {
        options = format!(
            "{options},upperdir={},workdir={},volatile",
            escaped(upper),
            escaped(&inner)
        );
    }
    let options = std::ffi::CString::new(options).map_err(|_| Error::Container {
        why: "a path of the store has a NUL in it".to_owned(),
    })?;
    let before = std::env::current_dir().map_err(io("leaving", &names))?;
    std::env::set_current_dir(&names).map_err(io("entering", &names))?;
    let mounted = mount(
        "overlay",
        overlay.target,
        "overlay",
        MountFlags::empty(),
        Some(options.as_c_str()),
    );
    std::env::set_current_dir(before).map_err(io("leaving", &names))?;
    mounted.map_err(|source| match source {
        rustix::io::Errno::INVAL => Error::Forbidden {
            why: format!(
                "overlayfs refuses the file system of the store ({}) as its upper layer",
                overlay.target.display()
            ),
        },
        other => Error::io("mounting the layers")(other),
    })
}

/// A path as an option of overlayfs writes it.
fn escaped(path: &Path) -> String {
    let text = path.display().to_string();
    text.replace('\\', "\\\\")
        .replace(',', "\\,")
        .replace(':', "\\:")
}

/// Lets a folder of the machine appear at another place.
pub fn mount_bind(source: &Path, target: &Path) -> Result<(), Error> {
    rustix::mount::mount_bind(source, target)
        .map_err(Error::io(format!("mounting {}", target.display())))
}

/// Takes a mount away, also when something in it is still open.
pub fn unmount(target: &Path) -> Result<(), Error> {
    rustix::mount::unmount(target, UnmountFlags::DETACH)
        .map_err(Error::io(format!("unmounting {}", target.display())))
}
