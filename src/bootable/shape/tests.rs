//! The parts of the shape, judged by systemd where it reads what they write.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use super::accounts::accounts;
use super::enablement::move_links;
use super::error::ShapeError;
use super::initramfs::{Inputs, inputs_path};
use super::kernel::{kernel, place};
use super::reads::is_read;
use super::rules::{Fate, Rules};
use super::run::shape;
use super::var::{Var, stated};
use crate::action::LifeCycle;
use crate::process::{Program, run};
use crate::tree::OpenRoot;

/// A root with files, each folder made for them; a target in place of a text makes a link.
pub(super) fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("writable");
        match text.strip_prefix("-> ") {
            Some(target) => symlink(target, &path).expect("writable"),
            None => fs::write(&path, text).expect("writable"),
        }
    }
    root
}

/// Runs a program of systemd on a root; none where it is not installed.
pub(super) fn systemd(name: &str, arguments: &[&str]) -> Option<String> {
    let program = Program {
        name,
        arguments,
        input: b"",
        search: None,
        limit: std::time::Duration::from_secs(60),
    };
    let output = run(&program).ok()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.code, Some(0), "{name}: {said}");
    Some(said)
}

#[test]
fn accounts_keep_their_numbers_on_a_machine_without_them() {
    let passwd = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n\
        _chrony:x:100:102:Chrony daemon,,,:/var/lib/chrony:/usr/sbin/nologin\n\
        sshd:x:996:65534:sshd user:/run/sshd:/usr/sbin/nologin\n\
        ops:x:1000:1000::/home/ops:/bin/bash\n";
    let group = "root:x:0:\ndaemon:x:1:\nadm:x:4:ops,daemon\n_chrony:x:102:\nnogroup:x:65534:\nops:x:1000:\n";
    let basic =
        "u root 0 - /root /bin/bash\ng adm 4 -\nu sshd - \"sshd user\" /run/sshd\n".to_owned();
    let text = accounts(passwd, group, std::slice::from_ref(&basic)).expect("valid");
    assert!(!text.contains("u root"), "{text}");
    assert!(!text.contains("g adm 4"), "{text}");
    let machine = root(&[
        ("usr/lib/sysusers.d/00-terroir-accounts.conf", &text),
        ("usr/lib/sysusers.d/basic.conf", &basic),
        ("etc/hostname", "x\n"),
    ]);
    let at = format!("--root={}", machine.path().display());
    if systemd("systemd-sysusers", &[&at]).is_none() {
        return;
    }
    let numbers = |text: &str, fields: &[usize]| -> BTreeSet<String> {
        let cut = |line: &str| {
            let all: Vec<&str> = line.split(':').collect();
            let wanted: Vec<&str> = fields.iter().map(|field| all[*field]).collect();
            wanted.join(":")
        };
        text.lines().map(cut).collect()
    };
    let made = fs::read_to_string(machine.path().join("etc/passwd")).expect("made");
    assert_eq!(
        numbers(&made, &[0, 2, 3, 5]),
        numbers(passwd, &[0, 2, 3, 5])
    );
    let made = fs::read_to_string(machine.path().join("etc/group")).expect("made");
    assert_eq!(numbers(&made, &[0, 2]), numbers(group, &[0, 2]));
    let adm = made
        .lines()
        .find(|line| line.starts_with("adm:"))
        .expect("adm");
    assert!(
        adm.ends_with("ops,daemon") || adm.ends_with("daemon,ops"),
        "{adm}"
    );
}

