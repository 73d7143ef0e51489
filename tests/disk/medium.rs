//! Media: the image that starts machines, examined by other programs; the installation from one without a network,
//! and the one by hand, with files in the place of medium and disk.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use terroir::bootable::disk::{Medium, MediumBios, make_medium};

use super::host::{is_possible as has_programs, new_key, with_accounts};
use super::installed::{SIZE, deployed, is_blank};
use super::judge::{is_there, run};
use super::workspace::Workspace;
use super::{BOOT, ROOT, debugfs, examine, is_possible, same, text};

/// Where the ESP is in the image of a medium, by sfdisk.
fn partitions(image: &str) -> Vec<Value> {
    let said: Value = serde_json::from_str(&text("sfdisk", &["-J", image])).expect("JSON");
    said["partitiontable"]["partitions"]
        .as_array()
        .expect("partitions")
        .clone()
}

/// A folder with parts of a boot chain, and another one with what is on the medium.
fn parts(folder: &Path) -> (PathBuf, PathBuf) {
    let (root, files) = (folder.join("root"), folder.join("files"));
    for (name, text) in [
        ("usr/lib/os-release", "ID=debian\n"),
        ("usr/lib/shim/shimx64.efi.signed", "shim"),
        ("usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed", "grub"),
        ("first", &"\u{1}".repeat(512)),
        ("core", &"core".repeat(2048)),
    ] {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, text).expect("written");
    }
    fs::create_dir_all(files.join("boot")).expect("folders");
    fs::create_dir_all(files.join("terroir/images/blobs/sha256")).expect("folders");
    fs::write(files.join("boot/vmlinuz"), "kernel").expect("written");
    fs::write(files.join("boot/initramfs.img"), "initramfs").expect("written");
    fs::write(files.join("terroir/medium.json"), "{}").expect("written");
    let blob = format!("terroir/images/blobs/sha256/{}", "a".repeat(64));
    fs::write(files.join(blob), "blob").expect("written");
    (root, files)
}

/// Makes a medium of such parts in a new folder.
fn made(place: &Path, by_bios: bool) -> PathBuf {
    let arguments = ["console=ttyS0", "terroir.medium=TERROIR_1"].map(str::to_owned);
    fs::create_dir(place).expect("a folder");
    let (root, files) = parts(place);
    let bios = MediumBios {
        first: root.join("first"),
        core: root.join("core"),
    };
    let medium = Medium {
        files: &files,
        root: &root,
        architecture: "amd64",
        bios: by_bios.then_some(&bios),
        label: "TERROIR_1",
        title: "a/b",
        arguments: &arguments,
        created: 1_750_000_000,
        seed: "seed",
    };
    let (work, output) = (place.join("work"), place.join("a.iso"));
    fs::create_dir(&work).expect("a folder");
    make_medium(&medium, &work, &output).expect("a medium");
    output
}

