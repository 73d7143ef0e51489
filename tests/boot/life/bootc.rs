//! `terroir disk --bootc`: the installation by the image's own program, in a machine with the image's
//! kernel. bootc itself is in no package that is at hand; a script stands in for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::images::Images;
use crate::judge::run;
use crate::machines::{is_wanted, took};

const STAND_IN: &str = include_str!("bootc.sh");
/// The name that machines get their updates by.
const FOLLOWED: &str = "registry.example.org/os/server:1";

/// A flavour of Debian 13 that carries the stand-in, and has its kernel where bootc looks for it.
const ENTRIES: &str = r#"platforms: [linux/amd64]
publish: { image: registry.example.org/os/server, tags: ["1"] }
modules:
  - type: script
    snippets:
      - mkdir -p /etc/kernel/postinst.d && printf '#!/bin/sh\nexit 0\n' > /etc/kernel/postinst.d/dracut && chmod 0755 /etc/kernel/postinst.d/dracut
  - layer: bootable
    with: { kernel: cloud, life_cycle: bootc }
  - type: files
    files:
      - { source: files/bootc, destination: /usr/bin/bootc, mode: "0755" }
      - { source: files/bootc, destination: /usr/bin/skopeo, mode: "0755" }
  - type: script
    snippets:
      - |
        for kernel in /usr/lib/modules/*; do cp /boot/vmlinuz-* "$kernel/vmlinuz"; done
        rm -rf /boot/* /vmlinuz* /initrd*
        mkdir -p /sysroot && ln -s sysroot/ostree /ostree
        mkdir -p /usr/lib/sysimage && mv /var/lib/dpkg /usr/lib/sysimage/dpkg
        ln -s ../../usr/lib/sysimage/dpkg /var/lib/dpkg
"#;

fn recipe(images: &Images) -> String {
    fs::write(images.place("recipes/test/files/bootc"), STAND_IN).expect("writable");
    let packages = "systemd, systemd-sysv, dbus, ca-certificates, fdisk, ostree, ostree-boot";
    let from = format!(
        "{{ bootstrap: {{ distribution: debian, suite: trixie, packages: [{packages}] }} }}"
    );
    images.recipe("bootc", &from, ENTRIES)
}

/// What is in the folder of the disks.
fn left(images: &Images) -> Vec<PathBuf> {
    let entries = fs::read_dir(images.place("disks")).expect("a folder");
    entries
        .map(|entry| entry.expect("an entry").path())
        .collect()
}

/// The words that make a disk.
fn words(images: &Images, recipe: &str, name: &str, more: &[&str]) -> Vec<String> {
    let file = images.place("disks").join(name).display().to_string();
    let words = ["disk", recipe, "-o", &file];
    let words = words.iter().chain(more);
    words.map(|word| (*word).to_owned()).collect()
}

/// What terroir says when it makes no disk.
fn refused(images: &Images, words: &[String]) -> String {
    let output = images.terroir().output(words);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert_eq!(left(images), Vec::<PathBuf>::new(), "{said}");
    said
}

/// The processes of emulators whose arguments name a path.
fn emulators(path: &Path) -> usize {
    let path = path.display().to_string();
    let entries = fs::read_dir("/proc").expect("processes").flatten();
    let lines = entries.map(|entry| fs::read(entry.path().join("cmdline")).unwrap_or_default());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).into_owned());
    lines
        .filter(|line| line.starts_with("qemu-system") && line.contains(&path))
        .count()
}

#[expect(clippy::disallowed_methods, reason = "tests start the program")]
fn started(store: &Path, words: &[String]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_terroir"))
        .args(words)
        .env("TERROIR_STORE", store)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts")
}

/// Ends an installation as Ctrl-C does, once its machine runs.
fn interrupt(images: &Images, store: &Path, words: &[String]) {
    let mut process = started(store, words);
    let start = Instant::now();
    let work = fs::canonicalize(store).expect("a store").join("tmp");
    while emulators(&work) == 0 {
        let ended = process.try_wait().expect("a child");
        assert!(ended.is_none() && start.elapsed().as_secs() < 300);
        thread::sleep(Duration::from_millis(200));
    }
    let pid = i32::try_from(process.id()).expect("a number");
    let pid = rustix::process::Pid::from_raw(pid).expect("a process");
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it runs");
    let status = process.wait().expect("a child");
    assert!(!status.success());
    assert_eq!((emulators(&work), left(images)), (0, Vec::new()));
}

#[test]
fn bootc_s_own_installer_writes_a_disk() {
    if !is_wanted("more") {
        return;
    }
    let start = Instant::now();
    let images = Images::new();
    fs::create_dir(images.place("disks")).expect("a folder");
    let recipe = recipe(&images);
    images.terroir().run(["build", "--quiet", &recipe]);
    took("more", "an image for bootc", start.elapsed().as_secs_f64());
    let said = images
        .terroir()
        .output(words(&images, &recipe, "a.raw", &[]));
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(
        said.contains("its own bootc installs it: `terroir disk --bootc`"),
        "{said}"
    );

    let failing = words(
        &images,
        &recipe,
        "a.raw",
        &["--bootc", "--filesystem", "btrfs"],
    );
    let said = refused(&images, &failing);
    assert!(
        said.contains("bootc's installer ended with exit code 1"),
        "{said}"
    );
    assert!(said.contains("mkfs.btrfs is not here"), "{said}");
    took(
        "more",
        "a failure of its installer",
        start.elapsed().as_secs_f64(),
    );

    let said = refused(&images, &words(&images, &recipe, "a.raw", &["--bootc=1"]));
    assert!(said.contains("was not done within 1 seconds"), "{said}");
    assert!(said.contains("--bootc=SECONDS"), "{said}");

    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-store");
    interrupt(
        &images,
        &store,
        &words(&images, &recipe, "a.raw", &["--bootc"]),
    );

    let more = ["--bootc", "--size", "6G"];
    images
        .terroir()
        .run(words(&images, &recipe, "a.qcow2", &more));
    took(
        "more",
        "a disk by its installer",
        start.elapsed().as_secs_f64(),
    );
    examine(&images, &recipe);
}

/// A flavour of a few files, which no machine starts from.
fn of_files(images: &Images, files: &[&str]) -> String {
    let line = |path: &&str| format!("      - {{ content: none, destination: {path} }}\n");
    let lines: String = files.iter().map(line).collect();
    let entries = format!("modules:\n  - type: files\n    files:\n{lines}");
    images.recipe("files", "scratch", &entries)
}

#[test]
fn what_bootc_cannot_install_is_refused_and_leaves_nothing() {
    if !is_wanted("more") {
        return;
    }
    let images = Images::new();
    fs::create_dir(images.place("disks")).expect("a folder");
    let kernel = "/usr/lib/modules/6.1/vmlinuz";
    let all = [
        "/usr/bin/bootc",
        kernel,
        "/usr/lib/modules/6.1/initramfs.img",
    ];
    let cases: [(&[&str], &[&str], &str); 5] = [
        (&all[1..], &["--bootc"], "it has no /usr/bin/bootc"),
        (&all[..1], &["--bootc"], "it has no kernel"),
        (
            &all[..2],
            &["--bootc"],
            "it has no /usr/lib/modules/6.1/initramfs.img",
        ),
        (
            &all,
            &["--bootc", "--size=900M"],
            "is too small: the image needs",
        ),
        // QEMU itself does not start such a kernel.
        (
            &all,
            &["--bootc"],
            "the machine ended before its work was done; its last lines:\nqemu",
        ),
    ];
    for (files, more, expected) in cases {
        let recipe = of_files(&images, files);
        let said = refused(&images, &words(&images, &recipe, "a.raw", more));
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

/// Looks at what the stand-in wrote.
fn examine(images: &Images, recipe: &str) {
    let disk = images.place("disks/a.qcow2").display().to_string();
    let raw = images.place("a.raw").display().to_string();
    run("qemu-img", &["check", &disk], b"");
    run("qemu-img", &["convert", "-O", "raw", &disk, &raw], b"");
    let table = run("sfdisk", &["--json", &raw], b"");
    let table: serde_json::Value = serde_json::from_slice(&table).expect("JSON");
    let root = &table["partitiontable"]["partitions"][1];
    assert_eq!(root["name"], "root", "{table}");
    let offset = root["start"].as_u64().expect("a start") * 512;
    let place = format!("{raw}?offset={offset}");
    run("e2fsck", &["-fn", &place], b"");
    let told = run("debugfs", &["-R", "cat /told", &place], b"");
    let told = String::from_utf8_lossy(&told).into_owned();
    let lines: Vec<&str> = told.lines().collect();
    let digest = lines.first().expect("a digest");
    assert!(digest.starts_with("sha256:"), "{told}");
    let known = images.terroir().run(["inspect", "--format=json", recipe]);
    let known: serde_json::Value = serde_json::from_str(&known).expect("JSON");
    assert_eq!(known["platforms"][0]["manifest"], **digest, "{told}");
    assert_eq!(lines.get(1), Some(&FOLLOWED), "{told}");
}
