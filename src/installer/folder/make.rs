//! The making of the folder: kernel and initramfs from the root of the image, by its own programs.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::boot::Boot;
use super::carried;
use super::error::FolderError;
use super::left::{LOADERS, Left, MADE};
use super::listing::{ImageOf, LISTING, Listing};
use crate::bootable::LifeCycle;
use crate::bootable::machine::suits;
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
const PROGRAMS: [(&str, &str); 20] = [
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
    ("stty", "coreutils"),
    ("tr", "coreutils"),
    ("grep", "grep"),
    ("sed", "sed"),
    ("sh", "dash"),
];
/// Most bytes of the file with the life cycle that are read.
const MAX_WORD: u64 = 64;

/// A folder as somebody asks for it.
#[derive(Clone, Debug)]
pub struct FolderWish {
    /// The image as machines know it.
    pub reference: String,
    /// The program terroir for the machines.
    pub program: PathBuf,
    /// An empty folder.
    pub into: PathBuf,
    /// A folder that gets what a medium is started by; none where no medium is made.
    pub boot: Option<PathBuf>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Folder {
    /// The architecture, as OCI calls it.
    pub architecture: String,
    /// The kernel arguments to boot with.
    pub arguments: Vec<String>,
    /// When the image was created, in seconds since 1970.
    pub created: u64,
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
) -> Result<Folder, FolderError> {
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
    let left = make(image, source, (runner, outside), (wish, &about))?;
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
    fs::write(&path, text).map_err(FolderError::io(format!("writing {}", path.display())))?;
    Ok(Folder {
        architecture,
        arguments: listing.arguments,
        created: created(&config),
    })
}

/// When an image was created, in seconds since 1970; 0 where it does not say so.
fn created(config: &serde_json::Value) -> u64 {
    let text = config.get("created").and_then(serde_json::Value::as_str);
    let time = text.and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let seconds = time.map(jiff::Timestamp::as_second);
    seconds
        .and_then(|seconds| u64::try_from(seconds).ok())
        .unwrap_or_default()
}

/// Makes kernel and initramfs in the root of the image.
fn make(
    image: &PlatformImage,
    source: &Arc<dyn BlobSource>,
    (runner, outside): (&Runner, &Outside),
    (wish, about): (&FolderWish, &ImageOf),
) -> Result<Left, FolderError> {
    let work = tempfile::tempdir().map_err(FolderError::io("making a temporary folder"))?;
    let (tree, program) = (work.path().join("tree"), work.path().join("terroir"));
    let mark = String::from_utf8_lossy(&sorted_json(about)).into_owned();
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
    let programs = PROGRAMS
        .iter()
        .map(|(program, package)| format!("{program}={package}"));
    let boot = wish.boot.as_ref().map(|_| Boot::words());
    let needed: Vec<String> = boot.into_iter().flatten().chain(programs).collect();
    let script = Script {
        label: "initramfs",
        text: SCRIPT,
        arguments: &needed,
        seen: &[(tree, TREE), (program, PROGRAM)],
        epoch: 0,
    };
    let left = trial.make(&script, |folder| {
        let from = folder.join("installer");
        if let Some(boot) = &wish.boot {
            Boot::take(&from, boot)?;
        }
        Left::take(&from, &wish.into)
    });
    Ok(left?)
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

/// Digest and size of a file.
fn sum(path: &Path) -> io::Result<(Digest, u64)> {
    let mut hasher = Hasher::default();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(hasher.finish())
}
