//! What the script leaves in the root of the image: kernel, initramfs and loaders, and what it says of them.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, openat};

use super::error::FolderError;
use crate::bootable::ostree::{kernel_arguments, rust_architecture};

/// Most bytes of a text that the script leaves.
const MAX_TEXT: u64 = 1 << 20;
/// The files of the folder that machines boot.
pub(super) const MADE: [&str; 2] = ["initramfs.img", "vmlinuz"];
/// Those that it has if the image has them: loaders for the network.
pub(super) const LOADERS: [&str; 2] = ["grubx64.efi", "shimx64.efi"];

/// What the script left beside kernel and initramfs.
#[derive(Debug)]
pub(super) struct Left {
    lacks: Vec<(String, String)>,
    pub kernels: Vec<String>,
    /// Files of kernel arguments by name.
    arguments: Vec<(String, String)>,
}

impl Left {
    /// Reads what it says, and copies what it made.
    pub(super) fn take(from: &Path, into: &Path) -> io::Result<Self> {
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

    pub(super) fn check(&self) -> Result<(), FolderError> {
        match self.lacks.is_empty() {
            true => Ok(()),
            false => Err(FolderError::Lacks(self.lacks.clone())),
        }
    }

    /// The consoles that the image asks its kernel for.
    pub(super) fn consoles(&self, architecture: &str) -> Result<Vec<String>, FolderError> {
        let files = self.arguments.iter().map(|(name, text)| (&**name, &**text));
        let all = kernel_arguments(files, rust_architecture(architecture));
        let mut all = all.map_err(|error| FolderError::LifeCycle(error.to_string()))?;
        all.retain(|argument| argument.starts_with("console="));
        Ok(all)
    }
}

/// Opens a file that programs of the image left: a link could lead to a file of this machine.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(openat(CWD, path, flags, Mode::empty())?.into())
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    open(path)?.take(MAX_TEXT).read_to_string(&mut text)?;
    Ok(text)
}
