//! The making of the folder: kernel and initramfs from the root of the image, by its own programs.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{CWD, Mode, OFlags, openat};

use super::carried;
use super::error::FolderError;
use super::listing::{ImageOf, LISTING, Listing};
use crate::bootable::LifeCycle;
use crate::bootable::machine::suits;
use crate::bootable::ostree::{kernel_arguments, rust_architecture};
use crate::engine::{self, Outside, Runner, Script, Trial};
use crate::oci::{BlobSource, Digest, Hasher, PlatformImage, config_platform, sorted_json};
use crate::path::TreePath;
use crate::tree::View;

/// What runs in the root.
const SCRIPT: &str = include_str!("initramfs.sh");
/// Where it finds what it adds, and the program.
const TREE: &str = "/usr/share/terroir-installer";
const PROGRAM: &str = "/usr/bin/terroir";
/// The programs of an installer, each with the Debian package that has it.
const PROGRAMS: [(&str, &str); 19] = [
    ("dracut", "dracut"),
    ("zstd", "zstd"),
    ("udevadm", "udev"),
    ("systemctl", "systemd"),
    ("sfdisk", "fdisk"),
    ("mke2fs", "e2fsprogs"),
    ("debugfs", "e2fsprogs"),
    ("mkfs.vfat", "dosfstools"),
    ("mmd", "mtools"),
    ("mcopy", "mtools"),
    ("cat", "coreutils"),
    ("env", "coreutils"),
    ("head", "coreutils"),
    ("readlink", "coreutils"),
    ("sort", "coreutils"),
    ("tr", "coreutils"),
    ("grep", "grep"),
    ("sed", "sed"),
    ("sh", "dash"),
];
/// Most bytes of a text that the script leaves.
const MAX_TEXT: u64 = 1 << 20;
/// Most bytes of the file with the life cycle that are read.
const MAX_WORD: u64 = 64;
/// The files of the folder that machines boot.
const MADE: [&str; 2] = ["initramfs.img", "vmlinuz"];
/// Those that it has if the image has them: loaders for the network.
const LOADERS: [&str; 2] = ["grubx64.efi", "shimx64.efi"];

/// A folder as somebody asks for it.
#[derive(Clone, Debug)]
pub struct FolderWish {
    /// The image as machines know it.
    pub reference: String,
    /// The program terroir for the machines.
    pub program: PathBuf,
    /// An empty folder.
    pub into: PathBuf,
}

/// Writes kernel, initramfs and the list of both into a folder.
///
/// # Errors
/// An image that lacks what an installer needs, a program for other machines, a run that fails.
pub fn write_folder(
    image: &PlatformImage,
    source: &Arc<dyn BlobSource>,
    (runner, outside): (&Runner, &Outside),
    wish: &FolderWish,
) -> Result<(), FolderError> {
    check_life_cycle(image, source)?;
    let config = image.config(source.as_ref()).map_err(engine::Error::from)?;
    let config: serde_json::Value = serde_json::from_slice(config).unwrap_or_default();
    let architecture = config_platform(&config)
        .map(|platform| platform.architecture().to_string())
        .unwrap_or_default();
    suits(&wish.program, &architecture)?;
    let about = ImageOf {
        reference: wish.reference.clone(),
        digest: image.document.descriptor.digest().to_string(),
    };
    let work = tempfile::tempdir().map_err(FolderError::io("making a temporary folder"))?;
    let (tree, program) = (work.path().join("tree"), work.path().join("terroir"));
    let mark = String::from_utf8_lossy(&sorted_json(&about)).into_owned();
    fs::create_dir(&tree)
        .and_then(|()| carried::write(&tree, &mark))
        .map_err(FolderError::io("writing the installer's units"))?;
    // The permissions of the original, and its time, are not those of an installer.
    fs::copy(&wish.program, &program)
        .and_then(|_| fs::set_permissions(&program, fs::Permissions::from_mode(0o755)))
        .map_err(FolderError::io(format!(
            "copying {}",
            wish.program.display()
        )))?;
    let trial = Trial::of_image(image, source.as_ref(), (runner, outside))?;
    let needed: Vec<String> = PROGRAMS
        .iter()
        .map(|(program, package)| format!("{program}={package}"))
        .collect();
    let script = Script {
        label: "initramfs",
        text: SCRIPT,
        arguments: &needed,
        seen: &[(tree, TREE), (program, PROGRAM)],
        epoch: 0,
    };
    let left = trial.make(&script, |folder| {
        Left::take(&folder.join("installer"), &wish.into)
    })?;
    left.check()?;
    let [kernel] = left.kernels.as_slice() else {
        return Err(FolderError::Kernels(left.kernels));
    };
    let mut listing = Listing::new(
        about,
        (&architecture, kernel),
        left.consoles(&architecture)?,
    );
    for name in MADE.into_iter().chain(LOADERS) {
        let path = wish.into.join(name);
        if LOADERS.contains(&name) && !path.exists() {
            continue;
        }
        let summed = sum(&path).map_err(FolderError::io(format!("reading {}", path.display())))?;
        listing.add(name, summed);
    }
    let path = wish.into.join(LISTING);
    let text = serde_json::to_string_pretty(&listing).unwrap_or_default() + "\n";
    fs::write(&path, text).map_err(FolderError::io(format!("writing {}", path.display())))
}

