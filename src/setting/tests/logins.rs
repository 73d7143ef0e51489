//! What concerns logins: shells, sudo, limits, banners.

use serde_json::{Value, json};

use super::applied::{checked, execute, met, put, unmet_then_met};
use super::fake::Disk;
use super::programs;
use crate::setting::{Declaration, Kind, Outcome};

const SUDOERS: &str = "\
# The rules of sudo.
Defaults\tenv_reset
Defaults:backup !authenticate, !lecture
Defaults\ttimestamp_timeout=60, !authenticate
root\tALL=(ALL:ALL) ALL
%sudo\tALL=(ALL:ALL) NOPASSWD: ALL
#1000 ALL = NOPASSWD : /bin/x, \\
    PASSWD: /bin/y # NOPASSWD: in a comment
";

fn root() -> Disk {
    let disk = Disk::new();
    disk.write("/etc/sudoers", SUDOERS);
    disk.write(
        "/etc/profile",
        "PATH=/bin\numask 022\n[ -d /x ] && TMOUT=0\n",
    );
    disk.write(
        "/etc/bash.bashrc",
        "if true; then umask 0022; fi # umask 000\n",
    );
    disk.write("/root/.profile", "mesg n\n#umask 000\n");
    disk.write("/etc/os-release", "NAME=\"Debian GNU/Linux\"\nID=debian\n");
    disk.write("/etc/issue", "Debian GNU/Linux 12 \\n \\l\n");
    disk.write("/etc/motd", "Kernel \\r\n");
    disk.write("/etc/security/limits.conf", "* hard core unlimited\n");
    disk
}

#[test]
fn unmet_before_and_met_after() {
    for declaration in [
        json!({"shell": {"umask": "027", "TMOUT": 900}}),
        json!({"sudo": {
            "use_pty": true, "logfile": "/var/log/sudo.log", "timestamp_timeout": 15,
            "env_reset": false, "badpass_message": "No \"no\", one\\two", "!authenticate": "absent",
            "NOPASSWD": "absent",
        }}),
        json!({"limit": {"* hard core": 0, "@users  -  maxlogins": 4}}),
        json!({"banner": {"issue": "any", "issue.net": "Authorized only.", "motd": "any"}}),
    ] {
        unmet_then_met(&mut root(), &declaration);
    }
}

/// Changes a root that meets everything, and finds what is then unmet.
fn unmet_after(declaration: &Value, change: impl Fn(&Disk)) -> Vec<String> {
    let mut disk = root();
    met(&mut disk, std::slice::from_ref(declaration));
    change(&disk);
    let found = checked(&disk, std::slice::from_ref(declaration)).into_iter();
    found
        .filter(|(_, checked)| checked.outcome == Outcome::Unmet)
        .map(|(key, _)| key)
        .collect()
}

#[test]
fn what_violates_it_is_found() {
    let declaration = json!({"sudo": {
        "use_pty": true, "timestamp_timeout": 15, "!authenticate": "absent", "NOPASSWD": "absent",
    }});
    for (file, text, expected) in [
        (
            "/etc/sudoers.d/99",
            "Defaults !use_pty\n",
            &["sudo:use_pty"][..],
        ),
        (
            "/etc/sudoers.d/99",
            "Defaults:bob !use_pty\n",
            &["sudo:use_pty"],
        ),
        ("/etc/sudoers.d/99.off", "Defaults !use_pty\n", &[]),
        ("/etc/sudoers.d/99~", "Defaults !use_pty\n", &[]),
        ("/etc/sudoers.d/10", "Defaults !use_pty\n", &[]),
        ("/etc/sudoers.d/99", "Defaults timestamp_timeout=5\n", &[]),
        (
            "/etc/sudoers.d/99",
            "Defaults timestamp_timeout=-1\n",
            &["sudo:timestamp_timeout"],
        ),
        (
            "/etc/sudoers.d/99",
            "Defaults lecture, \\\n !authenticate\n",
            &["sudo:!authenticate"],
        ),
        (
            "/etc/sudoers.d/99",
            "bob ALL=(root) NOPASSWD:NOEXEC: /bin/x\n",
            &["sudo:NOPASSWD"],
        ),
        ("/etc/sudoers.d/99", "# bob ALL=NOPASSWD: ALL\n", &[]),
    ] {
        let unmet = unmet_after(&declaration, |disk| disk.write(file, text));
        assert_eq!(unmet, expected, "{text}");
    }
    let declaration = json!({"shell": {"umask": "027", "TMOUT": 900}});
    for (file, text, expected) in [
        ("/etc/profile.d/z.sh", "umask 002\n", &["shell:umask"][..]),
        ("/etc/profile.d/z.sh", "umask 077\n", &[]),
        ("/etc/profile.d/z", "umask 002\n", &[]),
        ("/etc/bash.bashrc", "# umask 027\n", &["shell:umask"]),
        ("/root/.bashrc", "umask 022\n", &["shell:umask"]),
        (
            "/etc/profile.d/z.sh",
            "readonly TMOUT=901; export TMOUT\n",
            &["shell:TMOUT"],
        ),
        ("/etc/profile.d/z.sh", "TMOUT=600\n", &[]),
        (
            "/etc/profile.d/terroir-tmout.sh",
            "TMOUT=600\n",
            &["shell:TMOUT"],
        ),
    ] {
        let unmet = unmet_after(&declaration, |disk| disk.write(file, text));
        assert_eq!(unmet, expected, "{file} {text}");
    }
    let declaration = json!({"limit": {"* hard core": 0}});
    for (file, text, expected) in [
        (
            "/etc/security/limits.d/99-x.conf",
            "* - core 1\n",
            &["limit:* hard core"][..],
        ),
        ("/etc/security/limits.d/99-x", "* - core 1\n", &[]),
        ("/etc/security/limits.d/10-x.conf", "* - core 1\n", &[]),
        ("/etc/security/limits.d/99-x.conf", "* soft core 1\n", &[]),
    ] {
        let unmet = unmet_after(&declaration, |disk| disk.write(file, text));
        assert_eq!(unmet, expected, "{text}");
    }
    let declaration = json!({"banner": {"issue": "any", "motd": "Only us."}});
    for (file, text, expected) in [
        ("/etc/issue", "Welcome\n", &[][..]),
        ("/etc/issue", "\n", &["banner:issue"]),
        ("/etc/issue", "on \\m\n", &["banner:issue"]),
        ("/etc/issue", "a debian system\n", &["banner:issue"]),
        ("/etc/motd", "Welcome\n", &["banner:motd"]),
    ] {
        let unmet = unmet_after(&declaration, |disk| disk.write(file, text));
        assert_eq!(unmet, expected, "{text}");
    }
}

