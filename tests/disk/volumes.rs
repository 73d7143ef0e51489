//! Disks with volumes beside the root, read back by the programs that own their formats.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::encrypted::{PROGRAMS, SECRET, decrypted, initramfs, succeeds, whole_with};
use super::installed::{Site, deployed, is_blank};
use super::judge::run;
use super::layout::Member;
use super::{ROOT, at, debugfs, examine, python, root_uuid, text, whole};

/// A disk that is large enough for everything.
const SIZE: u64 = 3 << 30;

/// The partitions of a disk by name, each with where it begins and its size, in bytes.
pub(super) fn partitions(disk: &Path) -> BTreeMap<String, (u64, u64)> {
    let said = text("sfdisk", &["--json", &disk.display().to_string()]);
    let table: Value = serde_json::from_str(&said).expect("JSON");
    let rows = table["partitiontable"]["partitions"].as_array();
    let number = |row: &Value, key: &str| row[key].as_u64().expect("a number") * 512;
    let row = |row: &Value| {
        let name = row["name"].as_str().expect("a name").to_owned();
        (name, (number(row, "start"), number(row, "size")))
    };
    rows.expect("partitions").iter().map(row).collect()
}

/// What blkid finds at a place of a disk.
pub(super) fn probe(disk: &Path, offset: u64, tag: &str) -> String {
    let (offset, name) = (offset.to_string(), disk.display().to_string());
    let words = ["-p", "-O", &offset, "-o", "value", "-s", tag, &name];
    text("blkid", &words).trim().to_owned()
}

fn storage() -> Value {
    json!({
        "volumes": {
            "/var/log/audit": { "size": "256M", "options": ["nodev", "noexec"] },
            "/home": { "size": "300M", "options": ["nodev", "nosuid"] },
            "/var/log": { "size": "300M" },
        },
        "swap": "64M",
    })
}

#[test]
fn volumes_hold_what_was_in_their_folders() {
    for cycle in ["ostree\n", "plain\n"] {
        let Some(site) = Site::new(&|workspace| whole_with_home(workspace, cycle)) else {
            return;
        };
        let key =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKcxGSqGSm7eeVBOJqv0Dr4Wx1J0GUaDHXvBHvSmDwHU a@b";
        let keys = json!({
            "storage": storage(),
            "users": [{ "name": "ada", "shell": "/bin/sh", "ssh-keys": [key] }],
        });
        site.document(&keys);
        let disk = site.blank("a.img", SIZE);
        let (code, said) = site.install("a.img");
        assert_eq!(code, 0, "{said}");
        let parts = partitions(&disk);
        let names: Vec<&String> = parts.keys().collect();
        let home = if cycle == "plain\n" {
            "home"
        } else {
            "var_home"
        };
        let mut expected = vec![
            "ESP",
            "bios",
            "boot",
            "root",
            "swap",
            home,
            "var_log",
            "var_log_audit",
        ];
        expected.sort_unstable();
        expected.retain(|name| *name != "bios" || parts.contains_key("bios"));
        assert_eq!(names, expected, "{cycle}");
        // The root is the last one, and takes what is left.
        let (root, size) = parts["root"];
        assert!(parts.values().all(|(start, _)| *start <= root));
        assert!(root + size + (2 << 20) > SIZE, "{parts:?}");
        for name in [home, "var_log", "var_log_audit", "root", "boot"] {
            run("e2fsck", &["-fn", &at(&disk, parts[name].0)], &[]);
        }
        assert_eq!(probe(&disk, parts["swap"].0, "TYPE"), "swap");
        let keys = debugfs(&disk, parts[home].0, "cat /ada/.ssh/authorized_keys");
        assert_eq!(keys, format!("{key}\n"), "{cycle}");
        let owner = debugfs(&disk, parts[home].0, "stat /ada");
        assert!(
            owner.contains("Mode:  0700") && owner.contains("User:  1000"),
            "{owner}"
        );
        let inner = debugfs(&disk, parts["var_log"].0, "ls -p /");
        assert!(inner.contains("/audit/"), "{inner}");
        // Where it was is an empty folder.
        let (system, place) = match cycle {
            "plain\n" => (String::new(), "/home".to_owned()),
            _ => (
                deployed_at(&disk, root),
                "/ostree/deploy/terroir/var/home".to_owned(),
            ),
        };
        let left = debugfs(&disk, root, &format!("ls -p {place}"));
        assert!(!left.contains("ada"), "{left}");
        let fstab = debugfs(&disk, root, &format!("cat {system}/etc/fstab"));
        let real = format!("/{}", home.replace('_', "/"));
        let uuid = |name: &str| probe(&disk, parts[name].0, "UUID");
        for line in [
            format!("UUID={} {real} ext4 nodev,nosuid 0 2\n", uuid(home)),
            format!("UUID={} /var/log ext4 noatime 0 2\n", uuid("var_log")),
            format!(
                "UUID={} /var/log/audit ext4 nodev,noexec 0 2\n",
                uuid("var_log_audit")
            ),
            format!("UUID={} none swap defaults 0 0\n", uuid("swap")),
        ] {
            assert_eq!(fstab.matches(&line).count(), 1, "{line}{fstab}");
        }
        assert_eq!(fstab.matches("/var/log ").count(), 1, "{fstab}");
        run(
            "findmnt",
            &["--verify", "--tab-file", &fstab_file(&site, &fstab)],
            &[],
        );
    }
}

