//! Programs that cannot decide, and mistakes that are shown together.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use terroir::kickstart::{Row, check};

use super::command::terroir;
use super::judge::is_there;
use super::matrix::{DEFAULTS, HEAD, inventory, rendered, targeted, write};
use super::sources::root;

/// A rendered site of one host for each of some targets.
fn written(targets: &[&str], head: (&str, &str)) -> tempfile::TempDir {
    let hosts: Vec<(String, String)> = targets
        .iter()
        .enumerate()
        .map(|(number, target)| {
            let target = targeted(target);
            let keys = format!("{target}, network: lan, disk: {{ serial: S-1 }}");
            (format!("h{number}"), keys)
        })
        .collect();
    assert!(HEAD.contains(head.0), "{}", head.0);
    let text = inventory(DEFAULTS, &hosts).replace(head.0, head.1);
    let folder = tempfile::tempdir().unwrap();
    write(&rendered(&text), folder.path());
    folder
}

/// Checks with stand-ins for programs before the real ones.
fn rows(folder: &Path, programs: &[(&str, &str)]) -> Vec<Row> {
    let stand_ins = tempfile::tempdir().unwrap();
    for (name, script) in programs {
        let path = stand_ins.path().join(name);
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut search = stand_ins.path().as_os_str().to_owned();
    search.push(":/usr/sbin:/usr/bin:/sbin:/bin");
    check(folder, Some(&search)).unwrap()
}

fn row<'a>(rows: &'a [Row], check: &str) -> &'a Row {
    let found = rows.iter().find(|row| row.check == check);
    found.unwrap_or_else(|| panic!("no row {check}"))
}

/// A program of Python that fails itself.
const TRACEBACK: &str = "#!/bin/sh\necho 'Traceback (most recent call last):' >&2\necho 'ModuleNotFoundError: No module named yaml' >&2\nexit 1\n";

/// Programs by their scripts, the check that asks them, and why it does not look.
type Undecided = (
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static str,
);

const UNDECIDED: &[Undecided] = &[
    (
        &[(
            "ksvalidator",
            "#!/bin/sh\n[ \"$1\" = -l ] && echo F42 F43\nexit 0\n",
        )],
        "ksvalidator F45",
        "this pykickstart does not know F45",
    ),
    (
        &[("ksvalidator", "#!/no/such/python\n")],
        "ksvalidator",
        "what interprets it is missing",
    ),
    (
        &[("ksvalidator", TRACEBACK)],
        "ksvalidator",
        "No module named yaml",
    ),
    (
        &[("netplan", TRACEBACK)],
        "netplan generate",
        "netplan fails itself",
    ),
    (
        &[(
            "kea-dhcp4",
            "#!/bin/sh\necho 'libbotan.so: not found' >&2\nexit 127\n",
        )],
        "kea-dhcp4",
        "libbotan.so: not found",
    ),
    (
        &[("dnsmasq", "#!/bin/sh\nkill -9 $$\n")],
        "dnsmasq",
        "a signal ended it",
    ),
    (
        &[(
            "systemd-analyze",
            "#!/bin/sh\necho 'Unknown command verb verify.' >&2\nexit 1\n",
        )],
        "systemd-analyze verify",
        "cannot verify units",
    ),
];

#[test]
fn who_cannot_decide_says_why_and_finds_nothing() {
    let folder = written(
        &["F43", "F45", "debian-12", "ubuntu-24.04"],
        ("site: matrix", "site: matrix"),
    );
    for (programs, check, why) in UNDECIDED {
        let rows = rows(folder.path(), programs);
        let row = row(&rows, check);
        let skipped = row.skipped.clone().unwrap_or_default();
        assert!(skipped.contains(why), "{check}: {row:#?}");
        assert!(row.findings.is_empty(), "{row:#?}");
    }
    // An older pykickstart still checks what it knows.
    let old = "#!/bin/sh\n[ \"$1\" = -l ] && echo F42 F43\nexit 0\n";
    let rows = rows(folder.path(), &[("ksvalidator", old)]);
    assert_eq!(
        (
            row(&rows, "ksvalidator").looked_at,
            &row(&rows, "ksvalidator").skipped
        ),
        (1, &None)
    );
}

#[test]
fn kea_and_systemd_are_asked_without_what_this_machine_lacks() {
    if !is_there("kea-dhcp4") || !is_there("systemd-analyze") || !is_there("netplan") {
        return;
    }
    let folder = written(&["F43", "ubuntu-24.04"], ("site: matrix", "site: matrix"));
    let path = folder.path().join("dhcp/kea-dhcp4.json");
    let kea = std::fs::read_to_string(&path).unwrap();
    let named = kea
        .replace(
            "\"interfaces\": [ \"*\" ]",
            "\"interfaces\": [ \"nosuch7\" ]",
        )
        .replace("\"id\": 1,", "\"id\": 1, \"interface\": \"nosuch7\",");
    assert_ne!(kea, named);
    std::fs::write(&path, &named).unwrap();
    let all = rows(folder.path(), &[]);
    for check in ["kea-dhcp4", "systemd-analyze verify", "netplan generate"] {
        let row = row(&all, check);
        assert_eq!(row.skipped, None, "{check}");
        assert!(row.findings.is_empty(), "{row:#?}");
    }
    // It still finds what is wrong.
    std::fs::write(&path, named.replace("valid-lifetime", "valid-lifetme")).unwrap();
    let user = folder.path().join("http/hosts/h1/user-data");
    let text = std::fs::read_to_string(&user).unwrap();
    std::fs::write(&user, text.replace("\"dhcp4\"", "\"dhcp5\"")).unwrap();
    let all = rows(folder.path(), &[]);
    for check in ["kea-dhcp4", "netplan generate"] {
        assert_eq!(row(&all, check).findings.len(), 1, "{check}");
    }
}