/// Refuses an image of which machines are not installed.
fn check_life_cycle(
    image: &PlatformImage,
    source: &Arc<dyn BlobSource>,
) -> Result<(), FolderError> {
    let path = TreePath::parse(LifeCycle::PLACE).unwrap_or_default();
    let view = View::new(image.manifest.layers().clone(), Arc::clone(source));
    let files = view.read(std::slice::from_ref(&path), MAX_WORD);
    let files = files.map_err(engine::Error::from)?;
    let file = files
        .get(&path)
        .ok_or_else(|| FolderError::LifeCycle(format!("it has no {}", LifeCycle::PLACE)))?;
    let word = String::from_utf8_lossy(&file.bytes).trim().to_owned();
    match LifeCycle::of(&word) {
        Some(LifeCycle::Ostree | LifeCycle::Plain) => Ok(()),
        _ => Err(FolderError::LifeCycle(format!(
            "its life cycle is `{word}`"
        ))),
    }
}

/// What the script left beside kernel and initramfs.
#[derive(Debug)]
struct Left {
    lacks: Vec<(String, String)>,
    kernels: Vec<String>,
    /// Files of kernel arguments by name.
    arguments: Vec<(String, String)>,
}

impl Left {
    /// Reads what it says, and copies what it made.
    fn take(from: &Path, into: &Path) -> io::Result<Self> {
        let lines = |name: &str| -> io::Result<Vec<String>> {
            match read(&from.join(name)) {
                Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
                Err(error) => Err(error),
            }
        };
        let lacks = lines("lacks")?;
        let pairs = lacks.iter().filter_map(|line| line.split_once('='));
        let mut arguments = Vec::new();
        for entry in fs::read_dir(from.join("kargs.d")).into_iter().flatten() {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".toml") {
                arguments.push((name, read(&entry.path())?));
            }
        }
        arguments.sort();
        let left = Self {
            lacks: pairs.map(|(a, b)| (a.to_owned(), b.to_owned())).collect(),
            kernels: lines("kernels")?,
            arguments,
        };
        if left.lacks.is_empty() && left.kernels.len() == 1 {
            for name in MADE {
                let mut made = open(&from.join(name))?;
                io::copy(&mut made, &mut File::create(into.join(name))?)?;
            }
            for name in LOADERS {
                match open(&from.join(name)) {
                    Ok(mut made) => {
                        io::copy(&mut made, &mut File::create(into.join(name))?)?;
                    }
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(left)
    }

    fn check(&self) -> Result<(), FolderError> {
        match self.lacks.is_empty() {
            true => Ok(()),
            false => Err(FolderError::Lacks(self.lacks.clone())),
        }
    }

    /// The consoles that the image asks its kernel for.
    fn consoles(&self, architecture: &str) -> Result<Vec<String>, FolderError> {
        let files = self.arguments.iter().map(|(name, text)| (&**name, &**text));
        let all = kernel_arguments(files, rust_architecture(architecture));
        let mut all = all.map_err(|error| FolderError::LifeCycle(error.to_string()))?;
        all.retain(|argument| argument.starts_with("console="));
        Ok(all)
    }
}

/// Opens a file that programs of the image left: a link could lead to a file of this machine.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(openat(CWD, path, flags, Mode::empty())?.into())
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    open(path)?.take(MAX_TEXT).read_to_string(&mut text)?;
    Ok(text)
}

/// Digest and size of a file.
fn sum(path: &Path) -> io::Result<(Digest, u64)> {
    let mut hasher = Hasher::default();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(hasher.finish())
}
