//! The presets of a root, as `systemctl preset` follows them.

use std::fs;

use super::kernel::place;
use super::presets::{PRESET, presets};
use super::reads::is_read;
use super::tests::{root, systemd};
use crate::tree::OpenRoot;

const INSTALL: &str = "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n";

#[test]
fn a_first_start_enables_nothing_and_a_package_that_comes_later_is_enabled() {
    let plain = "[Service]\nExecStart=/bin/true\n";
    let drop_in = "[Install]\nWantedBy=multi-user.target\n";
    let folder = root(&[
        ("etc/systemd/system/own.service", INSTALL),
        ("usr/lib/systemd/system/off.service", INSTALL),
        ("usr/lib/systemd/system/other.service", "-> off.service"),
        ("usr/lib/systemd/system/many@.service", INSTALL),
        ("usr/local/lib/systemd/system/local.timer", INSTALL),
        ("usr/lib/systemd/system/plain.service", plain),
        ("usr/lib/systemd/system/late.service", plain),
        ("usr/lib/systemd/system/late.service.d/a.conf", drop_in),
        ("etc/systemd/system/README", INSTALL),
    ]);
    let mut open = OpenRoot::open(folder.path()).expect("a root");
    let text = presets(&mut open).expect("read");
    let units: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("disable "))
        .collect();
    let wanted = [
        "late.service",
        "local.timer",
        "many@.service",
        "off.service",
        "own.service",
    ];
    assert_eq!(units, wanted);
    open.write(&place(PRESET), text.as_bytes(), 0o644)
        .expect("written");
    let at = format!("--root={}", folder.path().display());
    let links = folder
        .path()
        .join("etc/systemd/system/multi-user.target.wants");
    if systemd(
        "systemctl",
        &[&at, "--preset-mode=enable-only", "preset-all"],
    )
    .is_none()
    {
        return;
    }
    assert!(!links.exists(), "a first start enabled a unit");
    fs::write(
        folder.path().join("usr/lib/systemd/system/new.service"),
        INSTALL,
    )
    .expect("writable");
    let words = [
        &at,
        "--preset-mode=enable-only",
        "preset",
        "new.service",
        "off.service",
    ];
    systemd("systemctl", &words);
    assert!(links.join("new.service").is_symlink());
    assert!(!links.join("off.service").is_symlink());
}

#[test]
fn a_unit_that_comes_to_an_image_gives_it_other_presets() {
    for (path, read) in [
        ("/etc/systemd/system/a.service.d/b.conf", true),
        ("/usr/lib/systemd/system/a@.timer", true),
        ("/usr/local/lib/systemd/system/a.socket", true),
        ("/etc/systemd/system/README", false),
        ("/usr/lib/systemd/user/a.service", false),
    ] {
        assert_eq!(is_read(&place(path)), read, "{path}");
    }
}
