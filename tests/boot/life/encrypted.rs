//! Encrypted roots: a passphrase that is typed on the console, and a TPM.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::guest::{Guest, is_well};
use super::images::Images;
use crate::machines::{is_wanted, took};

const SECRET: &str = "correct horse battery staple";
/// What asks for it, and what is said once the volume key is the machine's own.
const ASKED: &str = "enter passphrase for disk";
const DONE: &str = "the root has a volume key of its own now";
/// What the header of the root's volume says.
const HEADER: &str = "cryptsetup luksDump --dump-json-metadata \
    $(lsblk -nrpo NAME,FSTYPE | sed -n 's/ crypto_LUKS$//p')";
/// Gigabytes of the file system of /.
const SIZE: &str = "df --output=size -BM / | tail -n 1 | tr -dc 0-9";

/// An image that opens encrypted roots, and a disk of it.
fn disk(images: &Images, more: &[&str]) -> std::path::PathBuf {
    images.base("trixie");
    let recipe = images.tested("first", "base.yml");
    images.append("first", "  - layer: disk-encryption\n");
    images.publish(&recipe, "first");
    images.disk_with(&recipe, "disk.raw", more)
}

/// A machine with a larger disk than the one that was made.
fn enlarge(disk: &Path) {
    let file = File::options().write(true).open(disk).expect("the disk");
    let size = file.metadata().expect("a size").len();
    file.set_len(size + (1 << 30)).expect("larger");
}

fn header(guest: &Guest) -> Value {
    serde_json::from_str(&guest.run(HEADER)).expect("JSON")
}

fn types_of(header: &Value) -> Vec<&str> {
    let tokens = header["tokens"].as_object().expect("tokens");
    tokens
        .values()
        .filter_map(|token| token["type"].as_str())
        .collect()
}

#[test]
fn a_passphrase_opens_a_root_whose_key_becomes_the_machine_s_own() {
    if !is_wanted("life") {
        return;
    }
    let start = Instant::now();
    let since = |what: &str| took("life", what, start.elapsed().as_secs_f64());
    let images = Images::new();
    let secret = images.place("secret");
    fs::write(&secret, SECRET).expect("writable");
    let secret = secret.display().to_string();
    let disk = disk(
        &images,
        &["--encrypt=passphrase", "--passphrase-file", &secret],
    );
    enlarge(&disk);
    since("an encrypted disk");
    let mut guest = Guest::start(&disk, &images.key(), &["--secure-boot"]);
    guest.answers((ASKED, 1), "not the passphrase");
    guest.answers((ASKED, 2), SECRET);
    is_well(&guest.ready());
    since("its first start");
    let first = header(&guest);
    assert_eq!(guest.run("findmnt -nvo SOURCE /"), "/dev/mapper/root\n");
    let size: u64 = guest.run(SIZE).parse().expect("a number");
    assert!(size > 3000, "the root has {size} MB");

    // A power cut while the key is replaced.
    guest.cut_power();
    guest.answers((ASKED, 3), SECRET);
    is_well(&guest.ready());
    since("a start after a power cut");
    guest.says(DONE);
    since("its own volume key");
    let second = header(&guest);
    assert_ne!(first["digests"], second["digests"]);
    assert!(types_of(&second).is_empty(), "{second}");
    assert_eq!(second["segments"]["0"]["encryption"], "aes-xts-plain64");
    guest.restart();
    guest.answers((ASKED, 4), SECRET);
    is_well(&guest.ready());
    since("one more start");
    guest.off();
}

#[test]
fn a_tpm_encrypts_a_root_at_the_first_start() {
    if !is_wanted("life") {
        return;
    }
    let start = Instant::now();
    let since = |what: &str| took("life", what, start.elapsed().as_secs_f64());
    let images = Images::new();
    let disk = disk(&images, &["--encrypt=tpm2"]);
    enlarge(&disk);
    let mut guest = Guest::start(&disk, &images.key(), &["--secure-boot"]);
    guest.says("it has no TPM 2.0.");
    since("a refusal without a TPM");
    std::thread::sleep(Duration::from_secs(5));
    drop(guest);

    let state = images.place("tpm").display().to_string();
    let more = ["--secure-boot", "--tpm-state", &state];
    let mut guest = Guest::start(&disk, &images.key(), &more);
    is_well(&guest.ready());
    since("the first start with a TPM");
    let first = header(&guest);
    assert_eq!(types_of(&first), ["systemd-tpm2"], "{first}");
    assert_eq!(first["segments"]["0"]["encryption"], "aes-xts-plain64");
    assert_eq!(
        first["keyslots"].as_object().map(serde_json::Map::len),
        Some(1)
    );
    let size: u64 = guest.run(SIZE).parse().expect("a number");
    assert!(size > 3000, "the root has {size} MB");
    guest.run("/usr/libexec/terroir/disk-keys recovery | grep -q -- -");
    guest.run("sync");
    guest.cut_power();
    is_well(&guest.ready());
    since("a start with the same TPM after a power cut");
    assert!(!guest.console().contains(ASKED));
    assert_eq!(guest.run("findmnt -nvo SOURCE /"), "/dev/mapper/root\n");
    guest.off();
}