#[test]
fn a_machine_makes_the_same_var() {
    let image = root(&[
        ("var/lib/acme/data base", "x"),
        ("var/lib/50%/empty/gone", "x"),
        ("var/log/apt/term.log", "x"),
        ("var/lib/dpkg", "-> ../../usr/lib/sysimage/dpkg"),
        ("var/run", "-> /run"),
        ("var/lib/pam/seen", "x"),
    ]);
    let mode = |path: &str, mode: u32| {
        let bits = fs::Permissions::from_mode(mode);
        fs::set_permissions(image.path().join(path), bits).expect("mine");
    };
    mode("var/lib/acme", 0o2750);
    mode("var/lib/acme/data base", 0o640);
    let mut rules = Rules::default();
    let own = "# ours\ncopy /var/lib/acme/\ndiscard /var/lib/50%/\n";
    rules.read(&place("/x.conf"), own).expect("valid");
    let known: BTreeSet<String> =
        stated("d /var/log 0755 - - -\nL /var/run - - - - ../run\n").collect();
    let mut open = OpenRoot::open(image.path()).expect("a root");
    let entries = open.below(&place("/var")).expect("readable");
    let var = Var::of(&entries, &rules, &known);
    assert_eq!(var.unknown, []);
    assert_eq!(var.copied, [place("/var/lib/acme/data base")]);
    assert!(
        !var.lines.contains("pam") && !var.lines.contains("/var/run"),
        "{}",
        var.lines
    );
    let machine = root(&[
        ("usr/lib/tmpfiles.d/terroir-var.conf", &var.lines),
        ("usr/share/factory/var/lib/acme/data base", "x"),
        ("etc/passwd", "root:x:0:0::/root:/bin/sh\n"),
    ]);
    let at = format!("--root={}", machine.path().display());
    if systemd("systemd-tmpfiles", &["--create", &at, "--prefix=/var"]).is_none() {
        return;
    }
    for path in [
        "var/lib/acme",
        "var/lib/acme/data base",
        "var/lib/50%/empty",
        "var/log/apt",
    ] {
        let wanted = fs::metadata(image.path().join(path)).expect("there").mode();
        let made = fs::metadata(machine.path().join(path)).expect(path).mode();
        assert_eq!(made & 0o7777, wanted & 0o7777, "{path}");
    }
    let link = fs::read_link(machine.path().join("var/lib/dpkg")).expect("a link");
    assert_eq!(link, Path::new("../../usr/lib/sysimage/dpkg"));
    assert!(!machine.path().join("var/lib/50%/empty/gone").exists());
}

