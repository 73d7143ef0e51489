//! Encrypted roots: cryptsetup reads their headers, and a program that shares nothing with terroir opens
//! them.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::judge::{is_there, run};
use super::layout::Member;
use super::workspace::Workspace;
use super::{BOOT, ROOT, at, debugfs, disk, image, is_possible, left, members, python, text};

/// Where the data of a volume begins.
const DATA: u64 = 16 << 20;
pub(super) const SECRET: &str = "correct horse battery staple";
/// What stands in a file of the root.
const CONTENT: &[u8] = b"what nobody may read without the passphrase";

/// Writes the decrypted data of a volume: arguments are both files, and the passphrase.
pub(super) const OPEN: &str = "
import sys
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from dissect.fve.luks import LUKS
source = open(sys.argv[1], 'rb')
volume = LUKS(source)
volume.unlock_with_passphrase(sys.argv[3])
key = algorithms.AES(volume._active_volume_key)
source.seek(16 << 20)
number = 0
with open(sys.argv[2], 'wb') as output:
    while sector := source.read(4096):
        mode = modes.XTS(number.to_bytes(16, 'little'))
        output.write(Cipher(key, mode).decryptor().update(sector))
        number += 8
";

/// Prints a file of the file system in a volume: arguments are the volume, the passphrase and the path.
const READ: &str = "
import sys
from dissect.extfs import ExtFS
from dissect.fve.luks import LUKS
volume = LUKS(open(sys.argv[1], 'rb'))
volume.unlock_with_passphrase(sys.argv[2])
sys.stdout.buffer.write(ExtFS(volume.open()).get(sys.argv[3]).open().read())
";

/// An archive of cpio with empty files.
pub(super) fn initramfs(names: &[&str]) -> Vec<u8> {
    let mut archive = Vec::new();
    for name in names.iter().chain(&["TRAILER!!!"]) {
        archive.extend(b"070701");
        let mut numbers = [0; 13];
        numbers[1] = 0o100_644;
        numbers[11] = name.len() + 1;
        for number in numbers {
            archive.extend(format!("{number:08X}").bytes());
        }
        archive.extend(name.bytes());
        archive.push(0);
        archive.resize(archive.len().next_multiple_of(4), 0);
    }
    archive
}

/// What opens a root by a passphrase, and what encrypts one with a TPM.
pub(super) const PROGRAMS: [&str; 8] = [
    "usr/bin/systemd-cryptsetup",
    "usr/lib/modules/6.1/kernel/drivers/md/dm-crypt.ko",
    "usr/lib/cryptsetup/libcryptsetup-token-systemd-tpm2.so",
    "usr/lib/libtss2-esys.so.0",
    "usr/bin/terroir-encrypt-root",
    "usr/sbin/cryptsetup",
    "usr/bin/systemd-creds",
    "usr/bin/systemd-cryptenroll",
];

/// Writes an image with a statement of its methods and these programs in its initramfs.
pub(super) fn whole(workspace: &Workspace, stated: &str, programs: &[&str]) {
    whole_with(workspace, (stated, programs), &[]);
}

