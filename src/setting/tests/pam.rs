//! Stacks of PAM.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::applied::{checked, listing, met, put, unmet_then_met};
use super::fake::Disk;
use crate::setting::Outcome;

/// Profiles as packages bring them: name and text.
const UNIX: &str = "\
Name: Unix authentication
Default: yes
Priority: 256
Auth-Type: Primary
Auth:
	[success=end default=ignore]	pam_unix.so nullok try_first_pass
Auth-Initial:
	[success=end default=ignore]	pam_unix.so nullok
Account-Type: Primary
Account:
	[success=end new_authtok_reqd=done default=ignore]	pam_unix.so
Account-Initial:
	[success=end new_authtok_reqd=done default=ignore]	pam_unix.so
Session-Type: Additional
Session:
	required	pam_unix.so
Session-Initial:
	required	pam_unix.so
Password-Type: Primary
Password:
	[success=end default=ignore]	pam_unix.so obscure use_authtok try_first_pass sha512
Password-Initial:
	[success=end default=ignore]	pam_unix.so obscure sha512
";

const QUALITY: &str = "\
Name: Judged passwords
Default: yes
Priority: 1024
Conflicts: cracklib
Password-Type: Primary
Password:
	requisite			pam_pwquality.so retry=3
Password-Initial:
	requisite			pam_pwquality.so retry=3
";

const HOME: &str = "\
Name: Home at login
Default: no
Priority: 0
Session-Type: Additional
Session-Interactive-Only: yes
Session:
	optional			pam_mkhomedir.so
";

const PROFILES: [(&str, &str); 3] = [("unix", UNIX), ("pwquality", QUALITY), ("mkhomedir", HOME)];

const SU: &str = "\
# The PAM configuration file for su
auth       sufficient pam_rootok.so
# auth       required   pam_wheel.so
session       required   pam_env.so readenv=1
@include common-auth
";

/// A root whose stacks stand as after the installation of Debian.
pub(crate) fn root() -> Disk {
    let disk = Disk::new();
    let stack = |name: &str, primary: &str, additional: &str| {
        let facility = name.split('-').next().expect("a word");
        let text = format!(
            "# /etc/pam.d/common-{name}\n\
             # here are the per-package modules (the \"Primary\" block)\n{primary}\
             # here's the fallback if no module succeeds\n{facility}\trequisite\t\t\tpam_deny.so\n\
             {facility}\trequired\t\t\tpam_permit.so\n\
             # and here are more per-package modules (the \"Additional\" block)\n{additional}\
             # end of pam-auth-update config\n"
        );
        disk.write(&format!("/etc/pam.d/common-{name}"), &text);
    };
    stack(
        "auth",
        "auth\t[success=1 default=ignore]\tpam_unix.so nullok\n",
        "",
    );
    stack(
        "account",
        "account\t[success=1 new_authtok_reqd=done default=ignore]\tpam_unix.so \n",
        "",
    );
    stack(
        "password",
        "password\trequisite\t\t\tpam_pwquality.so retry=3\n\
         password\t[success=1 default=ignore]\tpam_unix.so obscure use_authtok try_first_pass sha512\n",
        "",
    );
    let session = (
        "session\t[default=1]\t\t\tpam_permit.so\n",
        "session\trequired\tpam_unix.so \n",
    );
    stack("session", session.0, session.1);
    stack("session-noninteractive", session.0, session.1);
    let unix = |line: &str| format!("Module: unix\n{line}\n");
    let saved = |name: &str, text: &str| disk.write(&format!("/var/lib/pam/{name}"), text);
    saved(
        "auth",
        &unix("[success=end default=ignore]\tpam_unix.so nullok"),
    );
    saved(
        "account",
        &unix("[success=end new_authtok_reqd=done default=ignore]\tpam_unix.so"),
    );
    saved(
        "password",
        &format!(
            "Module: pwquality\nrequisite\t\t\tpam_pwquality.so retry=3\n{}",
            unix(
                "[success=end default=ignore]\tpam_unix.so obscure use_authtok try_first_pass sha512"
            )
        ),
    );
    let session = format!(
        "Module: null\n[default=1]\t\t\tpam_permit.so\n{}",
        unix("required\tpam_unix.so")
    );
    saved("session", &session);
    saved("session-noninteractive", &session);
    saved("seen", "pwquality\nunix\nmkhomedir\n");
    for (name, text) in PROFILES {
        disk.write(&format!("/usr/share/pam-configs/{name}"), text);
    }
    disk.write("/etc/pam.d/su", SU);
    disk
}