#[test]
fn an_ipxe_without_https_is_told() {
    let server = (
        "http://install.matrix.example",
        "https://install.matrix.example",
    );
    let folder = written(&["F43", "debian-12"], server);
    let ask = || row(&rows(folder.path(), &[]), "iPXE and https").clone();
    let none = ask();
    assert!(
        none.skipped
            .is_some_and(|why| why.contains("Debian 12's iPXE has no HTTPS"))
    );
    let loader = folder.path().join("http/ipxe.efi");
    std::fs::write(&loader, b"MZ\0http\0tftp\0").unwrap();
    assert_eq!(ask().findings.len(), 1);
    std::fs::write(&loader, b"MZ\0http\0https\0").unwrap();
    assert_eq!((ask().findings.len(), ask().skipped), (0, None));
    let plain = written(&["F43"], ("site: matrix", "site: matrix"));
    assert!(
        rows(plain.path(), &[])
            .iter()
            .all(|row| row.check != "iPXE and https")
    );
}

/// Runs `render` on an inventory; its exit code and what it says.
fn render(inventory: &str, more: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let store = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join(".git")).unwrap();
    std::fs::write(folder.path().join("lab.yml"), inventory).unwrap();
    let arguments = [&["kickstart", "render", "lab.yml", "-o", "out"], more].concat();
    let output = terroir(&arguments, folder.path(), store.path());
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

const MISTAKES: &str = "apiVersion: terroir/v1
site: lab
server: { url: http://x.example, secrets: files, reports: perhaps }
networks:
  lan: { address: 192.0.2.0/24, mtu: huge }
defaults:
  flavour: quay.io/os/server:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  target: F43
  network: lan
  disk: { serial: S-1 }
  root: { password: \"file:secrets/root.hash\" }
hosts:
  a: { mac: 52:54:00:00:00:01, address: 192.0.2.11 }
  b: { mac: 52:54:00:00:00:01, address: 192.0.2.12, finish: halt }
  c: { mac: 52:54:00:00:00:03, address: 192.0.2.11, keyboard: \"-x\", storage: { layout: raid1 } }
  d: { mac: 52:54:00:00:00:04, address: 192.0.2.300, mirror: { serial: S-2 }, link: { bond: { interfaces: [eno1] } } }
";

#[test]
fn mistakes_of_every_stage_are_told_at_once() {
    let (code, said) = render(MISTAKES, &["--secrets"]);
    assert_eq!(code, Some(2), "{said}");
    for expected in [
        "expected true or false",
        "lab.yml:5:38",
        "the hardware address 52:54:00:00:00:01 belongs to a and to b",
        "`halt` is not valid here",
        "the address 192.0.2.11 belongs to a and to c",
        "`-x` is not a keyboard",
        "raid1 needs a second disk",
        "is not an IPv4 address",
        "a second disk is of no use here",
        "a bond needs two interfaces",
        "the secret secrets/root.hash cannot be read: it does not exist",
        "lab.yml:11:21",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
    assert!(!said.contains("nothing says"), "{said}");
}

#[test]
fn an_absent_secret_is_warned_of_where_a_server_looks_it_up() {
    let right = MISTAKES
        .replace(", secrets: files, reports: perhaps", "")
        .replace(", mtu: huge", "");
    let (right, _) = right.split_once("  b: ").unwrap();
    let (code, said) = render(right, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("the secret secrets/root.hash cannot be read"),
        "{said}"
    );
    assert!(
        said.contains("lab.yml:11:21") && said.contains("the server that hands secrets"),
        "{said}"
    );
    let unheeded = right.replace("  network: lan\n", "  network: lan\n  packages: [chrony]\n");
    let (code, said) = render(&unheeded, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("`packages` has no effect on a: an image holds"),
        "{said}"
    );
}

#[test]
fn another_target_is_held_against_what_hosts_say() {
    let store = tempfile::tempdir().unwrap();
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("paris").display().to_string();
    let shipped = [
        "kickstart",
        "render",
        "kickstart/paris.yml",
        "-o",
        &folder,
        "--target",
        "F43",
    ];
    let output = terroir(&shipped, root(), store.path());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("ubuntu1 has no image, and F43 installs images"),
        "{said}"
    );
    assert!(
        said.contains("kickstart/paris.yml:1") && !said.contains("not defined"),
        "{said}"
    );
    // Only the hosts that are asked for.
    let one = [&shipped[..], &["--host", "web1", "--host", "alma1"]].concat();
    let output = terroir(&one, root(), store.path());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    // A VLAN is not dropped if the other installer does not know VLANs.
    let vlan = "apiVersion: terroir/v1
site: lab
server: { url: http://x.example }
hosts:
  a: { mac: 52:54:00:00:00:01, target: ubuntu-24.04, disk: { serial: S-1 }, link: { vlan: 20 } }
";
    let (code, said) = render(vlan, &["--target", "debian-12"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("one plain interface, no VLAN") && said.contains("lab.yml:5:"),
        "{said}"
    );
}
