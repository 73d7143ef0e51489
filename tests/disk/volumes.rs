//! Disks with volumes beside the root, read back by the programs that own their formats.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::installed::{Site, deployed, is_blank};
use super::judge::run;
use super::layout::Member;
use super::{ROOT, at, debugfs, examine, root_uuid, text, whole};

/// A disk that is large enough for everything.
pub(super) const SIZE: u64 = 3 << 30;

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
        let home = has_partitions(&disk, cycle, key);
        mounts_volumes(&site, &disk, (cycle, home));
    }
}

/// The partitions of the disk, and what is in them; gives the name of that for homes.
fn has_partitions(disk: &Path, cycle: &str, key: &str) -> &'static str {
    let parts = partitions(disk);
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
        run("e2fsck", &["-fn", &at(disk, parts[name].0)], &[]);
    }
    assert_eq!(probe(disk, parts["swap"].0, "TYPE"), "swap");
    let keys = debugfs(disk, parts[home].0, "cat /ada/.ssh/authorized_keys");
    assert_eq!(keys, format!("{key}\n"), "{cycle}");
    let owner = debugfs(disk, parts[home].0, "stat /ada");
    assert!(
        owner.contains("Mode:  0700") && owner.contains("User:  1000"),
        "{owner}"
    );
    let inner = debugfs(disk, parts["var_log"].0, "ls -p /");
    assert!(inner.contains("/audit/"), "{inner}");
    home
}

/// The root mounts all of them, and has nothing of what is in them.
fn mounts_volumes(site: &Site, disk: &Path, (cycle, home): (&str, &str)) {
    let parts = partitions(disk);
    let root = parts["root"].0;
    // Where it was is an empty folder.
    let (system, place) = match cycle {
        "plain\n" => (String::new(), "/home".to_owned()),
        _ => (
            deployed_at(disk, root),
            "/ostree/deploy/terroir/var/home".to_owned(),
        ),
    };
    let left = debugfs(disk, root, &format!("ls -p {place}"));
    assert!(!left.contains("ada"), "{left}");
    let fstab = debugfs(disk, root, &format!("cat {system}/etc/fstab"));
    let real = format!("/{}", home.replace('_', "/"));
    let uuid = |name: &str| probe(disk, parts[name].0, "UUID");
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
        &["--verify", "--tab-file", &fstab_file(site, &fstab)],
        &[],
    );
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

/// The path of the only deployment in the root at a place of a disk.
pub(super) fn deployed_at(disk: &Path, root: u64) -> String {
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

/// Storage that cannot be, and what is said of it.
fn refusals() -> Vec<(Value, &'static str)> {
    let volumes = |volumes: Value| json!({ "volumes": volumes });
    let size = || json!({ "size": "100M" });
    vec![
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
    ]
}

#[test]
fn volumes_that_cannot_be_are_refused_before_anything_is_written() {
    let Some(site) = Site::new(&|workspace| whole_with_home(workspace, "plain\n")) else {
        return;
    };
    for (storage, message) in refusals() {
        site.document(&json!({ "storage": storage }));
        let disk = site.blank("a.img", 1400 << 20);
        let (code, said) = site.install("a.img");
        assert!(code != 0 && said.contains(message), "{storage}: {said}");
        assert!(is_blank(&disk), "{storage}");
    }
    site.document(&json!({
        "storage": { "volumes": { "/srv": { "size": "100M" } } },
        "encrypt": { "mode": "tpm2" },
    }));
    let (code, said) = site.install("a.img");
    assert!(
        code == 2 && said.contains("encrypts the partition of the root"),
        "{said}"
    );
}
