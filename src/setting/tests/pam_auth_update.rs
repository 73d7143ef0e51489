//! Stacks of PAM, with the real `pam-auth-update` as the reference.

use std::path::Path;

use super::applied::{listing, met};
use super::fake::Disk;
use super::pam::{everything, lines, root, text};

const DIRECTORY: &str = "\
Name: Logins from a directory
Default: yes
Priority: 128
Auth-Type: Primary
Auth:
	[success=end default=ignore]	pam_sss.so use_first_pass
Account-Type: Additional
Account:
	sufficient			pam_localuser.so
	[default=bad success=ok user_unknown=ignore]	pam_sss.so
Session-Type: Additional
Session-Interactive-Only: yes
Session:
	optional			pam_sss.so
Password-Type: Primary
Password:
	sufficient			pam_sss.so use_authtok
";

/// Runs the real `pam-auth-update` over the stacks of a root, in a mount namespace of its own where
/// this machine's stacks, profiles and debconf database are hidden by those of the root.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the program may be missing outside of CI"
)]
fn pam_auth_update(disk: &Disk, arguments: &str) -> Option<String> {
    let strict = std::env::var_os("TERROIR_TEST_STRICT").is_some_and(|strict| strict == "1");
    let there = Path::new("/usr/sbin/pam-auth-update").exists();
    if !there || !rustix::process::geteuid().is_root() {
        assert!(
            !strict,
            "pam-auth-update is not installed, or this is not root"
        );
        eprintln!("skipped: pam-auth-update is not installed, or this is not root");
        return None;
    }
    let script = format!(
        "set -eu\n\
         cp -a /var/cache/debconf \"$1/debconf\"\n\
         mount --bind \"$1/debconf\" /var/cache/debconf\n\
         mount --bind \"$1/etc/pam.d\" /etc/pam.d\n\
         mount --bind \"$1/var/lib/pam\" /var/lib/pam\n\
         mount --bind \"$1/usr/share/pam-configs\" /usr/share/pam-configs\n\
         DEBIAN_FRONTEND=noninteractive pam-auth-update {arguments} 2>&1\n"
    );
    let output = std::process::Command::new("unshare")
        .args([
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-c",
            &script,
            "sh",
        ])
        .arg(disk.root.path())
        .output()
        .expect("unshare starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{error}");
    std::fs::remove_dir_all(disk.root.path().join("debconf")).expect("the copy");
    Some(said)
}

#[test]
fn pam_auth_update_takes_it_for_its_own_work() {
    let mut disk = root();
    // The stacks as it makes them itself, from its own templates.
    for path in [
        "account",
        "auth",
        "password",
        "session",
        "session-noninteractive",
        "seen",
    ] {
        std::fs::remove_file(disk.root.path().join("var/lib/pam").join(path)).expect("there");
    }
    if pam_auth_update(&disk, "--force").is_none() {
        return;
    }
    for name in ["common-auth", "common-password"] {
        let old = format!("etc/pam.d/{name}.pam-old");
        let _ = std::fs::remove_file(disk.root.path().join(old));
    }
    met(&mut disk, &[everything()]);
    let ours = listing(&disk);
    let said = pam_auth_update(&disk, "--package").expect("there");
    assert!(!said.contains("Local modifications"), "{said}");
    assert_eq!(listing(&disk), ours, "it changes nothing");

    disk.write("/usr/share/pam-configs/sss", DIRECTORY);
    let said = pam_auth_update(&disk, "--package").expect("there");
    assert!(!said.contains("Local modifications"), "{said}");
    assert_eq!(
        lines(&disk, "etc/pam.d/common-auth"),
        "auth required pam_faillock.so preauth\n\
         auth [success=4 default=ignore] pam_unix.so try_first_pass\n\
         auth [success=3 default=ignore] pam_sss.so use_first_pass\n\
         auth [default=die] pam_faillock.so authfail\n\
         auth sufficient pam_faillock.so authsucc\n\
         auth requisite pam_deny.so\nauth required pam_permit.so\n"
    );
    let with_directory = listing(&disk);
    met(&mut disk, &[everything()]);
    assert_eq!(listing(&disk), with_directory, "made the same here");

    let said = pam_auth_update(&disk, "--remove sss").expect("there");
    assert!(!said.contains("Local modifications"), "{said}");
    assert!(!lines(&disk, "etc/pam.d/common-auth").contains("pam_sss"));
    assert_eq!(
        text(&disk, "etc/pam.d/common-auth"),
        String::from_utf8(ours["etc/pam.d/common-auth"].3.clone()).expect("text")
    );
}
