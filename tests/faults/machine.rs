//! The machine around: how terroir is installed, apt that is busy, and what `doctor` finds.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use crate::disk::skip;
use crate::trial::{Said, Workspace};

/// Writes a program that stands in for another.
fn stand_in(workspace: &Workspace, name: &str, script: &str) {
    let file = workspace.path("programs").join(name);
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
    std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("written");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("set");
}

fn project() -> &'static str {
    env!("CARGO_MANIFEST_DIR")
}

#[test]
fn setup_waits_for_another_apt_but_not_for_ever() {
    let workspace = Workspace::new();
    let state = workspace.text("calls");
    stand_in(&workspace, "dpkg-query", "exit 1");
    stand_in(&workspace, "cargo", "exit 0");
    stand_in(&workspace, "sudo", "exec \"$@\"");
    stand_in(
        &workspace,
        "apt-get",
        &format!(
            "echo \"$@\" >> {state}
             case \"$*\" in *update*)
               [ \"$(grep -c update {state})\" -gt \"$BUSY\" ] || {{
                 echo 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1 (apt-get)' >&2; exit 100; }}
               [ -z \"$BROKEN\" ] || {{ echo 'E: The repository is not signed.' >&2; exit 100; }} ;;
             esac"
        ),
    );
    let setup = |busy: &str, broken: &str, limit: &str| -> Said {
        let _ = std::fs::remove_file(&state);
        let script = format!(
            "PATH=\"$HOME/programs:$PATH\" BUSY={busy} BROKEN={broken} APT_LOCK_TIMEOUT={limit} {}/tools/setup some-package",
            project()
        );
        workspace.script(&[], &script)
    };
    let said = setup("1", "", "60");
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.out.contains("Waiting for another apt"), "{}", said.out);
    let calls = std::fs::read_to_string(&state).expect("called");
    assert!(calls.contains("DPkg::Lock::Timeout=60 install"), "{calls}");
    let said = setup("1000", "", "3");
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(
        said.err.contains("Could not get lock") && said.err.contains("more than 3 seconds"),
        "{}",
        said.err
    );
    // Any other failure is told at once.
    let said = setup("0", "yes", "60");
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(
        said.err.contains("not signed") && !said.out.contains("Waiting"),
        "{}",
        said.err
    );
}

#[test]
fn make_install_puts_the_program_where_it_is_told() {
    let workspace = Workspace::new();
    let script = format!(
        "make -s -C {} install CARGO=true RELEASE=\"$TERROIR\" DESTDIR=\"$HOME/image\" PREFIX=/usr
         \"$HOME/image/usr/bin/terroir\" --version; find \"$HOME/image\" -type f | sort",
        project()
    );
    let said = workspace.script(&[], &script);
    assert_eq!(said.code, Some(0), "{}", said.err);
    for words in [
        "terroir 0.",
        "image/usr/bin/terroir",
        "bash-completion/completions/terroir",
    ] {
        assert!(said.out.contains(words), "{words}: {}", said.out);
    }
}

/// The line of doctor about something, and the one below it.
fn about(said: &Said, name: &str) -> String {
    let mut lines = said
        .out
        .lines()
        .skip_while(|line| !line.get(4..).unwrap_or_default().starts_with(name));
    let own = lines.next().unwrap_or_default().to_owned();
    match lines.next().filter(|line| line.contains("hint:")) {
        Some(hint) => format!("{own} {}", hint.trim()),
        None => own,
    }
}

#[test]
fn doctor_tries_what_a_build_will_do() {
    let workspace = Workspace::new();
    let said = workspace.run(&["doctor"]);
    said.expect(0, "");
    for name in ["store", "disk space", "clock"] {
        assert!(about(&said, name).starts_with("ok"), "{name}: {}", said.out);
    }
    assert!(!workspace.path("store").exists(), "a try leaves nothing");
    // Logins are told by the registry; a helper that is not installed is.
    let auth = workspace.path(".docker/config.json");
    std::fs::create_dir_all(auth.parent().expect("a folder")).expect("made");
    std::fs::write(
        &auth,
        r#"{"auths": {"registry.example.org": {"auth": "dXNlcjpzZWNyZXQ="}}}"#,
    )
    .expect("written");
    let said = workspace.run(&["doctor"]);
    assert!(
        about(&said, "registry logins").contains("registry.example.org ("),
        "{}",
        said.out
    );
    assert!(!said.out.contains("secret") && !said.out.contains("dXNlcjpzZWNyZXQ"));
    std::fs::write(&auth, r#"{"credsStore": "nowhere"}"#).expect("written");
    let told = about(&workspace.run(&["doctor"]), "registry logins");
    assert!(
        told.starts_with("--") && told.contains("docker-credential-nowhere"),
        "{told}"
    );
    // A clock that stands before the time at which the program was made.
    let copy = workspace.path("terroir");
    std::fs::copy(env!("CARGO_BIN_EXE_terroir"), &copy).expect("copied");
    let built = copy
        .metadata()
        .and_then(|file| file.modified())
        .expect("it has a time");
    let made = built + Duration::from_hours(72);
    let file = std::fs::File::options()
        .write(true)
        .open(&copy)
        .expect("opened");
    file.set_modified(made).expect("set");
    drop(file);
    let output = workspace
        .command(&[copy.to_str().expect("text"), "doctor"])
        .output();
    let said = Said::new(output.expect("it starts"));
    said.expect(3, "fixed: clock");
    assert!(
        about(&said, "clock").contains("timedatectl set-ntp true"),
        "{}",
        said.out
    );
}

#[test]
fn doctor_names_the_setting_that_forbids_namespaces() {
    let workspace = Workspace::new();
    // The limit of an own namespace, so that nothing of this machine changes.
    let wrapper = [
        "unshare",
        "--user",
        "--map-root-user",
        "sh",
        "-euc",
        "echo 0 > /proc/sys/user/max_user_namespaces; exec \"$@\"",
        "sh",
    ];
    let said = workspace.run_under(&wrapper, &["doctor"]);
    if said.out.is_empty() {
        return skip(&said.err);
    }
    let told = about(&said, "sandbox");
    assert!(told.starts_with("--"), "{}", said.out);
    assert!(
        told.contains("sysctl -w user.max_user_namespaces="),
        "{told}"
    );
    assert!(!Path::new(&workspace.text("store")).exists());
}