pub(super) fn everything() -> Value {
    json!({"pam": {
        "faillock": true, "pwquality": true, "pwhistory": true, "nullok": false,
        "wheel": "sugroup", "unix-hash": "yescrypt",
    }})
}

pub(super) fn text(disk: &Disk, path: &str) -> String {
    std::fs::read_to_string(disk.root.path().join(path)).expect(path)
}

/// The lines of a file without its comments.
pub(super) fn lines(disk: &Disk, path: &str) -> String {
    let text = text(disk, path);
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.fold(String::new(), |mut out, line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let _ = writeln!(out, "{}", words.join(" "));
        out
    })
}

#[test]
fn stacks_are_what_the_benchmark_asks_for() {
    let mut disk = root();
    unmet_then_met(
        &mut disk,
        &json!({"pam": {"faillock": true, "pwhistory": true, "nullok": false, "wheel": "sugroup", "unix-hash": "yescrypt"}}),
    );
    assert_eq!(
        lines(&disk, "etc/pam.d/common-auth"),
        "auth required pam_faillock.so preauth\n\
         auth [success=3 default=ignore] pam_unix.so try_first_pass\n\
         auth [default=die] pam_faillock.so authfail\n\
         auth sufficient pam_faillock.so authsucc\n\
         auth requisite pam_deny.so\nauth required pam_permit.so\n"
    );
    assert_eq!(
        lines(&disk, "etc/pam.d/common-account"),
        "account required pam_faillock.so\n\
         account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so\n\
         account requisite pam_deny.so\naccount required pam_permit.so\n"
    );
    assert_eq!(
        lines(&disk, "etc/pam.d/common-password"),
        "password requisite pam_pwquality.so retry=3\n\
         password requisite pam_pwhistory.so remember=24 enforce_for_root try_first_pass use_authtok\n\
         password [success=1 default=ignore] pam_unix.so obscure use_authtok try_first_pass yescrypt\n\
         password requisite pam_deny.so\npassword required pam_permit.so\n"
    );
    assert_eq!(
        lines(&disk, "etc/pam.d/su"),
        "auth sufficient pam_rootok.so\nauth required pam_wheel.so use_uid group=sugroup\n\
         session required pam_env.so readenv=1\n@include common-auth\n"
    );
    assert_eq!(
        text(&disk, "var/lib/pam/seen"),
        "terroir-faillock\npwquality\nterroir-pwhistory\nunix\nterroir-faillock-failed\nmkhomedir\n"
    );
}

#[test]
fn taking_everything_back_leaves_the_root_as_it_was() {
    let mut disk = root();
    disk.write(
        "/usr/share/pam-configs/unix",
        &UNIX.replace("sha512", "yescrypt"),
    );
    for path in ["etc/pam.d/common-password", "var/lib/pam/password"] {
        let yescrypt = text(&disk, path).replace("sha512", "yescrypt");
        disk.write(&format!("/{path}"), &yescrypt);
    }
    disk.write(
        "/etc/pam.d/su",
        "auth required pam_wheel.so use_uid group=sugroup\n",
    );
    let before = listing(&disk);
    met(&mut disk, &[everything()]);
    assert_ne!(listing(&disk), before);
    let back = json!({"pam": {
        "faillock": false, "pwhistory": false, "nullok": true, "unix-hash": "yescrypt",
    }});
    met(&mut disk, &[back]);
    assert_eq!(listing(&disk), before);
}

