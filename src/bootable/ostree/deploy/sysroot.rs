//! System roots of OSTree, on a machine or below a folder.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::origin::Origin;
use super::program::{ostree, ostree_offers};
use crate::bootable::ostree::error::Error;
use crate::bootable::ostree::repository::{Checksum, Repository};

/// The name of the operating system, of which a system root may have several.
pub const OS_NAME: &str = "terroir";
/// The shell script that OSTree calls to write the menu of GRUB.
pub const GENERATOR: &str = include_str!("../ostree-grub.sh");
/// The shell script that writes variables which GRUB reads.
pub const GRUBENV: &str = include_str!("../grubenv.sh");

/// A system root.
#[derive(Clone, Debug)]
pub struct Sysroot {
    path: PathBuf,
}

/// A commit to deploy.
#[derive(Clone, Copy, Debug)]
pub struct Deployment<'a> {
    /// The commit.
    pub commit: &'a Checksum,
    /// The whole kernel command line.
    pub arguments: &'a [String],
    /// Where it came from.
    pub origin: &'a Origin,
    /// The program that writes the menu of GRUB; the one of this terroir when absent.
    pub generator: Option<&'a Path>,
    /// Whether it is completed when the running machine shuts down, as it must be there.
    pub staged: bool,
}

impl Sysroot {
    /// The system root below a folder; `/` for the running machine.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
        }
    }

    /// Makes an empty system root in a folder, with GRUB as its boot loader.
    pub fn init(path: &Path) -> Result<Self, Error> {
        let sysroot = Self::at(path);
        let folder = sysroot.text()?;
        fs::create_dir_all(path).map_err(Error::io(format!("making {folder}")))?;
        let mut arguments = vec!["admin", "init-fs"];
        if ostree_offers(&["admin", "init-fs"], "--modern")? {
            arguments.push("--modern");
        }
        arguments.push(folder);
        ostree(&[], &arguments)?;
        let option = format!("--sysroot={folder}");
        ostree(&[], &["admin", "os-init", &option, OS_NAME])?;
        let repository = format!("--repo={folder}/ostree/repo");
        for (key, value) in [
            ("sysroot.bootloader", "grub2"),
            ("sysroot.readonly", "true"),
        ] {
            ostree(&[], &["config", &repository, "set", key, value])?;
        }
        Ok(sysroot)
    }

    /// Its folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its repository.
    pub fn repository(&self) -> Result<Repository, Error> {
        Repository::open(&self.path.join("ostree/repo"))
    }

    /// Deploys a commit, as the one that starts next.
    pub fn deploy(&self, deployment: &Deployment<'_>) -> Result<(), Error> {
        let mut origin = tempfile::NamedTempFile::new()
            .map_err(Error::io("making a file for the origin of a deployment"))?;
        origin
            .write_all(deployment.origin.write().as_bytes())
            .map_err(Error::io("writing the origin of a deployment"))?;
        let program = Self::generator(deployment.generator)?;
        let mut environment = vec![format!("OSTREE_GRUB2_EXEC={}", program.path().display())];
        if !deployment.staged {
            // Outside the machine nothing is to be immutable: the folder is packed and removed.
            environment.push("OSTREE_SYSROOT_DEBUG=mutable-deployments".to_owned());
        }
        let mut arguments = vec![
            "admin".to_owned(),
            "deploy".to_owned(),
            format!("--sysroot={}", self.text()?),
            format!("--os={OS_NAME}"),
            format!("--origin-file={}", origin.path().display()),
            "--karg-none".to_owned(),
        ];
        if deployment.staged {
            arguments.push("--stage".to_owned());
        }
        let kernel = deployment.arguments.iter();
        arguments.extend(kernel.map(|one| format!("--karg-append={one}")));
        arguments.push(deployment.commit.to_string());
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        ostree(&environment, &arguments).map(drop)
    }

    /// Where the files of a commit's newest deployment are.
    pub fn deployed(&self, commit: &Checksum) -> Result<PathBuf, Error> {
        let folder = self.path.join("ostree/deploy").join(OS_NAME).join("deploy");
        let failed = |error| Error::io(format!("reading {}", folder.display()))(error);
        let mut serials = Vec::new();
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let name = name.to_string_lossy();
            let serial = name
                .strip_prefix(&format!("{commit}."))
                .map(str::parse::<u32>);
            serials.extend(serial.and_then(Result::ok));
        }
        match serials.iter().max() {
            Some(serial) => Ok(folder.join(format!("{commit}.{serial}"))),
            None => Err(Error::Image(format!("{commit} is not deployed"))),
        }
    }

    /// Where /var of its operating system is, which all deployments share.
    #[must_use]
    pub fn var(&self) -> PathBuf {
        self.path.join("ostree/deploy").join(OS_NAME).join("var")
    }

    /// The program that writes the menu of GRUB: the one that is `installed`, else that of this
    /// terroir in a file of its own.
    pub fn generator(installed: Option<&Path>) -> Result<Generator, Error> {
        if let Some(path) = installed {
            return Ok(Generator::Installed(path.to_path_buf()));
        }
        let failed = |error| Error::io("writing the generator of GRUB's menu")(error);
        let mut file = tempfile::Builder::new()
            .prefix("ostree-grub")
            .permissions(fs::Permissions::from_mode(0o755))
            .tempfile()
            .map_err(failed)?;
        file.write_all(GENERATOR.as_bytes()).map_err(failed)?;
        Ok(Generator::Own(file.into_temp_path()))
    }

    fn text(&self) -> Result<&str, Error> {
        self.path.to_str().ok_or_else(|| Error::Repository {
            path: self.path.clone(),
            why: "its path is not UTF-8".to_owned(),
        })
    }
}

/// The program that writes the menu of GRUB; one that was written for it goes with this value.
#[derive(Debug)]
pub enum Generator {
    /// One that is there.
    Installed(PathBuf),
    /// The one of this terroir.
    Own(TempPath),
}

impl Generator {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Installed(path) => path,
            Self::Own(path) => path,
        }
    }
}
