//! The root of a disk in the form of its life cycle: as an OSTree deployment, or plain.

use std::fs;
use std::path::{Path, PathBuf};

use crate::bootable::disk::error::Error;
use crate::bootable::disk::loader::{environment, plain_menu};
use crate::bootable::disk::order::Source;
use crate::bootable::disk::parts::{file, kernel, names, title};
use crate::bootable::ostree::{
    Checksum, Deployment, Note, Origin, Progress, Sysroot, import, rust_architecture,
};
use crate::store::Store;
use crate::tree::{Limits, Ownership, unpack};

/// The two folders that become file systems, and the root of the image in them.
#[derive(Debug)]
pub(in crate::bootable::disk) struct Root {
    /// What becomes the file system of the root.
    pub root: PathBuf,
    /// What becomes the file system of /boot.
    pub boot: PathBuf,
    /// The root of the image.
    pub system: PathBuf,
    /// What is /var on the machine.
    pub var: PathBuf,
}

impl Root {
    /// Whether only /etc and /var of the image can be changed.
    pub(in crate::bootable::disk) fn is_deployed(&self) -> bool {
        self.root != self.system
    }

    /// The folder that has a path of the image, without a slash at its begin, that the machine can change, and
    /// where the path is below it; none for what belongs to the image alone.
    pub(in crate::bootable::disk) fn changeable<'a>(
        &'a self,
        path: &'a str,
    ) -> Option<(&'a Path, &'a str)> {
        match path.strip_prefix("var/") {
            Some(below) => Some((&self.var, below)),
            None if self.is_deployed() || path.is_empty() => None,
            None => Some((&self.system, path)),
        }
    }
}

/// A sysroot of OSTree with the commit of an image in it.
#[derive(Debug)]
pub(in crate::bootable::disk) struct Imported<'a> {
    source: &'a Source,
    sysroot: Sysroot,
    commit: Checksum,
    /// What was left out.
    pub notes: Vec<String>,
}

impl<'a> Imported<'a> {
    /// Makes a sysroot and imports the image; nothing is deployed yet.
    pub(in crate::bootable::disk) fn new(
        source: &'a Source,
        work: &Path,
        say: &dyn Fn(&str),
    ) -> Result<Self, Error> {
        let path = work.join("root");
        make(&path)?;
        let sysroot = Sysroot::init(&path)?;
        let store = Store::open(&source.store)?;
        let repository = sysroot.repository()?;
        let mut progress = |progress| match progress {
            Progress::Layer { number, of, .. } => {
                say(&format!("importing layer {number} of {of} into OSTree"));
            }
            Progress::Whole => say("making the commit of the image"),
            Progress::Known { .. } => {}
        };
        let commit = import(&repository, &source.image, &store, &mut progress)?;
        // What stands in /dev is made anew on every machine.
        let is_told = |note: &&Note| !note.path.to_string().starts_with("/dev/");
        let notes = commit.notes.iter().filter(is_told);
        Ok(Self {
            source,
            sysroot,
            commit: commit.checksum,
            notes: notes
                .map(|note| format!("{} was left out: {}", note.path, note.what))
                .collect(),
        })
    }

    /// The kernel arguments that the image asks for.
    pub(in crate::bootable::disk) fn arguments(&self) -> Result<Vec<String>, Error> {
        let architecture = rust_architecture(&self.source.architecture);
        let repository = self.sysroot.repository()?;
        Ok(repository.kernel_arguments(&self.commit, architecture)?)
    }

    /// Deploys the commit with a whole kernel command line.
    pub(in crate::bootable::disk) fn deploy(
        self,
        work: &Path,
        arguments: &[String],
    ) -> Result<Root, Error> {
        let path = self.sysroot.path().to_path_buf();
        let grub = path.join("boot/grub");
        make(&grub)?;
        // By this link OSTree knows the boot loader.
        let link = grub.join("grub.cfg");
        std::os::unix::fs::symlink("../loader/grub.cfg", &link)
            .map_err(Error::io(format!("making {}", link.display())))?;
        write(&grub.join("grubenv"), &environment())?;
        self.sysroot.deploy(&Deployment {
            commit: &self.commit,
            arguments,
            origin: &Origin {
                reference: self.source.reference.clone(),
                manifest: self.source.image.manifest,
            },
            generator: None,
            staged: false,
        })?;
        let system = self.sysroot.deployed(&self.commit)?;
        let var = self.sysroot.var();
        let boot = take_boot(&path, work)?;
        Ok(Root {
            root: path,
            boot,
            system,
            var,
        })
    }
}

/// Unpacks an image as it is.
pub(in crate::bootable::disk) fn plain(source: &Source, work: &Path) -> Result<PathBuf, Error> {
    let root = work.join("root");
    let store = Store::open(&source.store)?;
    unpack(
        &source.image.layers,
        &store,
        &root,
        Ownership::Keep,
        &Limits::default(),
    )?;
    Ok(root)
}

/// Gives a plain root its /boot with a kernel and a menu.
pub(in crate::bootable::disk) fn with_boot(
    root: PathBuf,
    work: &Path,
    arguments: &[String],
) -> Result<Root, Error> {
    let found: Vec<String> = names(&root, "/boot")?
        .into_iter()
        .filter(|name| name.starts_with("vmlinuz-"))
        .collect();
    let boot = root.join("boot");
    let version = match found.as_slice() {
        [] => {
            let version = kernel(&root)?;
            for (from, to) in [("vmlinuz", "vmlinuz"), ("initramfs.img", "initrd.img")] {
                let from = file(&root, &format!("/usr/lib/modules/{version}/{from}"))?;
                let to = boot.join(format!("{to}-{version}"));
                fs::copy(from.unwrap_or_default(), &to)
                    .map_err(Error::io(format!("making {}", to.display())))?;
            }
            version
        }
        [only] => only.trim_start_matches("vmlinuz-").to_owned(),
        several => return Err(Error::Kernels(several.to_vec())),
    };
    let initramfs = format!("initrd.img-{version}");
    if file(&root, &format!("/boot/{initramfs}"))?.is_none() {
        return Err(Error::NoPart {
            part: format!("/boot/{initramfs}"),
            package: "dracut or initramfs-tools",
        });
    }
    let grub = boot.join("grub");
    make(&grub)?;
    // Where packages of Debian expect the ESP.
    make(&boot.join("efi"))?;
    write(&grub.join("grubenv"), &environment())?;
    let names = (format!("vmlinuz-{version}"), initramfs);
    let menu = plain_menu(&title(&root)?, (&names.0, &names.1), arguments);
    let place = grub.join("grub.cfg");
    write(&place, menu.as_bytes())?;
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(&place, private)
        .map_err(Error::io(format!("writing {}", place.display())))?;
    Ok(Root {
        boot: take_boot(&root, work)?,
        system: root.clone(),
        var: root.join("var"),
        root,
    })
}

/// Takes /boot out of a root: it is a file system of its own.
fn take_boot(root: &Path, work: &Path) -> Result<PathBuf, Error> {
    let (from, to) = (root.join("boot"), work.join("boot"));
    fs::rename(&from, &to).map_err(Error::io("taking /boot out of the root"))?;
    make(&from)?;
    Ok(to)
}

fn make(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(Error::io(format!("making {}", path.display())))?;
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(path, mode).map_err(Error::io(format!("making {}", path.display())))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    fs::write(path, bytes).map_err(Error::io(format!("writing {}", path.display())))
}
