//! Mounts.

use serde_json::json;

use super::applied::{checked, put, unmet_then_met};
use super::fake::Disk;
use super::programs;
use crate::setting::{Kind, Outcome};

const TMP_UNIT: &str = "[Unit]\nDescription=x\n[Mount]\nWhat=tmpfs\nWhere=/tmp\nType=tmpfs\n\
    Options=mode=1777,strictatime,suid,size=50%%\n";

fn table(fstab: &str) -> Disk {
    let disk = Disk::new();
    disk.write("/etc/fstab", fstab);
    disk
}

#[test]
fn mounts_unmet_before_and_met_after() {
    let shm = json!({"mount": {"/dev/shm": {"what": "tmpfs", "type": "tmpfs", "options": ["nodev", "nosuid", "noexec"]}}});
    for (before, after) in [
        (
            "",
            "tmpfs /dev/shm tmpfs defaults,nodev,nosuid,noexec 0 0\n",
        ),
        (
            "# a\nUUID=1 / ext4 errors=remount-ro 0 1\ntmpfs /dev/shm tmpfs nosuid,size=1g,exec 0 0\n",
            "# a\nUUID=1 / ext4 errors=remount-ro 0 1\ntmpfs /dev/shm tmpfs nosuid,size=1g,nodev,noexec 0 0\n",
        ),
        (
            "tmpfs /dev/shm tmpfs nodev,nosuid,exec,defaults 0 0\n",
            "tmpfs /dev/shm tmpfs nodev,nosuid,defaults,noexec 0 0\n",
        ),
        (
            "none /dev/shm ramfs nodev,nosuid,noexec 0 0\n",
            "tmpfs /dev/shm tmpfs nodev,nosuid,noexec 0 0\n",
        ),
    ] {
        let mut disk = table(before);
        unmet_then_met(&mut disk, &shm);
        let text = std::fs::read_to_string(disk.root.path().join("etc/fstab")).expect("a table");
        assert_eq!(text, after);
    }
    let tmp = json!({"mount": {"/tmp": {"options": ["nodev", "nosuid", "noexec"]}}});
    unmet_then_met(&mut table(""), &tmp);
    let mut disk = table("");
    disk.write("/usr/lib/systemd/system/tmp.mount", TMP_UNIT);
    unmet_then_met(&mut disk, &tmp);
    let own = disk
        .root
        .path()
        .join("etc/systemd/system/tmp.mount.d/zz-terroir.conf");
    let text = std::fs::read_to_string(own).expect("a drop-in");
    assert!(
        text.ends_with("[Mount]\nOptions=mode=1777,strictatime,size=50%%,nodev,nosuid,noexec\n"),
        "{text}"
    );
    let root = format!("--root={}", disk.root.path().display());
    std::fs::write(disk.root.path().join("etc/machine-id"), "").expect("an id");
    let _ = programs::says(
        "systemd-analyze",
        &[&root, "--man=no", "cat-config", "systemd/system.conf"],
    );
    let _ = programs::says(
        "systemd-analyze",
        &[
            &root,
            "--man=no",
            "--recursive-errors=no",
            "verify",
            "tmp.mount",
        ],
    );
}

/// A mount is written where it counts: masks go, and units and drop-ins of others are outdone.
#[test]
fn mounts_win_over_units_and_masks() {
    let own = json!({"mount": {"/tmp": {"what": "tmpfs", "type": "tmpfs", "options": ["nodev", "noexec"]}}});
    let unit = "/etc/systemd/system/tmp.mount";
    let masked = table("");
    masked.symlink(unit, "/dev/null");
    let lax = table("/dev/sda1 /tmp ext4 defaults 0 2\n");
    lax.write(unit, TMP_UNIT);
    let dropped = table("tmpfs /tmp tmpfs nodev,noexec 0 0\n");
    dropped.write(
        "/usr/lib/systemd/system/tmp.mount.d/50-x.conf",
        "[Mount]\nOptions=exec\n",
    );
    let later = table("tmpfs /tmp tmpfs noauto,nodev,noexec 0 0\n");
    for mut disk in [masked, lax, dropped, later] {
        unmet_then_met(&mut disk, &own);
    }
}

#[test]
fn partitions_are_for_the_installer() {
    let home = json!({"mount": {"/home": {"separate": true, "options": ["nodev", "nosuid"]}}});
    let mut disk = table("");
    put(&mut disk, std::slice::from_ref(&home)).expect("renders");
    for (fstab, outcome) in [
        ("", Outcome::Install),
        ("UUID=1 /home ext4 nodev,nosuid 0 2\n", Outcome::Met),
        ("UUID=1 /home ext4 nodev 0 2\n", Outcome::Unmet),
    ] {
        disk.write("/etc/fstab", fstab);
        let found = &checked(&disk, std::slice::from_ref(&home))["mount:/home"];
        assert_eq!(found.outcome, outcome, "{fstab}");
        assert!(outcome != Outcome::Install || found.found.contains("nodev,nosuid"));
    }
    let stored = &super::render::table(&[home])[&Kind::MOUNT]["/home"];
    assert_eq!(
        stored,
        &json!({"options": ["nodev", "nosuid"], "separate": true})
    );
}