#[test]
fn what_violates_it_is_found() {
    for (path, old, new, key) in [
        ("common-auth", "preauth", "preauth_", "pam:faillock"),
        (
            "common-auth",
            "required\t\t\tpam_faillock",
            "optional\t\t\tpam_faillock",
            "pam:faillock",
        ),
        (
            "common-auth",
            "pam_unix.so try",
            "pam_unix.so nullok try",
            "pam:nullok",
        ),
        (
            "common-account",
            "pam_faillock.so",
            "pam_x.so",
            "pam:faillock",
        ),
        (
            "common-password",
            "remember=24",
            "remember=23",
            "pam:pwhistory",
        ),
        ("common-password", " enforce_for_root", "", "pam:pwhistory"),
        (
            "common-password",
            "try_first_pass use_authtok\n",
            "\n",
            "pam:pwhistory",
        ),
        (
            "common-password",
            "requisite\t\t\tpam_pwq",
            "optional\t\t\tpam_pwq",
            "pam:pwquality",
        ),
        ("common-password", "yescrypt", "sha512", "pam:unix-hash"),
        ("su", "auth required", "# auth required", "pam:wheel"),
        ("su", "group=sugroup", "group=users", "pam:wheel"),
        ("su", "use_uid ", "", "pam:wheel"),
        (
            "login",
            "",
            "auth required pam_unix.so nullok\n",
            "pam:nullok",
        ),
    ] {
        let mut disk = root();
        met(&mut disk, &[everything()]);
        let file = format!("/etc/pam.d/{path}");
        disk.write("/etc/pam.d/login", "x\n");
        let whole = text(&disk, file.trim_start_matches('/'));
        assert!(whole.contains(old), "{path} has {old}");
        disk.write(&file, &whole.replacen(old, new, 1));
        for (found, checked) in checked(&disk, &[everything()]) {
            let expected = match found == key {
                true => Outcome::Unmet,
                false => Outcome::Met,
            };
            assert_eq!(
                checked.outcome, expected,
                "{path} {new}: {found} {}",
                checked.found
            );
            if found == key {
                let place = checked.place.expect("a place");
                assert!(
                    place.path.to_string().starts_with("/etc/pam.d/"),
                    "{place:?}"
                );
            }
        }
    }
}

/// What is done to a root.
type Change<'a> = &'a dyn Fn(&Disk);

#[test]
fn roots_that_are_refused() {
    let by_hand = |disk: &Disk| {
        let stack = text(disk, "etc/pam.d/common-auth");
        let more = stack.replacen("auth\t", "auth\trequired\tpam_x.so\nauth\t", 1);
        disk.write("/etc/pam.d/common-auth", &more);
    };
    let without = |path: &'static str| {
        move |disk: &Disk| std::fs::remove_file(disk.root.path().join(path)).expect("there")
    };
    let fedora = |disk: &Disk| {
        std::fs::remove_file(disk.root.path().join("etc/pam.d/common-auth")).expect("there");
        disk.write("/etc/pam.d/system-auth", "auth required pam_unix.so\n");
    };
    let cases: [(Change<'_>, &str, &str); 5] = [
        (&by_hand, "was edited by hand", "pam-auth-update --force"),
        (&fedora, "authselect", "family == 'debian'"),
        (
            &without("var/lib/pam/auth"),
            "not both in the image",
            "libpam-runtime",
        ),
        (
            &without("usr/share/pam-configs/pwquality"),
            "nothing in the image checks",
            "libpam-pwquality",
        ),
        (
            &without("etc/pam.d/su"),
            "/etc/pam.d/su does not exist",
            "install the package",
        ),
    ];
    for (change, message, hint) in cases {
        let mut disk = root();
        change(&disk);
        let refusal = put(&mut disk, &[everything()]).expect_err(message);
        assert!(refusal.to_string().contains(message), "{refusal}");
        assert!(refusal.hint().contains(hint), "{}", refusal.hint());
    }
}
