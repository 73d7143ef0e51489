//! Packages of Debian: the same bytes as root, as another user, and without namespaces.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{Project, Terroir, judge, said, steps};

const PACKAGES: &str = "  - type: apt
    install: { packages: [nginx-light, rsyslog, iputils-ping, uidmap] }
";

/// The name of the user that tests make, who has subordinate ids.
const USER: &str = "terroir-test";

/// Ensures a user with subordinate ids; only root can, and only if tests may.
fn user() -> bool {
    if !judge::is_root() || !judge::is_there("newuidmap") || !judge::is_there("useradd") {
        return false;
    }
    let known = fs::read_to_string("/etc/passwd").expect("readable");
    if !known
        .lines()
        .any(|line| line.starts_with(&format!("{USER}:")))
    {
        judge::run(
            "useradd",
            &[
                "--system",
                "--add-subids-for-system",
                "--no-create-home",
                USER,
            ],
            b"",
        );
    }
    true
}

#[test]
fn packages_are_the_same_for_everybody() {
    let project = Project::new();
    let first = steps(&project.built("packages", PACKAGES, &[]));
    let chroot = steps(&project.built("packages", PACKAGES, &["--isolation=chroot"]));
    assert_eq!(first[0].0, chroot[0].0, "chroot gives other bytes");
    verify(&project);
    if !user() {
        return;
    }
    let other = tempfile::tempdir().expect("a temporary directory");
    let program = other.path().join("terroir");
    fs::copy(env!("CARGO_BIN_EXE_terroir"), &program).expect("writable");
    fs::set_permissions(other.path(), fs::Permissions::from_mode(0o755)).expect("mine");
    let store = other.path().join("store");
    let command = format!(
        "mkdir -p {store}; tar -C {} --exclude='./tmp/*' --exclude=./roots --exclude=./steps --exclude=./cache -c . | tar -C {store} -x; cp -a {}/recipes {other}; chown -R {USER} {other}",
        project.store.display(),
        project.path().display(),
        store = store.display(),
        other = other.path().display(),
    );
    judge::run("sh", &["-ec", &command], b"");
    let starter = [
        "setpriv",
        "--reuid",
        USER,
        "--regid",
        USER,
        "--init-groups",
        "sh",
        "-c",
        "umask 077; exec \"$@\"",
        "sh",
    ];
    let terroir = Terroir::started_by(&starter, &program, &store);
    let recipe = other
        .path()
        .join("recipes/packages.yml")
        .display()
        .to_string();
    let output = terroir.output(["build", "--format=json", &recipe]);
    assert!(output.status.success(), "{}", said(&output));
    let report = serde_json::from_slice(&output.stdout).expect("a report");
    assert_eq!(first[0].0, steps(&report)[0].0, "a user gets other bytes");
}

/// dpkg finds nothing changed but what it was told to leave alone; capabilities and hard links are there.
fn verify(project: &Project) {
    if !judge::is_root() {
        return;
    }
    let folder = format!("{}/root", project.path().display());
    let recipe = format!("{}/recipes/packages.yml", project.path().display());
    project.terroir().run(["unpack", &recipe, &folder]);
    let verified = judge::run("dpkg", &["--root", &folder, "--verify"], b"");
    assert_eq!(String::from_utf8_lossy(&verified), "");
    let audited = judge::run("dpkg", &["--root", &folder, "--audit"], b"");
    assert_eq!(String::from_utf8_lossy(&audited), "");
    let mode = |path: &str| {
        let found = fs::metadata(format!("{folder}/{path}")).expect(path);
        found.permissions().mode() & 0o7777
    };
    assert_eq!(mode("usr/bin/newuidmap"), 0o4755);
    assert_eq!(mode("etc/shadow"), 0o640);
    assert!(
        fs::read_dir(format!("{folder}/dev"))
            .expect("there")
            .next()
            .is_none()
    );
    assert!(!fs::exists(format!("{folder}/usr/sbin/policy-rc.d")).expect("readable"));
}

/// A root as images have it that boot from a read-only `/usr`: nothing in `/var`, dpkg's database in
/// `/usr`, and a promise to link it.
const SHAPE: &str = "  - type: script
    snippets:
      - |
        mkdir -p /usr/lib/sysimage
        cp -a /var/lib/dpkg /usr/lib/sysimage/dpkg
        find /var -mindepth 1 -maxdepth 1 -exec rm -rf {} +
        cat > /usr/lib/tmpfiles.d/shape.conf <<END
        d /var/lib 0755 root root -
        L /var/lib/dpkg - - - - ../../usr/lib/sysimage/dpkg
        d /var/lib/apt/lists/partial 0755 root root -
        d /var/cache/apt/archives/partial 0755 root root -
        d /var/log/apt 0755 root root -
        END
";

#[test]
fn apt_works_on_a_parent_without_var() {
    let project = Project::new();
    let layout = format!("oci:{}/shaped:x", project.path().display());
    project.built("shaped", SHAPE, &["-o", &layout]);
    let text = format!(
        "apiVersion: terroir/v1\nname: nested\ntier: local\nfrom: {layout}\nmodules:\n  - type: apt\n    install: [hello]\n"
    );
    project.write("recipes/nested.yml", &text);
    let recipe = format!("{}/recipes/nested.yml", project.path().display());
    project.terroir().run(["build", &recipe]);
    if !judge::is_root() {
        return;
    }
    let folder = format!("{}/root", project.path().display());
    project.terroir().run(["unpack", &recipe, &folder]);
    assert!(
        fs::read_dir(format!("{folder}/var"))
            .expect("there")
            .next()
            .is_none()
    );
    let database = format!("{folder}/usr/lib/sysimage/dpkg");
    let status = judge::run(
        "dpkg-query",
        &[
            "--admindir",
            &database,
            "--show",
            "--showformat=${db:Status-Status}",
            "hello",
        ],
        b"",
    );
    assert_eq!(String::from_utf8_lossy(&status), "installed");
    assert!(fs::exists(format!("{folder}/usr/bin/hello")).expect("readable"));
}
