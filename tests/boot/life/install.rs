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
/// How long an installation may take, in seconds; there may be no KVM.
const LIMIT: u64 = 900;

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

fn blank(images: &Images, name: &str, size: u64) -> PathBuf {
    let path = images.place(name);
    let file = File::create(&path).expect("a file");
    file.set_len(size).expect("a size");
    path
}

fn is_untouched(disk: &Path) -> bool {
    disk.metadata().expect("a file").blocks() == 0
}

/// The digest of the only manifest of what was published.
fn published(images: &Images, tag: &str) -> (String, String) {
    let name = images.local(tag);
    let said = images
        .terroir()
        .output(["inspect", &name, "--format", "json"]);
    let said: Value = serde_json::from_slice(&said.stdout).expect("JSON");
    let digest = |value: &Value| value["digest"].as_str().expect("a digest").to_owned();
    (digest(&said), digest(&said["platforms"][0]))
}

#[test]
fn a_blank_disk_becomes_a_machine_that_reports_its_digest() {
    if !is_wanted("install") {
        return;
    }
    let start = Instant::now();
    let images = Images::new();
    images.base("trixie");
    let recipe = images.tested("installable", "base.yml");
    images.append("installable", "  - layer: installer\n");
    let name = images.publish(&recipe, "first");
    let (root, manifest) = published(&images, "first");
    took("install", "the image", start.elapsed().as_secs_f64());
    let program = images
        .place("recipes/test/files/terroir")
        .display()
        .to_string();
    let installer = images.place("installer");
    let made = |place: &Path| {
        let place = place.display().to_string();
        let words = [
            "installer",
            "--quiet",
            &recipe,
            "--program",
            &program,
            "-o",
            &place,
        ];
        images.terroir().run(words);
    };
    made(&installer);
    let again = images.place("again");
    made(&again);
    for name in ["vmlinuz", "initramfs.img", "terroir-installer.json"] {
        let [one, other] =
            [&installer, &again].map(|folder| fs::read(folder.join(name)).expect("made"));
        assert!(one == other, "{name} differs");
    }
    took("install", "two installers", start.elapsed().as_secs_f64());

    let pages = Pages::start();
    let (repository, _) = name.rsplit_once(':').expect("a tag");
    let (registry, _) = name.split_once('/').expect("a registry");
    let at = |path: &str| format!("http://10.0.2.2:{}/{path}", pages.port());
    let document = |disk: Value| {
        let document = json!({
            "format": 1,
            "image": format!("{repository}@{root}"),
            "registry": { "plain-http": [registry] },
            "disk": disk,
            "hostname": "web1.example.org",
            "kernel-arguments": ["own=1"],
            "follow": name,
            "report": at("report"),
            "then": "poweroff",
        });
        pages.put(&format!("/{MAC}.json"), &document.to_string());
    };
    let page = at("{mac}.json");
    let phases = || -> Vec<String> {
        let posts = pages.posts();
        let phases = posts
            .iter()
            .map(|post| post["phase"].as_str().unwrap_or_default());
        phases.map(str::to_owned).collect()
    };
    let (disk, other) = (
        blank(&images, "disk.raw", 6 << 30),
        blank(&images, "other.raw", 64 << 20),
    );

    document(json!({ "serial": "ROOT-2" }));
    let mut machine = Installing::start(&installer, (&disk, &other), &page);
    let said = machine.wait(Some("nothing was written"));
    assert!(said.contains("has another serial number"), "{said}");
    drop(machine);
    assert!(is_untouched(&disk) && is_untouched(&other));
    took("install", "the refusal", start.elapsed().as_secs_f64());

    document(json!({ "type": "virtio", "choose": "largest" }));
    let said = Installing::start(&installer, (&disk, &other), &page).wait(None);
    assert!(
        said.contains(&format!("with the manifest {manifest} on /dev/vdb")),
        "{said}"
    );
    assert!(is_untouched(&other));
    assert_eq!(phases(), ["failed", "installing", "installed"]);
    images.judge(&disk);
    took("install", "the installation", start.elapsed().as_secs_f64());

    let mut guest = Guest::start(&disk, &images.key(), &["--secure-boot"]);
    let report = guest.ready();
    is_well(&report);
    assert_eq!(report["digest"], manifest.as_str(), "{report}");
    assert_eq!(report["image"], name.as_str(), "{report}");
    assert_eq!(report["hostname"], "web1.example.org", "{report}");
    let line = report["commandLine"].as_str().unwrap_or_default();
    assert!(line.split(' ').any(|word| word == "own=1"), "{report}");
    took("install", "the first start", start.elapsed().as_secs_f64());
    guest.off();

    images.corrupt_largest();
    let second = blank(&images, "second.raw", 6 << 30);
    let mut machine = Installing::start(&installer, (&second, &other), &page);
    let said = machine.wait(Some("nothing was written to the disk"));
    assert!(said.contains("sha256:"), "{said}");
    drop(machine);
    assert!(is_untouched(&second) && is_untouched(&other));
    assert_eq!(phases().last().map(String::as_str), Some("failed"));
    took(
        "install",
        "the corrupted blob",
        start.elapsed().as_secs_f64(),
    );
}