/// The image of the tests with a /home, a shell, accounts and an own word about /var/log.
fn whole_with_home(workspace: &super::workspace::Workspace, cycle: &str) {
    let mut members: Vec<Member<'_>> = super::members(cycle)
        .into_iter()
        .map(|(_, one)| one)
        .collect();
    members.retain(|member| !matches!(member, Member::File("etc/fstab", _)));
    members.extend([
        Member::File(
            "etc/fstab",
            b"tmpfs /tmp tmpfs nosuid 0 0\nLABEL=l /var/log ext4 noatime 0 2\n",
        ),
        match cycle {
            "plain\n" => Member::Folder("home"),
            _ => Member::Link("home", "var/home"),
        },
        Member::Folder("usr/bin"),
        Member::File("usr/bin/sh", b""),
        Member::Link("bin", "usr/bin"),
        Member::File("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n"),
        Member::File("etc/group", b"root:x:0:\n"),
        Member::File("etc/shadow", b"root:*:19000:0:99999:7:::\n"),
        Member::File("etc/gshadow", b"root:*::\n"),
    ]);
    super::image(workspace, &members);
}

/// Writes an image whose machines find a root on a logical volume, or not.
fn with_lvm(workspace: &super::workspace::Workspace, programs: &[&str], more: &[&'static str]) {
    let held = initramfs(programs);
    let name = "usr/lib/modules/6.1/initramfs.img";
    let members = super::members("ostree\n").into_iter();
    let members = members.filter(|(one, _)| *one != name);
    let mut all: Vec<Member<'_>> = members.map(|(_, member)| member).collect();
    all.push(Member::File(name, &held));
    all.push(Member::Folder("usr/sbin"));
    all.extend(more.iter().map(|name| Member::File(name, b"")));
    super::image(workspace, &all);
}

#[test]
fn a_volume_group_is_what_lvm_accepts() {
    let write = |workspace: &_| with_lvm(workspace, &["usr/sbin/lvm"], &["usr/sbin/lvm"]);
    let Some(site) = Site::new(&write) else {
        return;
    };
    let storage = json!({
        "layout": "lvm",
        "volume-group": "vg0",
        "volumes": { "/var/log": { "size": "130M" }, "/var": { "size": "200M", "options": ["nodev"] } },
        "swap": "30M",
    });
    site.document(&json!({ "storage": storage }));
    let disk = site.blank("a.img", SIZE);
    let (code, said) = site.install("a.img");
    assert_eq!(code, 0, "{said}");
    let parts = partitions(&disk);
    let names: Vec<&str> = parts.keys().map(String::as_str).collect();
    assert_eq!(names, ["ESP", "bios", "boot", "lvm"]);
    let (start, size) = parts["lvm"];
    assert_eq!(probe(&disk, start, "TYPE"), "LVM2_member");
    let physical = cut(&site, &disk, (start, size)).display().to_string();
    let headers = text("pvck", &["--dump", "headers", &physical]);
    assert!(!headers.contains("CHECK"), "{headers}");
    assert!(headers.contains("vgname vg0 seqno 1"), "{headers}");
    let metadata = text("pvck", &["--dump", "metadata", &physical]);
    let volumes = logical(&metadata);
    let names: Vec<&str> = volumes.keys().map(String::as_str).collect();
    assert_eq!(names, ["root", "swap", "var", "var_log"]);
    // 4 MiB are an extent.
    assert_eq!(volumes["var_log"].1, 33);
    assert_eq!(volumes["swap"].1, 8);
    let place = |name: &str| start + (1 << 20) + volumes[name].0 * (4 << 20);
    for name in ["root", "var", "var_log"] {
        run("e2fsck", &["-fn", &at(&disk, place(name))], &[]);
    }
    assert_eq!(probe(&disk, place("swap"), "TYPE"), "swap");
    let system = deployed_at(&disk, place("root"));
    let fstab = debugfs(&disk, place("root"), &format!("cat {system}/etc/fstab"));
    let uuid = |name: &str| probe(&disk, place(name), "UUID");
    let lines = format!(
        "UUID={} /var ext4 nodev 0 2\nUUID={} /var/log ext4 defaults 0 2\n",
        uuid("var"),
        uuid("var_log")
    );
    assert!(fstab.contains(&lines), "{fstab}");
    let inner = debugfs(&disk, place("var"), "ls -p /");
    assert!(inner.contains("/log/"), "{inner}");
    let menu = debugfs(&disk, super::BOOT, "cat /loader/grub.cfg");
    let arguments = format!("root=UUID={} rw rd.lvm.lv=vg0/root ", uuid("root"));
    assert!(menu.contains(&arguments), "{menu}");
}

#[test]
fn an_encrypted_group_is_one_volume() {
    let stated = "methods=passphrase\n";
    let lvm = [&PROGRAMS[..], &["usr/sbin/lvm"]].concat();
    let write = |workspace: &_| whole_with(workspace, (stated, &lvm), &["usr/sbin/lvm"]);
    let (Some(interpreter), Some(site)) = (python::interpreter(), Site::new(&write)) else {
        return;
    };
    let secret = site.workspace.path("secret");
    std::fs::write(&secret, SECRET).expect("written");
    site.document(&json!({
        "storage": {
            "layout": "lvm",
            "volumes": { "/var/log": { "size": "130M" } },
            "swap": "30M",
        },
        "encrypt": { "mode": "passphrase", "secret": secret.display().to_string() },
    }));
    let disk = site.blank("a.img", 1300 << 20);
    let (code, said) = site.install("a.img");
    assert_eq!(code, 0, "{said}");
    let (start, size) = partitions(&disk)["lvm"];
    assert_eq!(probe(&disk, start, "TYPE"), "crypto_LUKS");
    let volume = cut(&site, &disk, (start, size));
    // Nothing of it can be read: not the name of the group, and no swap space.
    for text in ["LABELONE", "SWAPSPACE2", "logical_volumes"] {
        let name = volume.display().to_string();
        assert!(
            !succeeds(Path::new("grep"), &["-aqF", text, &name]),
            "{text}"
        );
    }
    let opened = decrypted(&site.workspace, interpreter, &volume);
    let physical = opened.display().to_string();
    let headers = text("pvck", &["--dump", "headers", &physical]);
    assert!(
        !headers.contains("CHECK") && headers.contains("vgname system"),
        "{headers}"
    );
    let volumes = logical(&text("pvck", &["--dump", "metadata", &physical]));
    let place = |name: &str| (1 << 20) + volumes[name].0 * (4 << 20);
    for name in ["root", "var_log"] {
        run("e2fsck", &["-fn", &at(&opened, place(name))], &[]);
    }
    assert_eq!(probe(&opened, place("swap"), "TYPE"), "swap");
    let menu = debugfs(&disk, super::BOOT, "cat /loader/grub.cfg");
    assert!(
        menu.contains(" rd.lvm.lv=system/root rd.luks.name="),
        "{menu}"
    );
}

/// A part of a disk as a file of its own.
fn cut(site: &Site, disk: &Path, (start, size): (u64, u64)) -> PathBuf {
    let path = site.workspace.path("part");
    let mut source = File::open(disk).expect("a disk");
    source.seek(SeekFrom::Start(start)).expect("an offset");
    let mut target = File::create(&path).expect("a file");
    std::io::copy(&mut source.take(size), &mut target).expect("copied");
    path
}

/// The first extent and the number of extents of each logical volume.
fn logical(metadata: &str) -> BTreeMap<String, (u64, u64)> {
    let mut found = BTreeMap::new();
    let inner = metadata.split_once("logical_volumes {").expect("volumes").1;
    let (mut name, mut count) = (String::new(), 0);
    for line in inner.lines().map(str::trim) {
        let number = |text: &str| text.trim().parse::<u64>().expect("a number");
        match line.split_once(' ') {
            Some((one, "{")) if one != "segment1" => name = one.to_owned(),
            Some(("extent_count", rest)) => count = number(rest.trim_start_matches('=')),
            Some(("\"pv0\",", first)) => {
                found.insert(name.clone(), (number(first), count));
            }
            _ => {}
        }
    }
    found
}

#[test]
fn a_machine_that_would_not_find_its_root_is_refused() {
    for (programs, more, message) in [
        (&[][..], &["usr/sbin/lvm"][..], "initramfs.img lacks lvm"),
        (&["usr/sbin/lvm"], &[], "it has no /usr/sbin/lvm"),
    ] {
        let Some(site) = Site::new(&|workspace| with_lvm(workspace, programs, more)) else {
            return;
        };
        site.document(&json!({ "storage": { "layout": "lvm" } }));
        let disk = site.blank("a.img", SIZE);
        let (code, said) = site.install("a.img");
        assert!(code == 3 && said.contains(message), "{code}: {said}");
        assert!(is_blank(&disk));
    }
}

/// The path of the only deployment in the root at a place of a disk.
fn deployed_at(disk: &Path, root: u64) -> String {
    let deploy = "/ostree/deploy/terroir/deploy";
    let listed = debugfs(disk, root, &format!("ls -p {deploy}"));
    let mut names = listed.split('/');
    let name = names.find(|name| name.ends_with(".0"));
    format!("{deploy}/{}", name.expect("a deployment"))
}

fn fstab_file(site: &Site, fstab: &str) -> String {
    // What is checked is the form: no device of this disk is there.
    let lines = fstab.lines().filter(|line| line.starts_with("tmpfs"));
    let path = site.workspace.path("fstab");
    std::fs::write(&path, lines.collect::<Vec<_>>().join("\n") + "\n").expect("written");
    path.display().to_string()
}

#[test]
fn a_root_of_a_stated_size_does_not_grow() {
    let Some(site) = Site::new(&|workspace| whole(workspace, "ostree\n")) else {
        return;
    };
    let volumes = json!({ "/": { "size": "1G" }, "/srv": { "size": "100M" } });
    site.document(&json!({ "storage": { "volumes": volumes } }));
    // The image has no /srv, and a path that cannot be changed is refused.
    let disk = site.blank("a.img", SIZE);
    let (code, said) = site.install("a.img");
    assert!(
        code == 3 && said.contains("/srv belongs to the image"),
        "{said}"
    );
    assert!(is_blank(&disk));
    let volumes = json!({ "/": { "size": "1G" }, "/var/srv": { "size": "100M" } });
    site.document(&json!({ "storage": { "volumes": volumes } }));
    let (code, said) = site.install("a.img");
    assert_eq!(code, 0, "{said}");
    examine(&site.workspace, &disk);
    let parts = partitions(&disk);
    assert_eq!(parts["root"], (ROOT, 1 << 30));
    assert_eq!(parts["var_srv"], (ROOT + (1 << 30), 100 << 20));
    assert_eq!(root_uuid(&disk), probe(&disk, ROOT, "UUID"));
    let _ = deployed(&disk);
}

#[test]
fn volumes_that_cannot_be_are_refused_before_anything_is_written() {
    let Some(site) = Site::new(&|workspace| whole_with_home(workspace, "plain\n")) else {
        return;
    };
    let volumes = |volumes: Value| json!({ "volumes": volumes });
    let size = || json!({ "size": "100M" });
    for (storage, message) in [
        (
            volumes(json!({ "/srv": {} })),
            "the volume /srv has no size",
        ),
        (volumes(json!({ "/": {} })), "this has no effect"),
        (
            volumes(json!({ "/": { "options": ["nodev"] } })),
            "mount options of the image",
        ),
        (volumes(json!({ "srv": size() })), "is not a mount point"),
        (
            volumes(json!({ "/srv": { "size": "1G", "options": ["a,b"] } })),
            "is not a mount option",
        ),
        (volumes(json!({ "/srv": { "sise": "1G" } })), "sise"),
        (volumes(json!({ "/srv": { "size": "1" } })), "is not a size"),
        (
            volumes(json!({ "/etc": size() })),
            "/etc cannot be a volume of its own",
        ),
        (
            volumes(json!({ "/bin/x": size() })),
            "/usr/bin/x cannot be a volume of its own",
        ),
        (
            volumes(json!({ "/home": size(), "/home/": size() })),
            "is not a mount point",
        ),
        (
            volumes(json!({ "/etc/passwd": size() })),
            "cannot be a volume",
        ),
        (
            volumes(json!({ "/srv": { "size": "8M" } })),
            "is too small: it needs",
        ),
        (
            volumes(json!({ "/srv": { "size": "4G" } })),
            "is too small: the image needs",
        ),
        (
            volumes(json!({ "/": { "size": "30M" } })),
            "the volume / of",
        ),
        (json!({ "swap": "4G" }), "is too small"),
        (json!({ "layout": "raid1" }), "so no mirror"),
        (
            json!({ "volume-group": "a" }),
            "has no effect on partitions",
        ),
        (json!({ "layout": "lvm", "volume-group": "-a" }), "a"),
    ] {
        site.document(&json!({ "storage": storage }));
        let disk = site.blank("a.img", 1400 << 20);
        let (code, said) = site.install("a.img");
        assert!(code != 0 && said.contains(message), "{storage}: {said}");
        assert!(is_blank(&disk), "{storage}");
    }
    site.document(&json!({
        "storage": volumes(json!({ "/srv": size() })),
        "encrypt": { "mode": "tpm2" },
    }));
    let (code, said) = site.install("a.img");
    assert!(
        code == 2 && said.contains("encrypts the partition of the root"),
        "{said}"
    );
}
