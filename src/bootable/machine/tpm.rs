//! The TPM of a machine: a program beside QEMU, whose state is a folder.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::console::read;
use super::error::Error;
use super::program::value;
use super::watch::POLL;
use crate::process::Beside;

/// How long a TPM may take to start.
const LIMIT: Duration = Duration::from_secs(10);

/// The TPM 2.0 of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tpm {
    /// One that is new, and forgets everything when the machine ends.
    New,
    /// One whose state is in this folder, which is made if it is missing.
    Kept(PathBuf),
}

/// The socket by which QEMU reaches the TPM.
fn socket(folder: &Path) -> PathBuf {
    folder.join("tpm")
}

/// The arguments of QEMU for a machine with a TPM.
pub(super) fn arguments(architecture: &str, folder: &Path) -> Result<Vec<String>, Error> {
    let socket = format!("socket,id=tpm,path={}", value(&socket(folder))?);
    let device = match architecture {
        "arm64" => "tpm-tis-device,tpmdev=tpm",
        _ => "tpm-tis,tpmdev=tpm",
    };
    let backend = "emulator,id=tpm,chardev=tpm";
    let words = ["-chardev", &socket, "-tpmdev", backend, "-device", device];
    Ok(words.map(str::to_owned).to_vec())
}

impl Tpm {
    /// Starts the TPM; `folder` is for what it keeps while it runs.
    pub(super) fn start(&self, folder: &Path) -> Result<Beside, Error> {
        let state = folder.join("tpm-state");
        match self {
            Self::New => fs::create_dir(&state).map_err(Error::io("making the TPM's folder"))?,
            Self::Kept(kept) => {
                let doing = || Error::io(format!("making {}", kept.display()));
                let mut maker = fs::DirBuilder::new();
                let made = maker.recursive(true).mode(0o700).create(kept);
                made.map_err(doing())?;
                let whole = fs::canonicalize(kept).map_err(doing())?;
                // swtpm reads commas in a path as its own.
                symlink(whole, &state).map_err(doing())?;
            }
        }
        let socket = socket(folder);
        let words = [
            "socket".to_owned(),
            "--tpm2".to_owned(),
            "--tpmstate".to_owned(),
            format!("dir={}", state.display()),
            "--ctrl".to_owned(),
            format!("type=unixio,path={}", socket.display()),
        ];
        let log = folder.join("swtpm.log");
        let mut tpm = Beside::start("swtpm", &words, &log)?;
        let deadline = Instant::now() + LIMIT;
        while !socket.exists() {
            if !tpm.runs() || Instant::now() >= deadline {
                return Err(Error::Tpm(read(&log).trim().to_owned()));
            }
            std::thread::sleep(POLL);
        }
        Ok(tpm)
    }
}
