//! Disks with a volume group: LVM reads its metadata, and what is in the volumes is examined.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::encrypted::{PROGRAMS, SECRET, decrypted, initramfs, succeeds, whole_with};
use super::installed::{Site, is_blank};
use super::judge::run;
use super::layout::Member;
use super::volumes::{SIZE, deployed_at, partitions, probe};
use super::workspace::Workspace;
use super::{BOOT, at, debugfs, python, text};

/// Writes an image whose machines find a root on a logical volume, or not.
fn with_lvm(workspace: &Workspace, programs: &[&str], more: &[&'static str]) {
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
    let menu = debugfs(&disk, BOOT, "cat /loader/grub.cfg");
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
    let menu = debugfs(&disk, BOOT, "cat /loader/grub.cfg");
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
