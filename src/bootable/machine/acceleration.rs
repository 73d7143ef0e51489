//! How processors of a machine are had: by this machine's own, or by emulation.

use std::path::Path;
use std::time::{Duration, Instant};

use super::console::read;
use super::firmware::{Firmware, flash};
use super::program::{emulator, value};
use crate::process::Beside;

/// How long the firmware of a probe may take to say something.
const LIMIT: Duration = Duration::from_secs(12);
const POLL: Duration = Duration::from_millis(50);

/// How the processors of a machine are had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceleration {
    /// By KVM.
    Kvm,
    /// By emulation.
    Emulated,
}

impl Acceleration {
    /// The words for QEMU.
    pub(super) fn arguments(self) -> [&'static str; 4] {
        match self {
            Self::Kvm => ["-accel", "kvm", "-cpu", "host"],
            Self::Emulated => ["-accel", "tcg,thread=multi", "-cpu", "max"],
        }
    }

    /// Its name, for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kvm => "KVM",
            Self::Emulated => "emulation",
        }
    }
}

/// Finds out whether KVM works: a machine without a disk is started, and its firmware has to say
/// something within seconds. Where KVM is nested, machines may start and then stand still.
///
/// `folder` is for what the probe leaves.
#[must_use]
pub fn probe(architecture: &str, folder: &Path) -> Acceleration {
    let own = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let usable = || {
        std::fs::File::options()
            .read(true)
            .write(true)
            .open("/dev/kvm")
            .is_ok()
    };
    match own == architecture && usable() && speaks(architecture, folder) {
        true => Acceleration::Kvm,
        false => Acceleration::Emulated,
    }
}

/// Whether firmware says something under KVM.
fn speaks(architecture: &str, folder: &Path) -> bool {
    let firmware = flash(architecture, Firmware::Uefi);
    let (Ok((program, _)), Ok(Some(firmware))) = (emulator(architecture), firmware) else {
        return false;
    };
    let console = folder.join("probe.console");
    let (Ok(code), Ok(log)) = (value(&firmware.code), value(&console)) else {
        return false;
    };
    let machine = if architecture == "arm64" {
        "virt"
    } else {
        "q35"
    };
    let mut words = vec!["-machine".to_owned(), machine.to_owned()];
    words.extend(Acceleration::Kvm.arguments().map(str::to_owned));
    let rest = [
        "-m",
        "256",
        "-nodefaults",
        "-display",
        "none",
        "-monitor",
        "none",
        "-drive",
    ];
    words.extend(rest.map(str::to_owned));
    words.push(format!(
        "if=pflash,unit=0,format=raw,readonly=on,file={code}"
    ));
    words.extend(["-serial".to_owned(), format!("file:{log}")]);
    let Ok(mut machine) = Beside::start(program, &words, &folder.join("probe.log")) else {
        return false;
    };
    let deadline = Instant::now() + LIMIT;
    while machine.runs() && Instant::now() < deadline {
        if !read(&console).is_empty() {
            return true;
        }
        std::thread::sleep(POLL);
    }
    false
}