#[test]
fn files_below_var_have_one_fate() {
    let mut rules = Rules::default();
    let own = "copy /var/cache/acme/\ndiscard /var/roothome/.bashrc\ncopy /var/lib/x\n";
    rules.read(&place("/x.conf"), own).expect("valid");
    for (path, fate) in [
        ("/var/cache/ldconfig/aux", Some(Fate::Discard)),
        ("/var/cache/acme/a/b", Some(Fate::Copy)),
        ("/var/roothome/.profile", Some(Fate::Copy)),
        ("/var/roothome/.bashrc", Some(Fate::Discard)),
        ("/var/lib/x", Some(Fate::Copy)),
        ("/var/lib/x/y", None),
        ("/var/lib/apt/extended_states", Some(Fate::Forget)),
        ("/var/lib/aptitude", None),
    ] {
        assert_eq!(rules.fate(&place(path)), fate, "{path}");
    }
    for (text, why) in [
        ("copy", "line 1: it has no path"),
        (
            "# x\nkeep /var/x",
            "line 2: a rule begins with copy or discard",
        ),
        ("copy /etc/x", "line 1: only paths below /var have rules"),
    ] {
        let error = Rules::default()
            .read(&place("/x.conf"), text)
            .expect_err(text);
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn a_root_has_one_kernel() {
    for (files, wanted) in [
        (vec!["usr/lib/modules/6.1/vmlinuz"], Ok("6.1")),
        (
            vec!["usr/lib/modules/6.1/kernel/x.ko", "boot/vmlinuz-6.1"],
            Ok("6.1"),
        ),
        (
            vec![
                "usr/lib/modules/6.0/modules.dep",
                "usr/lib/modules/6.1/vmlinuz",
            ],
            Ok("6.1"),
        ),
        (
            vec!["usr/lib/modules/6.1/kernel/x.ko"],
            Err("has modules and no image"),
        ),
        (vec!["etc/passwd"], Err("there is no kernel")),
        (
            vec![
                "usr/lib/modules/6.1/vmlinuz",
                "usr/lib/modules/6.2/kernel/x.ko",
            ],
            Err("there are 2 kernels, and machines of an image boot one: 6.1, 6.2"),
        ),
    ] {
        let all: Vec<(&str, &str)> = files.iter().map(|path| (*path, "x")).collect();
        let folder = root(&all);
        let found = kernel(&mut OpenRoot::open(folder.path()).expect("a root"));
        match (found, wanted) {
            (Ok(found), Ok(wanted)) => assert_eq!(found, wanted, "{files:?}"),
            (Err(error), Err(why)) => assert!(error.to_string().contains(why), "{error}"),
            (found, _) => panic!("{files:?}: {found:?}"),
        }
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of links is long")]
fn enabled_units_move_below_usr() {
    let folder = root(&[
        (
            "etc/systemd/system/multi-user.target.wants/ssh.service",
            "-> /usr/lib/systemd/system/ssh.service",
        ),
        (
            "etc/systemd/system/multi-user.target.wants/own.service",
            "-> ../own.service",
        ),
        ("etc/systemd/system/own.service", "[Service]\n"),
        (
            "etc/systemd/system/sshd.service",
            "-> /usr/lib/systemd/system/ssh.service",
        ),
        (
            "etc/systemd/system/alias.service",
            "-> /etc/systemd/system/own.service",
        ),
        ("etc/systemd/system/apt-daily.timer", "-> /dev/null"),
        (
            "etc/systemd/system/hidden.service",
            "-> /usr/lib/systemd/system/ssh.service",
        ),
        ("usr/lib/systemd/system/hidden.service", "[Service]\n"),
        ("usr/lib/systemd/system/ssh.service", "[Service]\n"),
        (
            "etc/systemd/user/sockets.target.wants/a.socket",
            "-> /usr/lib/systemd/user/a.socket",
        ),
    ]);
    move_links(&mut OpenRoot::open(folder.path()).expect("a root")).expect("moves");
    let at = |path: &str| folder.path().join(path);
    for (path, target) in [
        (
            "usr/lib/systemd/system/multi-user.target.wants/ssh.service",
            "/usr/lib/systemd/system/ssh.service",
        ),
        (
            "usr/lib/systemd/system/multi-user.target.wants/own.service",
            "/etc/systemd/system/own.service",
        ),
        (
            "usr/lib/systemd/system/sshd.service",
            "/usr/lib/systemd/system/ssh.service",
        ),
        (
            "usr/lib/systemd/user/sockets.target.wants/a.socket",
            "/usr/lib/systemd/user/a.socket",
        ),
        (
            "etc/systemd/system/alias.service",
            "/etc/systemd/system/own.service",
        ),
        ("etc/systemd/system/apt-daily.timer", "/dev/null"),
        (
            "etc/systemd/system/hidden.service",
            "/usr/lib/systemd/system/ssh.service",
        ),
    ] {
        assert_eq!(
            fs::read_link(at(path)).expect(path),
            Path::new(target),
            "{path}"
        );
    }
    assert!(!at("etc/systemd/system/multi-user.target.wants").exists());
    assert!(!at("etc/systemd/system/sshd.service").is_symlink());
}

#[test]
fn an_initramfs_is_made_again_when_what_it_reads_changed() {
    let folder = root(&[
        ("usr/lib/modules/6.1/vmlinuz", "kernel"),
        ("usr/lib/modules/6.1/initramfs.img", "image"),
        (
            "usr/lib/dracut/modules.d/90crypt/module-setup.sh",
            "require_binaries cryptsetup\nlibcryptsetup.so.*\n",
        ),
        ("usr/bin/sh", "sh"),
        ("usr/lib/os-release", "ID=debian\nVARIANT_ID=a\n"),
        ("etc/passwd", "root:x:0:0::/root:/bin/sh\n"),
    ]);
    let image = place("/usr/lib/modules/6.1/initramfs.img");
    let mut open = OpenRoot::open(folder.path()).expect("a root");
    let list = "/etc/passwd\n/usr/bin/sh\n";
    let inputs = Inputs::of(&mut open, "6.1", (&image, list)).expect("read");
    open.write(&inputs_path("6.1"), inputs.text().as_bytes(), 0o644)
        .expect("written");
    assert!(Inputs::hold(&mut open, "6.1", &image).expect("read"));
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("writable");
        fs::write(path, text).expect("writable");
    };
    for (path, text, holds) in [
        ("etc/motd", "hello", true),
        ("usr/bin/nginx", "x", true),
        ("usr/lib/os-release", "ID=debian\nVARIANT_ID=b\n", true),
        (
            "etc/passwd",
            "root:x:0:0::/root:/bin/sh\nops:x:9:9:::\n",
            true,
        ),
        ("usr/bin/cryptsetup", "x", false),
        ("usr/lib/x86_64-linux-gnu/libcryptsetup.so.12", "x", false),
        ("usr/bin/sh", "another", false),
        ("etc/modprobe.d/a.conf", "blacklist x", false),
        ("usr/lib/modules/6.1/extra/new.ko", "x", false),
        ("usr/lib/dracut/modules.d/90crypt/run.sh", "x", false),
        ("usr/lib/modules/6.1/initramfs.img", "tampered", false),
    ] {
        let before = fs::read(folder.path().join(path)).ok();
        write(path, text);
        assert_eq!(
            Inputs::hold(&mut open, "6.1", &image).expect("read"),
            holds,
            "{path}"
        );
        match before {
            Some(bytes) => fs::write(folder.path().join(path), bytes).expect("writable"),
            None => fs::remove_file(folder.path().join(path)).expect("mine"),
        }
    }
}

#[test]
fn what_nobody_knows_below_var_is_named_with_its_package() {
    let folder = root(&[
        ("usr/lib/modules/6.1/vmlinuz", "kernel"),
        ("usr/bin/bootc", "x"),
        (
            "usr/lib/sysimage/dpkg/info/acme.list",
            "/.\n/var\n/var/lib\n/var/lib/acme\n",
        ),
        (
            "usr/lib/sysimage/dpkg/info/base.list",
            "/.\n/var\n/var/lib\n",
        ),
        ("var/lib/acme/state", "x"),
        ("etc/passwd", ""),
        ("etc/group", ""),
    ]);
    let mut scripts = |_: &str, _: &str, _: &[&str]| -> Result<(), ShapeError> { Ok(()) };
    let error = shape(folder.path(), LifeCycle::Bootc, &mut scripts).expect_err("unknown");
    let said = error.to_string();
    assert!(
        said.contains("/var/lib/acme/state (package acme)"),
        "{said}"
    );
    assert!(error.hint().is_some_and(|hint| hint.contains("`var:`")));
}

#[test]
fn a_root_is_shaped_again_where_something_came_that_the_shape_reads() {
    for (path, read) in [
        ("/etc/motd", false),
        ("/usr/lib/sysctl.d/99-a.conf", false),
        ("/usr/lib/bootc/kargs.d/50-a.toml", false),
        ("/etc/passwd-", false),
        ("/etc/passwd", true),
        ("/etc/dracut.conf.d/a.conf", true),
        ("/etc/vconsole.conf", true),
        ("/etc/multipath.conf", true),
        ("/usr/lib/modules/6.1/extra/a.ko", true),
        ("/usr/share/terroir/var.d/a.conf", true),
        ("/var/lib/acme/state", true),
        ("/etc/systemd/system/a.service", true),
        (
            "/etc/systemd/system/multi-user.target.wants/a.service",
            true,
        ),
    ] {
        assert_eq!(is_read(&place(path)), read, "{path}");
    }
}
