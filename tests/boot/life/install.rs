//! A machine with a blank disk that boots an installer, becomes the image, and reports its digest; and what
//! an installer refuses.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::guest::{Guest, is_well};
use super::images::Images;
use crate::machines::{is_wanted, took};
use crate::pages::Pages;

/// The hardware address of the machine.
const MAC: &str = "52:54:00:00:00:13";
/// The one that it has when it starts from its disk, which QEMU gives.
const INSTALLED_MAC: &str = "52:54:00:12:34:56";
/// What lets users in by their own keys.
const SSHD: &str = "\
PermitRootLogin prohibit-password
AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/keys/%u
";
/// How long an installation may take, in seconds; there may be no KVM.
const LIMIT: u64 = 1800;

/// A machine that boots an installer; its power is cut when it is dropped.
struct Installing {
    process: Child,
    console: PathBuf,
}

impl Installing {
    /// Boots it: the folder of the installer, the disk, and a small one that nobody means.
    #[expect(clippy::disallowed_methods, reason = "tests start machines")]
    fn start(installer: &Path, (disk, other): (&Path, &Path), page: &str) -> Self {
        let console = disk.with_extension("console");
        let listing = fs::read(installer.join("terroir-installer.json")).expect("a list");
        let listing: Value = serde_json::from_slice(&listing).expect("JSON");
        let arguments = listing["arguments"].as_array().expect("arguments").iter();
        let mut line: Vec<&str> = arguments.filter_map(Value::as_str).collect();
        let host = format!("terroir.host={page}");
        line.push(&host);
        let drive =
            |id: &str, path: &Path| format!("if=none,id={id},format=raw,file={}", path.display());
        let process = Command::new("qemu-system-x86_64")
            .args([
                "-accel",
                "tcg",
                "-m",
                "2048",
                "-smp",
                "2",
                "-nodefaults",
                "-no-reboot",
            ])
            .args(["-display", "none", "-serial"])
            .arg(format!("file:{}", console.display()))
            .arg("-kernel")
            .arg(installer.join("vmlinuz"))
            .arg("-initrd")
            .arg(installer.join("initramfs.img"))
            .args(["-append", &line.join(" "), "-drive", &drive("other", other)])
            .args(["-device", "virtio-blk-pci,drive=other,serial=OTHER"])
            .args([
                "-drive",
                &drive("disk", disk),
                "-device",
                "virtio-blk-pci,drive=disk,serial=ROOT-1",
            ])
            .args(["-netdev", "user,id=network", "-device"])
            .arg(format!("virtio-net-pci,netdev=network,romfile=,mac={MAC}"))
            .args(["-device", "virtio-rng-pci"])
            .stdin(Stdio::null())
            .spawn()
            .expect("QEMU starts");
        Self { process, console }
    }

    /// Waits for a text on the console, or for the end of the machine where none is given.
    fn wait(&mut self, wanted: Option<&str>) -> String {
        let start = Instant::now();
        loop {
            let bytes = fs::read(&self.console).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let ended = self.process.try_wait().expect("a child").is_some();
            match wanted {
                Some(wanted) if text.contains(wanted) => return text,
                None if ended => return text,
                _ => {}
            }
            let lines: Vec<&str> = text.lines().collect();
            let tail = lines[lines.len().saturating_sub(40)..].join("\n");
            assert!(!ended, "the machine ended: {tail}");
            assert!(start.elapsed().as_secs() < LIMIT, "no {wanted:?}: {tail}");
            thread::sleep(Duration::from_secs(1));
        }
    }
}

impl Drop for Installing {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An image with its installer, and a server for documents and reports.
struct Site {
    images: Images,
    pages: Pages,
    installer: PathBuf,
    /// The name of the image that machines follow.
    name: String,
    /// The digests of what was published, and of its only manifest.
    root: String,
    manifest: String,
    began: Instant,
}

impl Site {
    /// Builds and publishes the image, and makes its installer twice.
    fn new() -> Self {
        let began = Instant::now();
        let images = Images::new();
        images.base("trixie");
        let recipe = images.tested("installable", "base.yml");
        images.append("installable", "  - layer: installer\n");
        let name = images.publish(&recipe, "first");
        let (root, manifest) = images.published("first");
        took("install", "the image", began.elapsed().as_secs_f64());
        lacking(&images);
        let program = images.place("recipes/test/files/terroir");
        let program = program.display().to_string();
        let folders = ["installer", "again"].map(|name| images.place(name));
        for folder in &folders {
            let place = folder.display().to_string();
            let words = ["installer", "--quiet", &recipe, "-o", &place];
            let words = [&words[..], &["--program", &program]].concat();
            images.terroir().run(words);
        }
        for name in ["vmlinuz", "initramfs.img", "terroir-installer.json"] {
            let [one, other] = folders.each_ref().map(|folder| folder.join(name));
            let same = fs::read(one).expect("made") == fs::read(other).expect("made");
            assert!(same, "{name} differs");
        }
        took("install", "two installers", began.elapsed().as_secs_f64());
        let [installer, _] = folders;
        Self {
            images,
            pages: Pages::start(),
            installer,
            name,
            root,
            manifest,
            began,
        }
    }

    /// An address of the server, as machines know it.
    fn at(&self, path: &str) -> String {
        format!("http://10.0.2.2:{}/{path}", self.pages.port())
    }

