//! The root of a disk in the form of its life cycle: as an OSTree deployment, or plain.

use std::fs;
use std::path::{Path, PathBuf};

use super::commit::{commit, flatten};
use super::error::Error;
use super::grub::{environment, plain_menu};
use super::order::Source;
use super::parts::{file, kernel, names, title};
use super::tools::Tools;

/// The name under which OSTree keeps the deployments of a machine and their /var.
const OS: &str = "terroir";

/// The two folders that become file systems, and the root of the image in them.
#[derive(Debug)]
pub(super) struct Root {
    /// What becomes the file system of the root.
    pub root: PathBuf,
    /// What becomes the file system of /boot.
    pub boot: PathBuf,
    /// The root of the image.
    pub system: PathBuf,
}

/// Makes an OSTree repository with the image's commit; nothing is deployed yet.
pub(super) fn repository(source: &Source, work: &Path, tools: &Tools) -> Result<Sysroot, Error> {
    let path = work.join("root");
    let root = path.display().to_string();
    make(&path)?;
    tools.run("ostree", &["admin", "init-fs", "--modern", &root], &[])?;
    let repository = path.join("ostree/repo");
    let repo = format!("--repo={}", repository.display());
    for (key, value) in [
        ("sysroot.bootloader", "grub2"),
        ("sysroot.readonly", "true"),
    ] {
        tools.run("ostree", &[&repo, "config", "set", key, value], &[])?;
    }
    let sysroot = format!("--sysroot={root}");
    tools.run("ostree", &["admin", "os-init", &sysroot, OS], &[])?;
    let reference = commit(&repository, source, work, tools)?;
    Ok(Sysroot { path, reference })
}

/// A sysroot of OSTree with a commit in it.
#[derive(Debug)]
pub(super) struct Sysroot {
    path: PathBuf,
    reference: String,
}

impl Sysroot {
    /// The root of the image, to look into before it is deployed.
    pub(super) fn look(&self, work: &Path, tools: &Tools) -> Result<PathBuf, Error> {
        let system = work.join("system");
        let repo = format!("--repo={}/ostree/repo", self.path.display());
        let folder = system.display().to_string();
        tools.run(
            "ostree",
            &[&repo, "checkout", "-H", &self.reference, &folder],
            &[],
        )?;
        Ok(system)
    }

    /// Deploys the commit; `arguments` are for the kernel.
    pub(super) fn deploy(
        self,
        work: &Path,
        arguments: &[String],
        tools: &Tools,
    ) -> Result<Root, Error> {
        let grub = self.path.join("boot/grub");
        make(&grub)?;
        // By this link OSTree knows the boot loader.
        let link = grub.join("grub.cfg");
        std::os::unix::fs::symlink("../loader/grub.cfg", &link)
            .map_err(Error::io(format!("making {}", link.display())))?;
        write(&grub.join("grubenv"), &environment())?;
        let sysroot = format!("--sysroot={}", self.path.display());
        let os = format!("--os={OS}");
        let mut words = vec!["admin".to_owned(), "deploy".to_owned(), sysroot, os];
        let appended = arguments.iter();
        words.extend(appended.map(|argument| format!("--karg-append={argument}")));
        words.push(self.reference.clone());
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        tools.run("ostree", &words, &[])?;
        let boot = take_boot(&self.path, work)?;
        let system = deployment(&self.path)?;
        Ok(Root {
            root: self.path,
            boot,
            system,
        })
    }
}

/// Unpacks an image as it is.
pub(super) fn plain(source: &Source, work: &Path) -> Result<PathBuf, Error> {
    let root = work.join("root");
    flatten(source, &root)?;
    Ok(root)
}

/// Gives a plain root its /boot with a kernel and a menu.
pub(super) fn with_boot(root: PathBuf, work: &Path, arguments: &[String]) -> Result<Root, Error> {
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
    write(&grub.join("grubenv"), &environment())?;
    let names = (format!("vmlinuz-{version}"), initramfs);
    let menu = plain_menu(&title(&root)?, (&names.0, &names.1), arguments);
    write(&grub.join("grub.cfg"), menu.as_bytes())?;
    Ok(Root {
        boot: take_boot(&root, work)?,
        system: root.clone(),
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

/// The only deployment of a fresh sysroot.
fn deployment(sysroot: &Path) -> Result<PathBuf, Error> {
    let folder = sysroot.join("ostree/deploy").join(OS).join("deploy");
    let failed = || Error::io(format!("listing {}", folder.display()));
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).map_err(failed())? {
        let path = entry.map_err(failed())?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    match found.as_slice() {
        [only] => Ok(only.clone()),
        _ => Err(failed()(std::io::Error::other(
            "there is not one deployment",
        ))),
    }
}

fn make(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(Error::io(format!("making {}", path.display())))?;
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(path, mode).map_err(Error::io(format!("making {}", path.display())))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    fs::write(path, bytes).map_err(Error::io(format!("writing {}", path.display())))
}