/// The same with more files in the root, which are empty.
pub(super) fn whole_with(
    workspace: &Workspace,
    (stated, programs): (&str, &[&str]),
    more: &[&'static str],
) {
    let held = initramfs(programs);
    let name = "usr/lib/modules/6.1/initramfs.img";
    let mut all: Vec<Member<'_>> = members("ostree")
        .into_iter()
        .filter(|(one, _)| *one != name)
        .map(|(_, member)| member)
        .collect();
    all.push(Member::File(name, &held));
    all.push(Member::File("usr/share/content", CONTENT));
    all.extend(more.iter().map(|name| Member::File(name, b"")));
    if !stated.is_empty() {
        let unit = "usr/lib/systemd/system/terroir-disk-renew.service";
        all.push(Member::File(
            "usr/share/terroir/encryption.conf",
            stated.as_bytes(),
        ));
        all.push(Member::File(unit, b"[Unit]\n"));
    }
    image(workspace, &all);
}

/// The partition of the root as a file of its own.
pub(super) fn partition(workspace: &Workspace, disk: &Path) -> PathBuf {
    let path = workspace.path("partition");
    let table = text("sfdisk", &["--json", &disk.display().to_string()]);
    let table: Value = serde_json::from_str(&table).expect("JSON");
    let parts = table["partitiontable"]["partitions"]
        .as_array()
        .expect("partitions");
    let root = parts
        .iter()
        .find(|part| part["name"] == "root")
        .expect("a root");
    assert_eq!(root["start"].as_u64().map(|start| start * 512), Some(ROOT));
    let size = root["size"].as_u64().expect("a size") * 512;
    let mut source = File::open(disk).expect("the disk");
    source.seek(SeekFrom::Start(ROOT)).expect("an offset");
    let mut target = File::create(&path).expect("a file");
    std::io::copy(&mut source.take(size), &mut target).expect("copied");
    path
}

/// The metadata that cryptsetup reads.
pub(super) fn metadata(volume: &Path) -> Value {
    let said = text(
        "cryptsetup",
        &[
            "luksDump",
            "--dump-json-metadata",
            &volume.display().to_string(),
        ],
    );
    serde_json::from_str(&said).expect("JSON")
}

pub(super) fn uuid(volume: &Path) -> String {
    let said = text("cryptsetup", &["luksUUID", &volume.display().to_string()]);
    said.trim().to_owned()
}

/// Whether a program that runs ends well.
#[expect(clippy::disallowed_methods, reason = "tests run the judges")]
pub(super) fn succeeds(program: &Path, words: &[&str]) -> bool {
    let output = std::process::Command::new(program).args(words).output();
    output.expect("it starts").status.success()
}

const PASSPHRASE: [&str; 4] = ["--encrypt", "passphrase", "--passphrase-file", "secret"];

#[test]
fn a_passphrase_opens_a_root_and_nothing_else_does() {
    let Some(interpreter) = python::interpreter().filter(|_| is_possible()) else {
        return;
    };
    if !is_there("cryptsetup") {
        return;
    }
    let workspace = Workspace::new();
    workspace.write("secret", format!("{SECRET}\n"));
    whole(&workspace, "methods=passphrase\n", &PROGRAMS[..2]);
    let made = disk(
        &workspace,
        "a.img",
        &[&PASSPHRASE[..], &["--size", "1100M"]].concat(),
    );
    let volume = partition(&workspace, &made);
    let name = volume.display().to_string();
    run("cryptsetup", &["isLuks", "--type", "luks2", &name], &[]);
    let found = metadata(&volume);
    assert_eq!(found["segments"]["0"]["encryption"], "aes-xts-plain64");
    assert_eq!(found["keyslots"]["0"]["kdf"]["type"], "argon2id");
    assert_eq!(found["tokens"]["0"]["type"], "terroir-copied");
    let menu = debugfs(&made, BOOT, "cat /loader/grub.cfg");
    let argument = format!("rw rd.luks.name={}=root ", uuid(&volume));
    assert!(menu.contains(&argument), "{menu}");

    // Nothing of the root can be read, and blocks that are free take no room.
    assert!(!succeeds(
        Path::new("grep"),
        &["-aqF", "nobody may read", &name]
    ));
    assert!(!succeeds(Path::new("grep"), &["-aqF", SECRET, &name]));
    let found = made.metadata().expect("a file");
    assert!(
        found.blocks() * 512 < found.len() / 3,
        "{} blocks",
        found.blocks()
    );

    opens(&workspace, (interpreter, &name), &menu);
}

/// The content of a volume, as a program that shares nothing with terroir decrypts it.
pub(super) fn decrypted(workspace: &Workspace, interpreter: &Path, volume: &Path) -> PathBuf {
    let plain = workspace.path("plain");
    let [from, to] = [volume, &plain].map(|path| path.display().to_string());
    assert!(succeeds(interpreter, &["-c", OPEN, &from, &to, SECRET]));
    plain
}

/// Opens a volume with its passphrase alone, and looks into it; the kernel finds its file system.
pub(super) fn opens(workspace: &Workspace, (interpreter, name): (&Path, &str), menu: &str) {
    let plain = workspace.path("plain").display().to_string();
    assert!(!succeeds(
        interpreter,
        &["-c", OPEN, name, &plain, "correct horse"]
    ));
    assert!(!succeeds(
        interpreter,
        &["-c", OPEN, name, &plain, &format!("{SECRET}\n")]
    ));
    run(
        &interpreter.display().to_string(),
        &["-c", OPEN, name, &plain, SECRET],
        &[],
    );
    run("e2fsck", &["-fn", &plain], &[]);
    let said = text("blkid", &["-p", "-o", "value", "-s", "UUID", &plain]);
    assert!(
        menu.contains(&format!("root=UUID={} rw", said.trim())),
        "{said}{menu}"
    );
    let listed = text(
        "debugfs",
        &["-R", "ls -p /ostree/deploy/terroir/deploy", &plain],
    );
    let deployed = listed
        .split('/')
        .find(|name| name.ends_with(".0"))
        .expect("a deployment");
    let path = format!("/ostree/deploy/terroir/deploy/{deployed}/usr/share/content");
    let read = run(
        &interpreter.display().to_string(),
        &["-c", READ, name, SECRET, &path],
        &[],
    );
    assert_eq!(read, CONTENT);
}

#[test]
fn a_root_for_a_tpm_has_room_for_a_header_and_no_key() {
    if !is_possible() || !is_there("cryptsetup") {
        return;
    }
    let workspace = Workspace::new();
    whole(
        &workspace,
        "methods=passphrase tpm2\npcrs=7\npin=no\n",
        &PROGRAMS,
    );
    let words = ["--encrypt", "tpm2", "--size", "1100M"];
    let [made, other] = ["a.img", "b.img"].map(|name| disk(&workspace, name, &words));
    run("e2fsck", &["-fn", &at(&made, ROOT + DATA)], &[]);
    let first = partition(&workspace, &made);
    let found = metadata(&first);
    assert_eq!(found["segments"]["0"]["encryption"], "cipher_null-ecb");
    assert_eq!(found["segments"]["0"]["offset"], DATA.to_string());
    let id = uuid(&first);
    assert_eq!(id, uuid(&partition(&workspace, &other)));
    let random = disk(
        &workspace,
        "c.img",
        &[&words[..], &["--random-uuids"]].concat(),
    );
    assert_ne!(id, uuid(&partition(&workspace, &random)));
    let menu = debugfs(&made, BOOT, "cat /loader/grub.cfg");
    assert!(
        menu.contains(&format!(" rd.luks.name={id}=root ")),
        "{menu}"
    );
}

const TPM2: &str = "methods=passphrase tpm2\npcrs=7\npin=no\n";
const WITH_PIN: &str = "methods=passphrase tpm2\npcrs=7\npin=yes\n";

/// What an image states and has, the options beside its name, and why there is no disk.
type Refusal = (
    &'static str,
    &'static [&'static str],
    &'static str,
    &'static str,
);