    /// Boots the installer with a document that means a disk.
    fn install(&self, meant: &Value, disks: (&Path, &Path)) -> Installing {
        let (repository, _) = self.name.rsplit_once(':').expect("a tag");
        let (registry, _) = self.name.split_once('/').expect("a registry");
        let key = self.images.key().with_extension("pub");
        let key = fs::read_to_string(key).expect("a key");
        let document = json!({
            "format": 1,
            "image": format!("{repository}@{}", self.root),
            "registry": { "plain-http": [registry] },
            "disk": meant,
            "hostname": "web1.example.org",
            "kernel-arguments": ["own=1"],
            "users": [{ "name": "ann", "uid": 2000, "groups": ["adm"], "ssh-keys": [key.trim()] }],
            "network": [{
                "mac": INSTALLED_MAC, "address": "10.0.2.15/24", "gateway": "10.0.2.2",
                "dns": ["10.0.2.3"], "search": ["lab.example.org"],
            }],
            "files": [{ "path": "/etc/ssh/sshd_config.d/00-test.conf", "content": SSHD, "mode": "0600" }],
            "follow": self.name,
            "report": self.at("report"),
            "then": "poweroff",
        });
        self.pages
            .put(&format!("/{MAC}.json"), &document.to_string());
        Installing::start(&self.installer, disks, &self.at("{mac}.json"))
    }

    /// A blank disk.
    fn blank(&self, name: &str, size: u64) -> PathBuf {
        let path = self.images.place(name);
        let file = File::create(&path).expect("a file");
        file.set_len(size).expect("a size");
        path
    }

    /// The phases that were reported.
    fn phases(&self) -> Vec<String> {
        let posts = self.pages.posts();
        let phases = posts.iter().map(|post| post["phase"].as_str());
        phases
            .map(|phase| phase.unwrap_or_default().to_owned())
            .collect()
    }

    fn took(&self, what: &str) {
        took("install", what, self.began.elapsed().as_secs_f64());
    }
}

/// An image without the layer `installer` is refused, by the names of what it lacks.
fn lacking(images: &Images) {
    let base = images.place("recipes/test/base.yml").display().to_string();
    let place = images.place("lacking").display().to_string();
    let words = ["installer", "--quiet", &base, "-o", &place];
    let output = images.terroir().output(words);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    for part in [
        "mcopy (package mtools)",
        "sfdisk (package fdisk)",
        "the layer `installer`",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!Path::new(&place).exists());
}

fn is_untouched(disk: &Path) -> bool {
    disk.metadata().expect("a file").blocks() == 0
}

/// Starts the machine from its disk, and reads what it says of itself.
fn starts(site: &Site, disk: &Path) {
    let mut guest = Guest::start(disk, &site.images.key(), &["--secure-boot"]);
    let report = guest.ready();
    is_well(&report);
    assert_eq!(report["digest"], site.manifest.as_str(), "{report}");
    assert_eq!(report["image"], site.name.as_str(), "{report}");
    assert_eq!(report["hostname"], "web1.example.org", "{report}");
    let line = report["commandLine"].as_str().unwrap_or_default();
    assert!(line.split(' ').any(|word| word == "own=1"), "{report}");
    site.took("the first start");
    is_fitted(&guest);
    guest.off();
}

/// Looks for what the document says of users and network.
fn is_fitted(guest: &Guest) {
    let (code, said) = guest.try_run_as(
        "ann",
        "id -u; id -nG; stat -c '%a %U' ~ ~/.ssh/authorized_keys ~/.profile; pwd -P",
    );
    assert_eq!(code, 0, "{said}");
    let expected = "2000\nann adm\n700 ann\n600 ann\n644 ann\n/var/home/ann\n";
    assert_eq!(said, expected);
    guest.run("pwck -q -r && grpck -r");
    let addresses = guest.run("ip -o -4 addr show scope global");
    assert!(
        addresses.contains("10.0.2.15/24") && !addresses.contains("dynamic"),
        "{addresses}"
    );
    let resolver = guest.run("cat /etc/resolv.conf");
    assert!(resolver.contains("search lab.example.org"), "{resolver}");
}

#[test]
fn a_blank_disk_becomes_a_machine_that_reports_its_digest() {
    if !is_wanted("install") {
        return;
    }
    let site = Site::new();
    let disk = site.blank("disk.raw", 6 << 30);
    let other = site.blank("other.raw", 64 << 20);
    let largest = json!({ "type": "virtio", "choose": "largest" });
    let said = site.install(&largest, (&disk, &other)).wait(None);
    let wanted = format!("with the manifest {} on /dev/vdb", site.manifest);
    assert!(said.contains(&wanted), "{said}");
    assert!(is_untouched(&other));
    assert_eq!(site.phases(), ["installing", "installed"]);
    site.images.judge(&disk);
    site.took("the installation");
    starts(&site, &disk);

    let blank = site.blank("second.raw", 6 << 30);
    let mut machine = site.install(&json!({ "serial": "ROOT-2" }), (&blank, &other));
    let said = machine.wait(Some("nothing was written"));
    assert!(said.contains("has another serial number"), "{said}");
    drop(machine);
    site.took("the disk that is not there");
    site.images.corrupt_largest();
    let mut machine = site.install(&largest, (&blank, &other));
    let said = machine.wait(Some("nothing was written to the disk"));
    assert!(said.contains("sha256:"), "{said}");
    drop(machine);
    assert!(is_untouched(&blank) && is_untouched(&other));
    assert_eq!(site.phases()[2..], ["failed", "installing", "failed"]);
    site.took("the corrupted blob");
}
