//! A virtual machine as somebody wants it, and the words that tell QEMU so.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::acceleration::Acceleration;
use super::error::Error;
use super::firmware::{Firmware, flash};
use super::inside::Inside;
use super::program::value;
use super::tpm::{self, Tpm};

/// What the drive of the disk is called, for arguments that name it.
const DISK: &str = "disk";

/// A virtual machine.
#[derive(Clone, Debug)]
pub struct Guest {
    /// Its architecture, as OCI calls it.
    pub architecture: String,
    /// The file of its disk.
    pub disk: PathBuf,
    /// Whether what it writes stays on the disk.
    pub write: bool,
    /// A second disk that it only reads, such as a seed of cloud-init.
    pub seed: Option<PathBuf>,
    /// What it is given for tests.
    pub inside: Option<Inside>,
    /// Its memory, in MiB.
    pub memory: u64,
    /// How many processors it has.
    pub cpus: u32,
    /// The port of loopback that leads to its SSH server.
    pub ssh_port: u16,
    /// What it starts with.
    pub firmware: Firmware,
    /// Its TPM, if it has one.
    pub tpm: Option<Tpm>,
    /// How its processors are had.
    pub acceleration: Acceleration,
    /// Arguments for QEMU after those of this value.
    pub more: Vec<String>,
}

/// Where the console of a machine goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Console<'a> {
    /// To the terminal of terroir.
    Terminal,
    /// To a file.
    File(&'a Path),
}

impl Guest {
    /// The arguments of QEMU; `folder` is for what it keeps while it runs.
    pub(super) fn arguments(
        &self,
        folder: &Path,
        console: Console<'_>,
    ) -> Result<Vec<String>, Error> {
        let machine = match (self.architecture.as_str(), self.firmware) {
            ("arm64", _) => "virt",
            (_, Firmware::Secure) => "q35,smm=on",
            _ => "q35",
        };
        let snapshot = if self.write { "off" } else { "on" };
        let disk = format!(
            "id={DISK},file={},if=virtio,format={},snapshot={snapshot}",
            value(&self.disk)?,
            format_of(&self.disk)?
        );
        let network = format!(
            "user,id=network,hostfwd=tcp:127.0.0.1:{}-:22",
            self.ssh_port
        );
        let (memory, cpus) = (self.memory.to_string(), self.cpus.to_string());
        let monitor = format!("unix:{},server=on,wait=off", value(&monitor(folder))?);
        let mut words: Vec<String> = [
            "-machine",
            machine,
            "-m",
            &memory,
            "-smp",
            &cpus,
            "-nodefaults",
            "-display",
            "none",
            "-drive",
            &disk,
            "-netdev",
            &network,
            "-device",
            "virtio-net-pci,netdev=network,romfile=",
            "-device",
            "virtio-rng-pci",
        ]
        .map(str::to_owned)
        .to_vec();
        if let Some(seed) = &self.seed {
            let (file, format) = (value(seed)?, format_of(seed)?);
            let drive = format!("file={file},if=virtio,format={format},readonly=on");
            words.extend(["-drive".to_owned(), drive]);
        }
        if let Some(inside) = &self.inside {
            words.extend(inside.arguments(&port(folder))?);
        }
        words.extend(self.acceleration.arguments().map(str::to_owned));
        words.extend(self.firmware(folder)?);
        if self.tpm.is_some() {
            words.extend(tpm::arguments(&self.architecture, folder)?);
        }
        match console {
            Console::Terminal => words.extend(["-serial", "mon:stdio"].map(str::to_owned)),
            Console::File(file) => {
                words.extend(["-serial".to_owned(), format!("file:{}", value(file)?)]);
                words.extend(["-monitor".to_owned(), monitor]);
            }
        }
        words.extend(self.more.iter().cloned());
        Ok(words)
    }

    /// The firmware, with variables of its own: what it writes there goes with the machine.
    fn firmware(&self, folder: &Path) -> Result<Vec<String>, Error> {
        // QEMU's own BIOS is there without a word.
        let Some(firmware) = flash(&self.architecture, self.firmware)? else {
            return Ok(Vec::new());
        };
        let variables = folder.join("variables.fd");
        let doing = format!("copying {}", firmware.variables.display());
        std::fs::copy(&firmware.variables, &variables).map_err(Error::io(doing))?;
        let (code, variables) = (value(&firmware.code)?, value(&variables)?);
        let mut words = vec![
            "-drive".to_owned(),
            format!("if=pflash,unit=0,format=raw,readonly=on,file={code}"),
            "-drive".to_owned(),
            format!("if=pflash,unit=1,format=raw,file={variables}"),
        ];
        if self.firmware == Firmware::Secure && self.architecture != "arm64" {
            let guarded = [
                "-global",
                "driver=cfi.pflash01,property=secure,value=on",
                "-global",
                "ICH9-LPC.disable_s3=1",
            ];
            words.extend(guarded.map(str::to_owned));
        }
        Ok(words)
    }
}

/// The socket by which a machine is asked to end.
pub(super) fn monitor(folder: &Path) -> PathBuf {
    folder.join("monitor")
}

/// The file for what a machine says of its tests.
pub(super) fn port(folder: &Path) -> PathBuf {
    folder.join("tests")
}

/// The format of a disk, by its first bytes.
fn format_of(disk: &Path) -> Result<&'static str, Error> {
    let mut head = Vec::new();
    File::open(disk)
        .and_then(|file| file.take(4).read_to_end(&mut head))
        .map_err(Error::io(format!("reading {}", disk.display())))?;
    Ok(match head.as_slice() {
        b"QFI\xfb" => "qcow2",
        b"KDMV" => "vmdk",
        _ => "raw",
    })
}