#[test]
fn a_medium_is_one_image_for_drives_and_sticks() {
    if ![
        "xorriso",
        "isoinfo",
        "sfdisk",
        "fsck.vfat",
        "mcopy",
        "mtype",
        "file",
    ]
    .into_iter()
    .all(is_there)
    {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let make = |name, by_bios| made(&folder.path().join(name), by_bios);
    let image = make("one", true);
    // Two seconds are what FAT can tell apart.
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert!(same(&image, &make("two", true)));
    let shown = image.display().to_string();
    let about = text("file", &[&shown]);
    assert!(
        about.contains("ISO 9660") && about.contains("'TERROIR_1' (bootable)"),
        "{about}"
    );
    run("sfdisk", &["--verify", &shown], &[]);
    let report = text("xorriso", &["-indev", &shown, "-report_el_torito", "plain"]);
    for part in [
        "BIOS  y   none",
        "UEFI  y   none",
        "/boot/grub/eltorito.img",
    ] {
        assert!(report.contains(part), "{part}: {report}");
    }
    is_readable(folder.path(), &shown);
    // Without GRUB for BIOS, UEFI alone starts it.
    let image = make("three", false).display().to_string();
    let report = text("xorriso", &["-indev", &image, "-report_el_torito", "plain"]);
    assert!(
        report.contains("UEFI") && !report.contains("BIOS  y"),
        "{report}"
    );
    run("sfdisk", &["--verify", &image], &[]);
}

/// Reads the ESP and the files of a medium.
fn is_readable(folder: &Path, image: &str) {
    let all = partitions(image);
    let esp = &all[1];
    assert_eq!(esp["type"], "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "{esp}");
    let [start, size] = ["start", "size"].map(|key| esp[key].as_u64().expect("a number"));
    let bytes = fs::read(image).expect("an image");
    let range = usize::try_from(start * 512).expect("small")
        ..usize::try_from((start + size) * 512).expect("small");
    let own = folder.join("esp.img").display().to_string();
    fs::write(&own, &bytes[range]).expect("written");
    run("fsck.vfat", &["-n", &own], &[]);
    for (name, expected) in [
        ("BOOT/BOOTX64.EFI", "shim"),
        ("BOOT/grubx64.efi", "grub"),
        ("debian/grub.cfg", "search --no-floppy --file"),
    ] {
        let read = text("mtype", &["-i", &own, &format!("::/EFI/{name}")]);
        assert!(read.contains(expected), "{name}: {read}");
    }
    for (name, expected) in [
        ("/EFI/debian/grub.cfg", "source ($root)/boot/grub/grub.cfg"),
        (
            "/boot/grub/grub.cfg",
            "linux /boot/vmlinuz console=ttyS0 terroir.medium=TERROIR_1",
        ),
        (
            &format!("/terroir/images/blobs/sha256/{}", "a".repeat(64)),
            "blob",
        ),
    ] {
        let read = text("isoinfo", &["-i", image, "-R", "-x", name]);
        assert!(read.contains(expected), "{name}: {read}");
    }
}

/// A medium in a folder, with an image and hosts.
struct Held {
    workspace: Workspace,
    digest: String,
}

impl Held {
    fn new(hosts: &Value) -> Self {
        let workspace = Workspace::new();
        with_accounts(&workspace, "ostree", Vec::new());
        let images = workspace.path("medium/terroir/images");
        fs::create_dir_all(images.parent().expect("a folder")).expect("folders");
        let [from, to] =
            [workspace.path("image"), images.clone()].map(|path| path.display().to_string());
        run("cp", &["-r", &from, &to], &[]);
        let index = fs::read_to_string(images.join("index.json")).expect("an index");
        let read: Value = serde_json::from_str(&index).expect("JSON");
        let digest = read["manifests"][0]["digest"]
            .as_str()
            .expect("a digest")
            .to_owned();
        let tagged = index.replace("\"it\"", &format!("\"{}\"", digest.replace(':', "-")));
        fs::write(images.join("index.json"), tagged).expect("written");
        let contents = json!({
            "format": 1,
            "image": { "reference": "registry.example.org/os/test:1", "digest": digest,
                       "follow": "registry.example.org/os/test:1" },
            "hosts": hosts,
        });
        let place = workspace.path("medium/terroir/medium.json");
        fs::write(place, contents.to_string()).expect("written");
        Self { workspace, digest }
    }

    fn document(&self, host: &str, document: &Value) {
        let folder = self.workspace.path("medium/terroir/hosts");
        fs::create_dir_all(&folder).expect("folders");
        fs::write(folder.join(format!("{host}.json")), document.to_string()).expect("written");
    }

    fn blank(&self, name: &str) -> PathBuf {
        let path = self.workspace.repository().join(name);
        fs::File::create(&path)
            .expect("a file")
            .set_len(SIZE)
            .expect("a size");
        path
    }

    /// Installs to a file with answers; gives the exit code and what was said.
    #[expect(
        clippy::disallowed_methods,
        reason = "tests run the program that they test"
    )]
    fn install(&self, disk: &Path, answers: &str) -> (Option<i32>, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_terroir"))
            .args(["install", "--medium", "../medium", "--disk-file"])
            .arg(disk)
            .current_dir(self.workspace.repository())
            .env("TERROIR_STORE", self.workspace.path("store"))
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("terroir starts");
        let mut stdin = child.stdin.take().expect("piped");
        // It need not read all of them.
        let _ = stdin.write_all(answers.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().expect("terroir ends");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    }
}

/// The hardware address of a card of this computer; none where it has none.
fn own_mac() -> Option<String> {
    let cards = fs::read_dir("/sys/class/net").ok()?.flatten();
    let mut cards = cards.map(|entry| entry.path()).filter(|path| {
        let kind = fs::read_to_string(path.join("type")).unwrap_or_default();
        kind.trim() == "1" && path.join("device").exists()
    });
    let address = fs::read_to_string(cards.next()?.join("address")).ok()?;
    Some(address.trim().to_owned())
}

#[test]
#[expect(clippy::print_stderr, reason = "tests say what they leave out")]
fn a_host_of_a_medium_is_installed_without_a_network() {
    if !is_possible() || !has_programs() {
        return;
    }
    let Some(mac) = own_mac() else {
        eprintln!("skipped: this computer has no network card");
        return;
    };
    let other = json!({ "name": "web2", "macs": ["52:54:00:00:00:99"], "serial": "S-2" });
    let held = Held::new(&json!([{ "name": "web1", "macs": [mac] }, other]));
    let secret = "/run/terroir-medium/terroir/secrets/web1/motd";
    let document = json!({
        "format": 1,
        // Nobody answers there.
        "image": format!("registry.invalid/os/test@{}", held.digest),
        "disk": { "serial": "S1" },
        "hostname": "web1",
        "files": [{ "path": "/etc/motd", "content": { "secret": secret } }],
    });
    held.document("web1", &document);
    let secrets = held.workspace.path("medium/terroir/secrets/web1");
    fs::create_dir_all(&secrets).expect("folders");
    fs::write(secrets.join("motd"), "of the medium\n").expect("written");
    let disk = held.blank("a.img");
    let (code, said) = held.install(&disk, "");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("hosts/web1.json"), "{said}");
    examine(&held.workspace, &disk);
    let root = deployed(&disk);
    assert_eq!(
        debugfs(&disk, ROOT, &format!("cat {root}/etc/hostname")),
        "web1\n"
    );
    assert_eq!(
        debugfs(&disk, ROOT, &format!("cat {root}/etc/motd")),
        "of the medium\n"
    );
    // Every blob is checked.
    super::corrupt::corrupt_largest(&held.workspace.path("medium/terroir/images/blobs/sha256"));
    fs::remove_dir_all(held.workspace.path("store")).expect("removed");
    let disk = held.blank("b.img");
    let (code, said) = held.install(&disk, "");
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("sha256:") && is_blank(&disk), "{said}");
    // Two hosts that are one machine are told by name.
    let twice = json!([{ "name": "web1", "macs": [mac] }, { "name": "web2", "macs": [mac] }]);
    let (code, said) = Held::new(&twice).install(&disk, "");
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("several hosts of the medium: web1, web2"),
        "{said}"
    );
}

