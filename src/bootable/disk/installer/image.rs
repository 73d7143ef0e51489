//! What an unpacked image has for its installation by bootc.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::bootable::declared::Stated;
use crate::bootable::disk::error::Error;
use crate::bootable::disk::parts::{file, kernel, names, text};

/// Folders of the installer's configuration; a file replaces one of its name in the folders before.
const CONFIGURATION: [&str; 3] = [
    "/usr/lib/bootc/install",
    "/usr/local/lib/bootc/install",
    "/etc/bootc/install",
];

/// What bootupd installs: the image's shim and GRUB.
const BOOTUPD: &str = "/usr/lib/bootupd/updates";

/// Links to the images that are bound to this one.
const BOUND: &str = "/usr/lib/bootc/bound-images.d";

/// An image that bootc can install.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Image {
    /// The file of its kernel.
    pub kernel: PathBuf,
    /// The file of its initramfs.
    pub initramfs: PathBuf,
    /// What its configuration says.
    pub stated: Stated,
    /// Whether it has what bootupd installs.
    pub has_bootupd: bool,
    /// How many images are bound to it.
    pub bound: usize,
}

impl Image {
    /// Looks into an unpacked root.
    pub(super) fn of(root: &Path) -> Result<Self, Error> {
        file(root, "/usr/bin/bootc")?.ok_or(Error::NoBootc)?;
        let version = kernel(root)?;
        let part = |name: &str| -> Result<PathBuf, Error> {
            let path = format!("/usr/lib/modules/{version}/{name}");
            Ok(file(root, &path)?.unwrap_or_default())
        };
        let mut files = BTreeMap::new();
        for folder in CONFIGURATION {
            for name in names(root, folder)? {
                if name.ends_with(".toml") {
                    let read = text(root, &format!("{folder}/{name}"))?;
                    files.insert(name, read.unwrap_or_default());
                }
            }
        }
        Ok(Self {
            kernel: part("vmlinuz")?,
            initramfs: part("initramfs.img")?,
            stated: Stated::of(files.values().map(String::as_str)),
            has_bootupd: !names(root, BOOTUPD)?.is_empty(),
            bound: names(root, BOUND)?.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_on_the_arguments_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("usr/lib/modules/6.1/vmlinuz", "a kernel");
        write("usr/lib/modules/6.1/initramfs.img", "its RAM disk");
        assert!(matches!(Image::of(folder.path()), Err(Error::NoBootc)));
        write("usr/bin/bootc", "");
        let image = Image::of(folder.path()).unwrap();
        assert_eq!((image.has_bootupd, image.bound), (false, 0));
        assert_eq!(image.stated, Stated::default());
        assert!(image.kernel.ends_with("usr/lib/modules/6.1/vmlinuz"));
        write("usr/lib/bootupd/updates/EFI.json", "{}");
        write("usr/lib/bootc/bound-images.d/one.image", "");
        let xfs = "[install]\nroot-fs-type = \"xfs\"\n";
        write("usr/lib/bootc/install/50-a.toml", xfs);
        write("usr/lib/bootc/install/notes.txt", "[install]\n");
        let image = Image::of(folder.path()).unwrap();
        assert_eq!((image.has_bootupd, image.bound), (true, 1));
        assert_eq!(image.stated.file_system, Some("xfs"));
        write("etc/bootc/install/50-a.toml", "[install]\n");
        let image = Image::of(folder.path()).unwrap();
        assert_eq!(image.stated.file_system, None);
    }
}