#[test]
fn without_sudo_its_settings_do_not_apply() {
    let mut disk = Disk::new();
    let declarations = [json!({"sudo": {"use_pty": true}})];
    put(&mut disk, &declarations).expect("renders");
    let found = checked(&disk, &declarations);
    assert_eq!(found["sudo:use_pty"].outcome, Outcome::NotApplicable);
}

#[test]
fn declarations_that_are_mistakes() {
    for (declaration, message) in [
        (
            json!({"shell": {"umask": 27}}),
            "the umask is not octal text",
        ),
        (
            json!({"shell": {"umask": "0999"}}),
            "the umask is not octal text",
        ),
        (json!({"shell": {"TMOUT": 0}}), "never ends a shell"),
        (json!({"sudo": {"NOPASSWD": true}}), "can only be absent"),
        (
            json!({"sudo": {"Use Pty": true}}),
            "is not a Default of sudo",
        ),
        (json!({"sudo": {"logfile": "a\nb"}}), "longer than one line"),
        (json!({"limit": {"core": 0}}), "is not a limit"),
        (
            json!({"limit": {"* firm core": 0}}),
            "not a class of limits",
        ),
        (json!({"limit": {"* hard cores": 0}}), "cannot be limited"),
        (json!({"limit": {"* hard core": "none"}}), "is not a limit"),
        (json!({"banner": {"isue": "x"}}), "no banner `isue`"),
        (json!({"banner": {"issue": "on \\m"}}), "tells everybody"),
        (json!({"banner": {"motd": " "}}), "is empty"),
    ] {
        let decoded: Declaration = serde_json::from_value(declaration.clone()).expect("decodes");
        let errors = decoded.settings(&super::fake::Repository::default());
        let errors = errors.expect_err(&declaration.to_string());
        assert!(errors[0].message.contains(message), "{:?}", errors[0]);
        assert!(errors[0].hint.is_some(), "{declaration}");
    }
}

#[test]
fn visudo_and_a_shell_read_what_is_written() {
    let mut disk = root();
    let declarations = [
        json!({"sudo": {
            "use_pty": true, "logfile": "/var/log/sudo.log", "timestamp_timeout": 15,
            "badpass_message": "No \"no\", one\\two", "!authenticate": "absent", "NOPASSWD": "absent",
        }}),
        json!({"shell": {"umask": "027", "TMOUT": 900}}),
    ];
    put(&mut disk, &declarations).expect("renders");
    let at = |path: &str| disk.root.path().join(path).to_string_lossy().into_owned();
    for path in ["etc/sudoers.d/60-terroir", "etc/sudoers"] {
        let text = std::fs::read_to_string(at(path)).expect("written");
        let text = text.replace("@includedir /etc/sudoers.d", "");
        std::fs::write(at("copy"), text).expect("a copy");
        let _ = programs::says("visudo", &["-cf", &at("copy")]);
    }
    let script = format!(
        ". {}; . {}; umask; echo $TMOUT; (TMOUT=1) 2>/dev/null || echo fixed",
        at("etc/profile.d/terroir-umask.sh"),
        at("etc/profile.d/terroir-tmout.sh")
    );
    if let Some(said) = programs::says("bash", &["-c", &script]) {
        assert_eq!(said, "0027\n900\nfixed\n");
    }
    if let Some(said) = programs::says("sh", &["-c", &script.replace("(TMOUT=1)", "false")]) {
        assert!(said.starts_with("0027\n"), "{said}");
    }
}

#[test]
fn a_parents_file_is_kept_when_one_more_is_added() {
    let mut disk = Disk::new();
    put(&mut disk, &[json!({"limit": {"* hard core": 0}})]).expect("renders");
    let all = super::render::table(&[json!({"limit": {"* hard core": 0, "* soft nproc": 9}})]);
    let all = &all[&Kind::LIMIT];
    let touched = ["* soft nproc".to_owned()].into();
    let actions = Kind::LIMIT.render(all, &touched, &mut disk);
    execute(&disk, &actions.expect("renders"));
    let found = checked(
        &disk,
        &[json!({"limit": {"* hard core": 0, "* soft nproc": 9}})],
    );
    assert!(
        found
            .values()
            .all(|checked| checked.outcome == Outcome::Met)
    );
}