#[test]
fn a_machine_is_installed_by_hand() {
    if !is_possible() || !has_programs() {
        return;
    }
    let held = Held::new(&json!([{ "name": "web9", "serial": "nobody has this" }]));
    let key = new_key(&held.workspace);
    let disk = held.blank("a.img");
    // Wrong answers are asked for again.
    let answers = format!(
        "7\na.img\nweb_1\nweb1\nAnn\nann\nsudo\nhello\n\n\n{key}\nhunter2\nhunter3\nhunter2\nhunter2\na.img\n"
    );
    let (code, said) = held.install(&disk, &answers);
    assert_eq!(code, Some(0), "{said}");
    for part in [
        "`7` is none of these disks",
        "`web_1` is not a host name",
        "`Ann` is not a user or group name",
        "`hello` is not a public SSH key",
        "ann could not log in",
        "The two differ.",
        "1100 MiB, a file, blank; all that is on it is lost",
        "user       ann in sudo, with an SSH key and a password",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("hunter"), "{said}");
    examine(&held.workspace, &disk);
    let root = deployed(&disk);
    let cat = |path: &str| debugfs(&disk, ROOT, &format!("cat {root}/etc/{path}"));
    assert_eq!(cat("hostname"), "web1\n");
    assert!(cat("group").contains("sudo:x:27:ann"), "{}", cat("group"));
    let origin = debugfs(&disk, ROOT, &format!("cat {root}.origin"));
    assert!(
        origin.contains("registry.example.org/os/test:1"),
        "{origin}"
    );
    let shadow = cat("shadow");
    let hash = shadow
        .lines()
        .find_map(|line| line.strip_prefix("ann:"))
        .expect("a line");
    let hash = hash.split(':').next().expect("a hash");
    is_hash_of(hash, "hunter2");
    assert!(debugfs(&disk, BOOT, "ls /").contains("loader"));
}

/// Whether the C library takes a password for a hash.
fn is_hash_of(hash: &str, password: &str) {
    let script = "exit(crypt($ARGV[0], $ARGV[1]) eq $ARGV[1] ? 0 : 1)";
    run("perl", &["-e", script, password, hash], &[]);
}

#[test]
fn nothing_is_written_that_is_not_confirmed() {
    if !is_possible() || !has_programs() {
        return;
    }
    let held = Held::new(&json!([]));
    let key = new_key(&held.workspace);
    let disk = held.blank("a.img");
    let all = format!("1\nweb1\nann\n\n{key}\n\n");
    for (answers, code, part) in [
        (format!("{all}yes\n"), 1, "it was not confirmed"),
        (all.clone(), 2, "nobody answers any more"),
        ("1\nweb1\n".to_owned(), 2, "nobody answers any more"),
    ] {
        let (found, said) = held.install(&disk, &answers);
        assert_eq!(found, Some(code), "{said}");
        assert!(
            said.contains(part) && said.contains("nothing was written"),
            "{said}"
        );
        assert!(is_blank(&disk));
    }
}
