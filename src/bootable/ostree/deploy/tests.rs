//! Deployments: what the scripts write for GRUB, and what becomes of kernel arguments.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use super::*;
use crate::oci::Digest;
use crate::process::{self, Output, Program};

fn shell(script: &str, environment: &str, arguments: &[&str]) -> Output {
    let mut all = vec![environment, "sh", "-c", script, "sh"];
    all.extend_from_slice(arguments);
    let program = Program {
        name: "env",
        arguments: &all,
        input: b"",
        search: None,
        limit: Duration::from_secs(20),
    };
    process::run(&program).expect("run")
}

#[test]
fn an_update_changes_what_images_asked_for_and_nothing_else() {
    let cases = [
        ("root=x rw quiet a", "a", "a", "root=x rw quiet a"),
        ("root=x rw a quiet", "a", "b", "root=x rw quiet b"),
        ("root=x a local=1", "a b", "b c", "root=x local=1 c"),
        (
            "root=x console=tty0 console=ttyS0",
            "console=tty0 console=ttyS0",
            "console=tty0",
            "root=x console=tty0",
        ),
        ("root=x", "a", "", "root=x"),
        ("a a", "a", "a a", "a a a"),
        ("", "", "x=\"a b\" y", "x=\"a b\" y"),
    ];
    for (line, old, new, expected) in cases {
        let [line, old, new] = [line, old, new].map(argument_words);
        assert_eq!(changed_arguments(&line, &old, &new).join(" "), expected);
    }
}

#[test]
fn an_origin_is_read_as_it_was_written() {
    for reference in ["registry.example/os:stable", ""] {
        let origin = Origin {
            reference: reference.to_owned(),
            manifest: Digest::of(b"x"),
        };
        assert_eq!(Origin::read(&origin.write()), Some(origin));
    }
    assert_eq!(Origin::read("[origin]\nrefspec=x\n"), None);
}

#[test]
fn the_menu_has_the_newest_entry_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let entries = folder.path().join("entries");
    fs::create_dir(&entries).expect("made");
    let output = folder.path().join("grub.cfg");
    let output = output.to_str().expect("UTF-8");
    let none = shell(GENERATOR, "LC_ALL=C", &["-o", output]);
    assert_ne!(none.code, Some(0));
    for (name, version, options) in [
        ("ostree-1.conf", 1, "root=UUID=1 rw"),
        ("ostree-2.conf", 10, "a=$b;c quiet x=\"y z\""),
    ] {
        let text = format!(
            "title It's {version}\nversion {version}\noptions {options}\n\
             linux /ostree/terroir-1/vmlinuz-6\ninitrd /boot/ostree/terroir-1/initramfs-6.img\naboot /x\n"
        );
        fs::write(entries.join(name), text).expect("written");
    }
    assert_eq!(shell(GENERATOR, "LC_ALL=C", &["-o", output]).code, Some(0));
    let mode = fs::metadata(output).expect("written").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let menu = fs::read_to_string(output).expect("written");
    let lines: Vec<&str> = menu.lines().skip(1).collect();
    let expected = [
        "menuentry 'Its 10' --unrestricted {",
        "  linux /ostree/terroir-1/vmlinuz-6 a=\\$b\\;c quiet x=\"y z\"",
        "  initrd /ostree/terroir-1/initramfs-6.img",
        "}",
        "menuentry 'Its 1' --unrestricted {",
        "  linux /ostree/terroir-1/vmlinuz-6 root=UUID=1 rw",
        "  initrd /ostree/terroir-1/initramfs-6.img",
        "}",
    ];
    assert_eq!(lines, expected);
    judge("grub-script-check", &[output], "");
}

#[test]
fn variables_are_written_in_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("grubenv");
    let text = file.to_str().expect("UTF-8");
    let environment = format!("GRUBENV={text}");
    let set = |words: &[&str]| shell(GRUBENV, &environment, words).code;
    let cases: [(&[&str], &str); 5] = [
        (&["tries=3"], "tries=3\n"),
        (&["other=a b", "tries=2"], "other=a b\ntries=2\n"),
        (&["tries="], "other=a b\n"),
        (&["x=1"], "other=a b\nx=1\n"),
        (&[], ""),
    ];
    for (words, expected) in cases {
        assert_eq!(set(words), Some(0));
        assert_eq!(fs::metadata(&file).expect("there").len(), 1024);
        judge("grub-editenv", &[text, "list"], expected);
    }
    let long = format!("x={}", "y".repeat(1100));
    assert_eq!(set(&[long.as_str()]), Some(1));
    assert_eq!(set(&["x"]), Some(2));
    judge("grub-editenv", &[text, "list"], "");
}

/// Asks a program of GRUB, where it is installed.
fn judge(name: &str, arguments: &[&str], expected: &str) {
    let program = Program {
        name,
        arguments,
        input: b"",
        search: None,
        limit: Duration::from_secs(20),
    };
    match process::run(&program) {
        Err(process::Error::Missing { .. }) => {}
        found => {
            let found = found.expect("run");
            assert_eq!(
                found.code,
                Some(0),
                "{}",
                String::from_utf8_lossy(&found.stderr)
            );
            assert_eq!(String::from_utf8_lossy(&found.stdout), expected);
        }
    }
}

#[test]
fn a_commit_is_deployed() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let sysroot = Sysroot::init(folder.path()).expect("made");
    let repository = sysroot.repository().expect("a repository");
    let tree = folder.path().join("tree");
    for path in ["usr/etc", "usr/lib/modules/6.1", "var", "sysroot"] {
        fs::create_dir_all(tree.join(path)).expect("made");
    }
    for (name, text) in [
        ("usr/lib/modules/6.1/vmlinuz", "kernel"),
        ("usr/lib/modules/6.1/initramfs.img", "initramfs"),
        ("usr/lib/os-release", "ID=test\nPRETTY_NAME=\"A test\"\n"),
    ] {
        fs::write(tree.join(name), text).expect("written");
    }
    let repo = format!("--repo={}", repository.path().display());
    let tree = format!("--tree=dir={}", tree.display());
    let commit = ostree(&[], &["commit", &repo, "--orphan", &tree]).expect("committed");
    let origin = Origin {
        reference: "registry.example/os:1".to_owned(),
        manifest: Digest::of(b"x"),
    };
    let arguments = ["root=UUID=1", "rw", "console=tty0", "console=ttyS0"].map(str::to_owned);
    let commit = commit.trim().parse().expect("a checksum");
    let deployment = Deployment {
        commit: &commit,
        arguments: &arguments,
        origin: &origin,
        generator: None,
        staged: false,
    };
    sysroot.deploy(&deployment).expect("deployed");
    let deployed = sysroot.deployed(&commit).expect("there");
    assert!(deployed.join("etc").is_dir());
    let text = fs::read_to_string(deployed.with_file_name(format!("{commit}.0.origin")));
    assert_eq!(Origin::read(&text.expect("there")), Some(origin));
    let menu = folder.path().join("boot/loader/grub.cfg");
    let menu = fs::read_to_string(menu).expect("written by the generator");
    assert!(
        menu.contains("vmlinuz-6.1 root=UUID=1 rw console=tty0 console=ttyS0 ostree="),
        "{menu}"
    );
    let immutable = Path::new(&deployed).display().to_string();
    let _ = shell("chattr -i \"$1\"", "LC_ALL=C", &[&immutable]);
}
