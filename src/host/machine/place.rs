//! The machine, or a system root below a folder that stands for one.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::deployment::{Deployment, in_menu, staged};
use crate::bootable::ostree::{OS_NAME, Repository, Sysroot};
use crate::host::error::Error;

/// A machine with its deployments.
#[derive(Debug)]
pub struct Machine {
    /// Where the running system's files are: `/`.
    root: PathBuf,
    /// Where its /var is.
    var: PathBuf,
    sysroot: Sysroot,
    /// Whether this is the machine that runs.
    live: bool,
    menu: Vec<Deployment>,
    booted: usize,
    staged: Option<Deployment>,
}

impl Machine {
    /// The machine that runs.
    pub fn running() -> Result<Self, Error> {
        let root = Path::new("/");
        let menu = in_menu(root)?;
        let identity = |path: &Path| {
            let found = fs::metadata(path).ok()?;
            Some((found.dev(), found.ino()))
        };
        let here = identity(root);
        let booted = menu.iter().position(|one| identity(&one.folder) == here);
        let booted = booted.ok_or_else(|| {
            Error::NotAHost("none of its deployments is the one that runs".to_owned())
        })?;
        Ok(Self {
            root: root.to_path_buf(),
            var: "/var".into(),
            sysroot: Sysroot::at(root),
            live: true,
            staged: staged(root, Path::new("/run"), &menu),
            menu,
            booted,
        })
    }

    /// A system root below a folder; the deployment of that number in its menu stands for the one
    /// that runs.
    pub fn at(folder: &Path, booted: usize) -> Result<Self, Error> {
        let menu = in_menu(folder)?;
        let Some(running) = menu.get(booted) else {
            let why = format!("{} has no deployment {booted}", folder.display());
            return Err(Error::NotAHost(why));
        };
        Ok(Self {
            root: running.folder.clone(),
            var: folder.join("ostree/deploy").join(OS_NAME).join("var"),
            sysroot: Sysroot::at(folder),
            live: false,
            staged: None,
            menu,
            booted,
        })
    }

    /// A file of the running system.
    pub(in crate::host) fn file(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// The folder with what terroir remembers of the machine.
    pub(in crate::host) fn state(&self) -> PathBuf {
        self.var.join("lib/terroir-host")
    }

    /// The root of the running system.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    pub(in crate::host) fn sysroot(&self) -> &Sysroot {
        &self.sysroot
    }

    pub(in crate::host) fn repository(&self) -> Result<Repository, Error> {
        Ok(self.sysroot.repository()?)
    }

    /// Whether this is the machine that runs, and not a folder.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// The deployments in the menu, the one that starts next first.
    pub(in crate::host) fn menu(&self) -> &[Deployment] {
        &self.menu
    }

    /// The number of the deployment that runs.
    pub(in crate::host) fn booted_index(&self) -> usize {
        self.booted
    }

    /// Whether another deployment than the newest one runs.
    #[must_use]
    pub fn is_fallback(&self) -> bool {
        self.booted > 0
    }

    /// The deployment that runs.
    pub(in crate::host) fn booted(&self) -> Result<&Deployment, Error> {
        let booted = self.menu.get(self.booted);
        booted.ok_or_else(|| Error::NotAHost("it has no deployment".to_owned()))
    }

    /// The deployment that is completed at shutdown.
    pub(in crate::host) fn staged(&self) -> Option<&Deployment> {
        self.staged.as_ref()
    }

    /// The deployment that starts next: the staged one, else the first of the menu.
    pub(in crate::host) fn next(&self) -> Option<&Deployment> {
        self.staged.as_ref().or(self.menu.first())
    }

    /// The program that writes the menu of GRUB, as the running system has it.
    pub(in crate::host) fn generator(&self) -> Option<PathBuf> {
        let path = self.file("/usr/libexec/terroir/ostree-grub");
        path.exists().then_some(path)
    }

    /// The options that name the system root to `ostree admin`.
    pub(in crate::host) fn options(&self) -> Vec<String> {
        vec![format!("--sysroot={}", self.sysroot.path().display())]
    }
}