const REFUSALS: [Refusal; 13] = [
    (
        TPM2,
        &PROGRAMS,
        "--encrypt=passphrase",
        "needs a passphrase",
    ),
    (
        TPM2,
        &PROGRAMS,
        "--passphrase-file=secret",
        "--encrypt <METHOD>",
    ),
    (
        TPM2,
        &PROGRAMS,
        "--encrypt=tpm2 --passphrase-file=secret",
        "has no effect",
    ),
    (TPM2, &PROGRAMS, "--encrypt=rot13", "invalid value"),
    (
        TPM2,
        &PROGRAMS,
        "--encrypt=passphrase --passphrase-file=empty",
        "the passphrase is empty",
    ),
    (
        TPM2,
        &PROGRAMS,
        "--encrypt=passphrase --passphrase-file=two",
        "a control character",
    ),
    (
        TPM2,
        &PROGRAMS,
        "--encrypt=passphrase --passphrase-file=nowhere",
        "nowhere cannot be read",
    ),
    (
        "",
        &PROGRAMS,
        "--encrypt=tpm2",
        "nothing in it says that it opens an encrypted root",
    ),
    (
        "methods=passphrase\n",
        &PROGRAMS,
        "--encrypt=tpm2",
        "its methods are passphrase",
    ),
    (
        WITH_PIN,
        &PROGRAMS,
        "--encrypt=tpm2",
        "the TPM would ask for a PIN",
    ),
    (
        TPM2,
        PROGRAMS.split_at(4).0,
        "--encrypt=tpm2",
        "it lacks terroir-encrypt-root",
    ),
    (
        TPM2,
        PROGRAMS.split_at(1).1,
        "--encrypt=tpm2",
        "it lacks systemd-cryptsetup",
    ),
    (
        TPM2,
        &[],
        "--encrypt=passphrase --passphrase-file=secret",
        "systemd-cryptsetup, dm_crypt",
    ),
];

#[test]
fn encrypted_disks_are_refused_where_nothing_would_open_them() {
    if !is_possible() {
        return;
    }
    let workspace = Workspace::new();
    workspace.write("secret", SECRET);
    workspace.write("empty", "\n");
    workspace.write("two", "one\ntwo\n");
    for (stated, programs, more, expected) in REFUSALS {
        whole(&workspace, stated, programs);
        let said = workspace.run(
            &["disk", "oci:../image:it", "-o", "a.img"]
                .into_iter()
                .chain(more.split(' '))
                .collect::<Vec<_>>(),
        );
        assert_ne!(said.code, 0, "{expected}");
        assert!(said.err.contains(expected), "{expected}: {}", said.err);
        assert!(!said.err.contains(SECRET), "{}", said.err);
        assert!(
            !left(&workspace).contains(&"a.img".to_owned()),
            "{expected}"
        );
    }
}
