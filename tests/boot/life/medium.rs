//! A machine without a network that starts a medium, is one of its hosts by its serial number, and becomes the
//! image that the medium has; and one that is no host, and is installed by hand at its serial console.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::guest::{Guest, is_well};
use super::images::Images;
use crate::judge::run;
use crate::machines::{is_wanted, took, uefi};

/// The serial number of the host.
const SERIAL: &str = "RACK-7";
/// How long one machine may take, in seconds; there may be no KVM.
const LIMIT: u64 = 2400;

/// The serial console of a machine, once it is there.
fn connected(socket: &Path) -> UnixStream {
    let start = Instant::now();
    loop {
        match UnixStream::connect(socket) {
            Ok(console) => return console,
            Err(error) => assert!(start.elapsed().as_secs() < 60, "{error}"),
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// A machine that was started from a medium; its power is cut when it is dropped.
struct Started {
    process: Child,
    console: UnixStream,
    said: Arc<Mutex<Vec<u8>>>,
}

impl Started {
    /// Starts it without a network: the medium is a stick, the disk is blank.
    #[expect(clippy::disallowed_methods, reason = "tests start machines")]
    fn new(folder: &Path, (medium, disk): (&Path, &Path), serial: &str) -> Self {
        let socket = folder.join("serial");
        let _ = fs::remove_file(&socket);
        let drive = |id: &str, path: &Path, more: &str| {
            format!("if=none,id={id},format=raw,file={}{more}", path.display())
        };
        let plain = "-accel tcg -m 2048 -smp 1 -nodefaults -no-reboot -nic none -display none \
                     -serial chardev:serial -device virtio-rng-pci \
                     -device virtio-blk-pci,drive=disk,serial=ROOT-1,bootindex=2 \
                     -device virtio-blk-pci,drive=medium,bootindex=1";
        let serial = format!("type=1,serial={serial}");
        let console = format!(
            "socket,id=serial,server=on,wait=on,path={}",
            socket.display()
        );
        let process = Command::new("qemu-system-x86_64")
            .args(uefi(folder, true))
            .args(["-smbios", &serial, "-chardev", &console])
            .args(["-drive", &drive("disk", disk, "")])
            .args(["-drive", &drive("medium", medium, ",readonly=on")])
            .args(plain.split_whitespace())
            .stdin(Stdio::null())
            .spawn()
            .expect("QEMU starts");
        let console = connected(&socket);
        let said = Arc::new(Mutex::new(Vec::new()));
        let (mut reader, into) = (console.try_clone().expect("a socket"), Arc::clone(&said));
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count) = reader.read(&mut bytes) {
                if count == 0 {
                    break;
                }
                into.lock()
                    .expect("not poisoned")
                    .extend_from_slice(&bytes[..count]);
            }
        });
        Self {
            process,
            console,
            said,
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.said.lock().expect("not poisoned")).into_owned()
    }

    /// Waits for a text after so many bytes, or for the end of the machine where none is given.
    fn wait(&mut self, wanted: Option<&str>, after: usize) -> String {
        let start = Instant::now();
        loop {
            let text = self.text();
            let ended = self.process.try_wait().expect("a child").is_some();
            let lines: Vec<&str> = text.lines().collect();
            let tail = lines[lines.len().saturating_sub(40)..].join("\n");
            match wanted {
                Some(wanted) if text.get(after..).is_some_and(|text| text.contains(wanted)) => {
                    return text;
                }
                None if ended => return text,
                _ => {}
            }
            assert!(!ended, "the machine ended: {tail}");
            assert!(start.elapsed().as_secs() < LIMIT, "no {wanted:?}: {tail}");
            thread::sleep(Duration::from_millis(500));
        }
    }

    /// Answers questions, each once it is asked.
    fn answers(&mut self, answers: &[(&str, &str)]) {
        let mut after = 0;
        for (question, answer) in answers {
            after = self.wait(Some(question), after).len();
            self.console
                .write_all(format!("{answer}\n").as_bytes())
                .expect("it is typed");
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.console.shutdown(Shutdown::Both);
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The inventory: one host by its serial number.
fn inventory(name: &str, root: &str, key: &str) -> String {
    let (registry, _) = name.split_once('/').expect("a registry");
    format!(
        "apiVersion: terroir/v1
site: lab
server: {{ url: \"http://192.0.2.1\", reports: false }}
networks:
  lan: {{ address: 192.0.2.0/24, dhcp: {{ from: 192.0.2.100, to: 192.0.2.150 }} }}
registries: {{ \"{registry}\": {{ insecure: true }} }}
defaults:
  flavour: {name}@{root}
  target: debian-13
  network: lan
  disk: {{ serial: ROOT-1 }}
  kernel-arguments: [\"console=ttyS0,115200\"]
  users: {{ ann: {{ groups: [adm], ssh-keys: [\"{key}\"] }} }}
hosts:
  web1: {{ mac: \"52:54:00:00:00:77\", serial: {SERIAL} }}
"
    )
}

fn blank(images: &Images, name: &str) -> PathBuf {
    let path = images.place(name);
    let file = File::create(&path).expect("a file");
    file.set_len(6 << 30).expect("a size");
    path
}

/// Makes the medium twice, which gives the same bytes, and has other programs look at it.
fn medium(images: &Images, recipe: &str, inventory: &Path) -> PathBuf {
    let program = images
        .place("recipes/test/files/terroir")
        .display()
        .to_string();
    let inventory = inventory.display().to_string();
    let made = ["medium.iso", "again.iso"].map(|name| {
        let place = images.place(name);
        let shown = place.display().to_string();
        let words = [
            "installer",
            "--quiet",
            recipe,
            "-o",
            &shown,
            "--program",
            &program,
            "--inventory",
        ];
        images.terroir().run([&words[..], &[&inventory]].concat());
        place
    });
    let [medium, again] = made.each_ref().map(|path| path.display().to_string());
    run("cmp", &[&medium, &again], b"");
    fs::remove_file(again).expect("removed");
    run("sfdisk", &["--verify", &medium], b"");
    let report = run(
        "xorriso",
        &["-indev", &medium, "-report_el_torito", "plain"],
        b"",
    );
    let report = String::from_utf8_lossy(&report).into_owned();
    assert!(
        report.contains("UEFI") && report.contains("BIOS"),
        "{report}"
    );
    let [made, _] = made;
    made
}

#[test]
fn a_medium_installs_machines_without_a_network() {
    if !is_wanted("install") {
        return;
    }
    let began = Instant::now();
    let since = |what: &str| took("medium", what, began.elapsed().as_secs_f64());
    let images = Images::new();
    images.base("trixie");
    let recipe = images.tested("installable", "base.yml");
    images.append("installable", "  - layer: installer\n");
    images.publish(&recipe, "first");
    let (root, manifest) = images.published("first");
    let key = fs::read_to_string(images.key().with_extension("pub")).expect("a key");
    let file = images.place("lab.yml");
    fs::write(&file, inventory(&images.local("first"), &root, key.trim())).expect("writable");
    let medium = medium(&images, &recipe, &file);
    since("the image and two media");

    let folder = tempfile::tempdir().expect("a folder");
    let disk = blank(&images, "disk.raw");
    let said = Started::new(folder.path(), (&medium, &disk), SERIAL).wait(None, 0);
    assert!(
        said.contains(&format!("with the manifest {manifest} on /dev/vd")),
        "{said}"
    );
    assert!(said.contains("remove the medium"), "{said}");
    images.judge(&disk);
    since("the installation");
    starts(&images, &disk, (&manifest, "web1"));
    since("the first start");

    let disk = blank(&images, "by-hand.raw");
    let mut machine = Started::new(folder.path(), (&medium, &disk), "RACK-8");
    machine.answers(&[
        ("(number or name): ", "1"),
        ("Host name: ", "byhand"),
        ("administrator: ", "ann"),
        ("for none): ", "adm"),
        ("for none): ", key.trim()),
        ("for none): ", ""),
        ("wipe this disk and install: ", "vda"),
    ]);
    let said = machine.wait(None, 0);
    assert!(
        said.contains(&format!("with the manifest {manifest}")),
        "{said}"
    );
    since("the installation by hand");
    starts(&images, &disk, (&manifest, "byhand"));
    since("its first start");
}

/// Starts a machine from its disk, and reads what it says of itself.
fn starts(images: &Images, disk: &Path, (manifest, name): (&str, &str)) {
    let mut guest = Guest::start(disk, &images.key(), &["--secure-boot"]).with_user("ann");
    let report = guest.ready();
    is_well(&report);
    assert_eq!(report["digest"], manifest, "{report}");
    assert_eq!(report["hostname"], name, "{report}");
    drop(guest);
}
