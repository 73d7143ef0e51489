//! A disk as a power cut left it: what GRUB finds on it, what its file systems are, and whether the
//! system that starts is whole.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::judge::run;

/// Systems that may start: by the place of a kernel, what is started there.
pub(super) type Known = BTreeMap<String, System>;

/// A system, taken from a disk that was not cut.
#[derive(Debug)]
pub(super) struct System {
    pub name: &'static str,
    /// Its /usr.
    pub usr: PathBuf,
}

/// The entry that GRUB takes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Start {
    pub kernel: String,
    pub initramfs: String,
    /// Where its deployment is, on the root.
    pub deployment: String,
    /// How many more times the newest deployment is tried.
    pub tries: Option<String>,
}

/// A disk.
pub(super) struct Cut {
    disk: PathBuf,
    /// A folder for what is taken out of it.
    work: PathBuf,
    /// A file with the file system of /boot, and what GRUB calls that.
    boot: (PathBuf, &'static str),
    /// The file system of the root, as e2fsprogs name it.
    root: String,
}

/// Runs a program, however it ends.
#[expect(clippy::disallowed_methods, reason = "tests start judges")]
fn output(program: &str, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .expect("the judge starts")
}

/// Copies a sparse file.
pub(super) fn copy(from: &Path, to: &Path) {
    let words = ["--reflink=auto", "--sparse=always"].map(str::to_owned);
    let files = [from.display().to_string(), to.display().to_string()];
    run("cp", &[words, files].concat(), b"");
}

impl Cut {
    pub(super) fn new(disk: &Path, work: &Path) -> Self {
        fs::create_dir_all(work).expect("writable");
        let (root, _) = partition(disk, "root");
        Self {
            disk: disk.to_path_buf(),
            work: work.to_path_buf(),
            boot: (disk.to_path_buf(), "(loop0,gpt3)"),
            root: format!("{}?offset={root}", disk.display()),
        }
    }

    /// A file of /boot, read as GRUB reads it: without a look at the journal.
    fn as_grub(&self, path: &str) -> Result<Vec<u8>, String> {
        let place = self.work.join("file");
        let _ = fs::remove_file(&place);
        let (file, name) = &self.boot;
        let (file, to) = (file.display().to_string(), place.display().to_string());
        let said = output("grub-fstest", &[&file, "cp", &format!("{name}{path}"), &to]);
        match said.status.success() {
            true => fs::read(&place).map_err(|error| format!("{path}: {error}")),
            false => Err(format!("{path}: {}", String::from_utf8_lossy(&said.stderr))),
        }
    }

    /// The entry that GRUB takes, as the configuration beside the loader chooses it.
    pub(super) fn start(&self) -> Result<Start, String> {
        let block = self.as_grub("/grub/grubenv")?;
        if block.len() != 1024 || !block.starts_with(b"# GRUB Environment Block\n") {
            return Err(format!("grubenv has {} bytes", block.len()));
        }
        let block = String::from_utf8_lossy(&block).into_owned();
        let tries = block.lines().find_map(|line| line.strip_prefix("tries="));
        let menu = self.as_grub("/grub/grub.cfg")?;
        let menu = String::from_utf8_lossy(&menu).into_owned();
        let entries: Vec<&str> = menu.split("menuentry ").skip(1).collect();
        let wanted = usize::from(tries == Some("0"));
        let entry = entries.get(wanted).or(entries.first());
        let entry = entry.ok_or("the menu has no entry")?;
        let words = |key: &str| -> Result<Vec<String>, String> {
            let mut lines = entry.lines().map(str::trim);
            let line = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
            let line = line.ok_or_else(|| format!("no {key} in {entry}"))?;
            Ok(line.split_whitespace().map(str::to_owned).collect())
        };
        let (linux, initrd) = (words("linux")?, words("initrd")?);
        let deployment = linux.iter().find_map(|word| word.strip_prefix("ostree="));
        Ok(Start {
            kernel: linux.first().cloned().unwrap_or_default(),
            initramfs: initrd.first().cloned().unwrap_or_default(),
            deployment: deployment.ok_or("no ostree=")?.to_owned(),
            tries: tries.map(str::to_owned),
        })
    }

    /// What starts, as GRUB reads it now; its kernel and its initramfs are whole.
    pub(super) fn starts(&self, known: &Known) -> Result<(Start, &'static str), String> {
        let start = self.start()?;
        let place = start.kernel.rsplit_once('/').map_or("", |(place, _)| place);
        let system = known
            .get(place)
            .ok_or_else(|| format!("nobody knows {}", start.kernel))?;
        for (path, name) in [
            (&start.kernel, "vmlinuz"),
            (&start.initramfs, "initramfs.img"),
        ] {
            let found = self.as_grub(path)?;
            if found != fs::read(part(&system.usr, name)).expect("there") {
                return Err(format!(
                    "{path} is not the {name} of the {} system",
                    system.name
                ));
            }
        }
        Ok((start, system.name))
    }

