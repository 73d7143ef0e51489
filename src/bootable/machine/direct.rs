//! Machines that start a kernel directly, to do one thing and end: without firmware, network and
//! services. A script is the first process; it is in the root that the machine starts.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::acceleration::Acceleration;
use super::console::{last_lines, read};
use super::error::Error;
use super::port::{self, Ran, Stage};
use super::program::{needed, value};
use super::watch::{Machine, SHOWN};

/// What the first process does around the work.
const FRAME: &str = include_str!("direct.sh");
/// The name of the port that takes what comes of the work.
const PORT: &str = "terroir.work";
/// How long a machine may take to switch itself off.
const OFF: Duration = Duration::from_secs(60);

/// A machine that does one thing.
#[derive(Clone, Debug)]
pub struct Direct {
    /// Its architecture, as OCI calls it.
    pub architecture: String,
    /// The file of its kernel.
    pub kernel: PathBuf,
    /// The file of its initramfs.
    pub initramfs: PathBuf,
    /// Arguments of the kernel beside those for the console and for the end.
    pub arguments: Vec<String>,
    /// Its disks.
    pub drives: Vec<Drive>,
    /// Its memory, in MiB.
    pub memory: u64,
    /// How many processors it has.
    pub cpus: usize,
    /// How its processors are had.
    pub acceleration: Acceleration,
}

/// A disk of such a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drive {
    /// Its file, which is raw.
    pub file: PathBuf,
    /// The serial number by which the machine knows it, of 20 characters at most.
    pub serial: &'static str,
    /// Whether the machine writes to it.
    pub write: bool,
}

/// The script of the first process; `work` is the shell function of that name, whose exit code and last
/// lines are what comes of the machine.
#[must_use]
pub fn first_process(work: &str) -> String {
    FRAME
        .replace("@OPEN@", port::OPEN)
        .replace("@PORT@", PORT)
        .replace("@SHOWN@", &SHOWN.to_string())
        .replace("@WORK@", work)
}

/// Tells what this machine lacks for running machines of an architecture.
///
/// # Errors
/// Something is missing.
pub fn may_run(architecture: &str) -> Result<(), Error> {
    needed(architecture, None).map(drop)
}

impl Direct {
    /// Runs the machine until its work is done and it has switched itself off; `folder` is for what it
    /// keeps while it runs.
    ///
    /// # Errors
    /// Something that is missing here, a machine that ends before, work that takes too long.
    pub fn run(&self, folder: &Path, limit: Duration) -> Result<Ran, Error> {
        let program = needed(&self.architecture, None)?;
        let (console, port) = (folder.join("console"), folder.join("port"));
        let words = self.words(&console, &port)?;
        let machine = Machine {
            command: (program, &words),
            folder,
            console: &console,
        };
        let ran = machine.run(
            &|| false,
            &mut |late| match port::stage(&port) {
                Stage::Ended(ran) => Ok(Some(ran)),
                Stage::Unfit(said) => Err(Error::Stopped { said }),
                _ if late <= limit => Ok(None),
                _ => Err(Error::Late {
                    limit,
                    said: last_lines(&read(&console), SHOWN),
                }),
            },
            &mut |machine| {
                machine.wait(OFF);
            },
        );
        match ran {
            Ok(ran) => Ok(Ran {
                said: last_lines(&ran.said, SHOWN),
                ..ran
            }),
            Err(Error::Ended { said }) => Err(Error::Stopped { said }),
            Err(other) => Err(other),
        }
    }

    /// The arguments of QEMU.
    fn words(&self, console: &Path, port: &Path) -> Result<Vec<String>, Error> {
        let (machine, serial) = match self.architecture.as_str() {
            "arm64" => ("virt", "ttyAMA0"),
            _ => ("q35", "ttyS0"),
        };
        let path = |path: &Path| match path.to_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(Error::Path(path.display().to_string())),
        };
        // A panic is an end, as is a root that the initramfs does not find.
        let mut line = vec![format!("console={serial}"), "panic=-1".to_owned()];
        line.extend(["rd.shell=0", "rd.emergency=poweroff"].map(str::to_owned));
        line.extend(self.arguments.iter().cloned());
        let (memory, cpus) = (self.memory.to_string(), self.cpus.to_string());
        let (kernel, initramfs) = (path(&self.kernel)?, path(&self.initramfs)?);
        let (line, console) = (line.join(" "), format!("file:{}", value(console)?));
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
            "-monitor",
            "none",
            "-no-reboot",
            "-kernel",
            &kernel,
            "-initrd",
            &initramfs,
            "-append",
            &line,
            "-serial",
            &console,
            "-device",
            "virtio-rng-pci",
        ]
        .map(str::to_owned)
        .to_vec();
        words.extend(self.acceleration.arguments().map(str::to_owned));
        words.extend(port::arguments(PORT, port)?);
        for drive in &self.drives {
            words.extend(drive.words()?);
        }
        Ok(words)
    }
}

impl Drive {
    /// The arguments of QEMU. What the machine writes out may still be in this machine's memory.
    fn words(&self) -> Result<Vec<String>, Error> {
        let (file, serial) = (value(&self.file)?, self.serial);
        let access = match self.write {
            true => "cache=unsafe,discard=unmap,detect-zeroes=unmap",
            false => "readonly=on",
        };
        let drive = format!("id={serial},file={file},if=none,format=raw,{access}");
        // Where this machine's disk is full, the work fails, and the machine does not stand still.
        let device =
            format!("virtio-blk-pci,drive={serial},serial={serial},werror=report,rerror=report");
        Ok(vec![
            "-drive".to_owned(),
            drive,
            "-device".to_owned(),
            device,
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disks_are_known_by_their_serial_numbers() {
        let drive = |name: &str, serial, write| Drive {
            file: name.into(),
            serial,
            write,
        };
        let machine = Direct {
            architecture: "amd64".to_owned(),
            kernel: "/k".into(),
            initramfs: "/i".into(),
            arguments: vec!["rw".to_owned(), "init=/x".to_owned()],
            drives: vec![drive("/a,b", "one", true), drive("/c", "two", false)],
            memory: 512,
            cpus: 1,
            acceleration: Acceleration::Emulated,
        };
        let words = machine.words(Path::new("/console"), Path::new("/port"));
        let words = words.unwrap().join(" ");
        for expected in [
            "-append console=ttyS0 panic=-1 rd.shell=0 rd.emergency=poweroff rw init=/x -serial",
            "id=one,file=/a,,b,if=none,format=raw,cache=unsafe",
            "virtio-blk-pci,drive=one,serial=one,werror=report",
            "id=two,file=/c,if=none,format=raw,readonly=on -device virtio-blk-pci,drive=two,serial=two",
            "virtserialport,chardev=port,name=terroir.work",
        ] {
            assert!(words.contains(expected), "{expected}: {words}");
        }
    }

    #[test]
    fn the_first_process_is_a_script_without_gaps() {
        let script = first_process("work() {\n  echo done\n}");
        assert!(script.contains("\n  echo done\n}\n"), "{script}");
        let output = crate::process::run(&crate::process::Program {
            name: "sh",
            arguments: &["-n"],
            input: script.as_bytes(),
            search: None,
            limit: Duration::from_secs(10),
        });
        let output = output.unwrap();
        assert_eq!(output.code, Some(0), "{output:?}");
        assert!(!script.contains("@WORK@") && !script.contains("@PORT@"));
    }
}