    /// Copies a partition into a file of its own.
    fn take(&self, name: &str) -> PathBuf {
        let (start, size) = partition(&self.disk, name);
        let place = self.work.join(name);
        let _ = fs::remove_file(&place);
        let words = [
            format!("if={}", self.disk.display()),
            format!("of={}", place.display()),
            "bs=1M".to_owned(),
            format!("skip={start}"),
            format!("count={size}"),
            "iflag=skip_bytes,count_bytes".to_owned(),
            "conv=sparse".to_owned(),
        ];
        run("dd", &words, b"");
        place
    }

    /// Replays the journals as the machine does when it starts, and examines all file systems; from
    /// then on this is what is read.
    pub(super) fn check(&mut self) -> Result<(), String> {
        run(
            "sfdisk",
            &["--verify", &self.disk.display().to_string()],
            b"",
        );
        for (name, program, repairs, looks) in [
            ("boot", "e2fsck", "-p", "-fn"),
            ("root", "e2fsck", "-p", "-fn"),
            // The kernel marks it as in use.
            ("ESP", "fsck.vfat", "-a", "-n"),
        ] {
            let place = self.take(name).display().to_string();
            let first = output(program, &[repairs, &place]);
            let second = output(program, &[looks, &place]);
            if first.status.code() > Some(1) || !second.status.success() {
                let said = [first.stdout, second.stdout].concat();
                return Err(format!("{name}: {}", String::from_utf8_lossy(&said)));
            }
        }
        self.boot = (self.work.join("boot"), "(loop0)");
        self.root = self.work.join("root").display().to_string();
        Ok(())
    }

    /// A file of the root.
    pub(super) fn file(&self, path: &str) -> Vec<u8> {
        output("debugfs", &["-R", &format!("cat {path}"), &self.root]).stdout
    }

    /// Takes a folder out of the root.
    pub(super) fn folder(&self, path: &str, to: &Path) {
        let _ = fs::remove_dir_all(to);
        fs::create_dir_all(to).expect("writable");
        let command = format!("rdump {path} {}", to.display());
        run("debugfs", &["-R", &command, &self.root], b"");
    }

    /// Whether the deployment that starts is there to its last byte, with what the machine changed.
    pub(super) fn is_whole(&self, start: &Start, known: &Known) -> Result<(), String> {
        let place = start.kernel.rsplit_once('/').map_or("", |(place, _)| place);
        let taken = self.work.join("taken");
        self.folder(&format!("{}/usr", start.deployment), &taken);
        let (usr, wanted) = (taken.join("usr"), &known[place].usr);
        let words = [usr.display().to_string(), wanted.display().to_string()];
        let found = output("diff", &["-r", "--no-dereference", &words[0], &words[1]]);
        fs::remove_dir_all(&taken).expect("mine");
        if !found.status.success() {
            let said = [found.stdout, found.stderr].concat();
            return Err(String::from_utf8_lossy(&said).chars().take(2000).collect());
        }
        for (path, text) in [("etc/local", "local\n"), ("etc/passwd", "root:")] {
            let found = self.file(&format!("{}/{path}", start.deployment));
            if !found.starts_with(text.as_bytes()) {
                return Err(format!("{path}: {:?}", String::from_utf8_lossy(&found)));
            }
        }
        Ok(())
    }
}

/// Where a partition begins and how long it is, in bytes.
pub(super) fn partition(disk: &Path, name: &str) -> (u64, u64) {
    let table = run("sfdisk", &["--json", &disk.display().to_string()], b"");
    let table: serde_json::Value = serde_json::from_slice(&table).expect("JSON");
    let parts = table["partitiontable"]["partitions"].as_array();
    let mut parts = parts.expect("partitions").iter();
    let part = parts
        .find(|part| part["name"] == name)
        .expect("a partition");
    let number = |key: &str| part[key].as_u64().expect("a number") * 512;
    (number("start"), number("size"))
}

/// A part of the kernel in a /usr.
fn part(usr: &Path, name: &str) -> PathBuf {
    let modules = fs::read_dir(usr.join("lib/modules")).expect("modules");
    let mut places = modules.map(|entry| entry.expect("readable").path().join(name));
    let found = places.find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("no {name} in {}", usr.display()))
}
