//! What a root is checked against: what the benchmark allows, and what its flavour says.

use serde_json::Value;

use crate::foreign::{Member, directory, file, layout, symlink};
use crate::{debian, place, report, said, write};

/// The base with more files; a later file replaces an earlier one with the same path.
fn with(more: Vec<Member>) -> Vec<Member> {
    let mut members = debian();
    members.retain(|(entry, _)| !more.iter().any(|(other, _)| other.path == entry.path));
    members.extend(more);
    crate::foreign::sorted(members)
}

fn verdict_of<'a>(report: &'a Value, number: &str) -> &'a Value {
    let findings = report["findings"].as_array().expect("findings");
    let mut found = findings.iter().filter(|one| one["number"] == number);
    found
        .next()
        .unwrap_or_else(|| panic!("no finding {number}"))
}

fn sshd(text: &str) -> Vec<Member> {
    vec![file("/etc/ssh/sshd_config", 0o600, text)]
}

fn fstab(text: &str) -> Vec<Member> {
    vec![file("/etc/fstab", 0o644, text)]
}

const UNIT: &str =
    "[Mount]\nWhat=tmpfs\nWhere=/tmp\nType=tmpfs\nOptions=mode=1777,nosuid,nodev,noexec\n";
const LAX: &str = "[Mount]\nWhat=tmpfs\nWhere=/tmp\nType=tmpfs\nOptions=mode=1777,strictatime\n";
const ALL: &str = "/dev/mapper/vg-tmp /tmp ext4 rw,nosuid,nodev,noexec,relatime 0 0\n";

fn units(folder: &str) -> Vec<Member> {
    let mut path = String::new();
    let mut members = Vec::new();
    for part in folder.trim_start_matches('/').split('/') {
        path = format!("{path}/{part}");
        members.push(directory(&path, 0o755));
    }
    members
}

fn together(parts: Vec<Vec<Member>>) -> Vec<Member> {
    let mut all: Vec<Member> = Vec::new();
    for member in parts.into_iter().flatten() {
        if !all.iter().any(|(entry, _)| entry.path == member.0.path) {
            all.push(member);
        }
    }
    all
}

const ETC: &str = "/etc/systemd/system";
const VENDOR: &str = "/usr/lib/systemd/system";

/// A root's files, and what an audit says of some controls.
type Case = (&'static str, Vec<Member>, Vec<(&'static str, &'static str)>);

#[expect(clippy::too_many_lines, reason = "tables of cases are long")]
fn cases() -> Vec<Case> {
    let etc = |name: &str, text: &str| {
        let unit = vec![file(&format!("{ETC}/{name}"), 0o644, text)];
        together(vec![units(ETC), unit])
    };
    let mask = |folder: &str, name: &str| {
        let link = vec![symlink(&format!("{folder}/{name}"), "/dev/null")];
        together(vec![units(folder), link])
    };
    let wanted = |folder: &str| {
        let wants = format!("{folder}/local-fs.target.wants");
        let link = vec![symlink(&format!("{wants}/tmp.mount"), "../tmp.mount")];
        together(vec![units(&wants), link])
    };
    let vendor = vec![file(&format!("{VENDOR}/tmp.mount"), 0o644, UNIT)];
    let tmp = |verdict| {
        vec![
            ("1.1.2.1.1", verdict),
            ("1.1.2.1.2", verdict),
            ("1.1.2.1.3", verdict),
            ("1.1.2.1.4", verdict),
        ]
    };
    let journal = "systemd-journal-remote.socket";
    vec![
        (
            "users are listed",
            sshd("AllowUsers alice\n"),
            vec![("5.1.4", "pass")],
        ),
        (
            "groups are shut out",
            sshd("DenyGroups strangers\n"),
            vec![("5.1.4", "pass")],
        ),
        (
            "nobody is listed",
            sshd("UsePAM yes\n"),
            vec![("5.1.4", "fail")],
        ),
        (
            "stricter lists",
            sshd(
                "Ciphers aes256-gcm@openssh.com,aes128-gcm@openssh.com\nMACs hmac-sha2-512-etm@openssh.com\nKexAlgorithms curve25519-sha256\nMaxStartups 5:30:60\nBanner /etc/issue\n",
            ),
            vec![
                ("5.1.6", "pass"),
                ("5.1.15", "pass"),
                ("5.1.12", "pass"),
                ("5.1.18", "pass"),
                ("5.1.5", "pass"),
            ],
        ),
        (
            "laxer lists",
            sshd(
                "Ciphers aes256-gcm@openssh.com,aes128-cbc\nMACs hmac-md5\nKexAlgorithms diffie-hellman-group1-sha1\nMaxStartups 100:30:60\nBanner none\n",
            ),
            vec![
                ("5.1.6", "fail"),
                ("5.1.15", "fail"),
                ("5.1.12", "fail"),
                ("5.1.18", "fail"),
                ("5.1.5", "fail"),
            ],
        ),
        (
            "the rate of refusals is lower",
            sshd("MaxStartups 10:20:60\n"),
            vec![("5.1.18", "fail")],
        ),
        ("a partition with all options", fstab(ALL), tmp("pass")),
        (
            "a unit of /etc that is enabled",
            together(vec![etc("tmp.mount", UNIT), wanted(ETC)]),
            tmp("pass"),
        ),
        (
            "a unit of /etc that nothing wants",
            etc("tmp.mount", UNIT),
            tmp("fail"),
        ),
        (
            "a unit of the vendor that it enables",
            together(vec![wanted(VENDOR), vendor.clone()]),
            tmp("pass"),
        ),
        (
            "a line of fstab whose unit is masked",
            together(vec![fstab(ALL), mask(ETC, "tmp.mount")]),
            tmp("fail"),
        ),
        (
            "a line of fstab behind a laxer unit of /etc",
            together(vec![fstab(ALL), etc("tmp.mount", LAX)]),
            vec![
                ("1.1.2.1.1", "pass"),
                ("1.1.2.1.2", "fail"),
                ("1.1.2.1.4", "fail"),
            ],
        ),
        (
            "a line that no boot mounts",
            fstab("tmpfs /tmp tmpfs noauto,nosuid,nodev,noexec 0 0\n"),
            tmp("fail"),
        ),
        (
            "one option is missing",
            fstab("tmpfs /dev/shm tmpfs nosuid,nodev 0 0\n"),
            vec![
                ("1.1.2.2.1", "pass"),
                ("1.1.2.2.2", "pass"),
                ("1.1.2.2.3", "pass"),
                ("1.1.2.2.4", "fail"),
            ],
        ),
        (
            "one option of a partition is missing",
            fstab("UUID=1 /var/log ext4 nosuid,noexec 0 2\n"),
            vec![
                ("1.1.2.6.2", "fail"),
                ("1.1.2.6.3", "pass"),
                ("1.1.2.6.4", "pass"),
            ],
        ),
        (
            "no socket to take journals",
            Vec::new(),
            vec![("6.1.2.1.4", "pass")],
        ),
        (
            "a socket that its vendor masks",
            mask(VENDOR, journal),
            vec![("6.1.2.1.4", "pass")],
        ),
        (
            "a socket that starts",
            together(vec![
                units(&format!("{ETC}/sockets.target.wants")),
                units(VENDOR),
                vec![
                    file(
                        &format!("{VENDOR}/{journal}"),
                        0o644,
                        "[Install]\nWantedBy=sockets.target\n",
                    ),
                    symlink(
                        &format!("{ETC}/sockets.target.wants/{journal}"),
                        &format!("{VENDOR}/{journal}"),
                    ),
                ],
            ]),
            vec![("6.1.2.1.4", "fail")],
        ),
        (
            "another log of sudo",
            vec![file(
                "/etc/sudoers",
                0o440,
                "Defaults logfile=/var/log/other\nDefaults use_pty\n",
            )],
            vec![("5.2.3", "pass"), ("5.2.2", "pass")],
        ),
    ]
}

#[test]
fn foreign_roots_are_held_to_what_the_benchmark_allows() {
    for (told, members, expected) in cases() {
        let (folder, terroir) = place();
        let root = folder.path().join("root");
        write(&root, &with(members));
        let report = report(&terroir, &format!("dir:{}", root.display()));
        for (number, verdict) in expected {
            let finding = verdict_of(&report, number);
            assert_eq!(finding["verdict"], verdict, "{told}: {finding:#}");
            let text = finding.to_string();
            assert!(!text.contains("sudo wheel"), "{told}: {text}");
        }
    }
}

#[test]
fn an_option_that_is_named_is_asked_for() {
    let (folder, terroir) = place();
    let root = folder.path().join("root");
    write(&root, &with(sshd("AllowGroups ops admins\n")));
    let target = format!("dir:{}", root.display());
    for (choice, verdict) in [
        ("--with=cis.ssh_groups=ops,admins", "pass"),
        ("--choose=ssh_groups=[\"ops\", \"admins\"]", "pass"),
        ("--with=ssh_groups=ops", "fail"),
    ] {
        let arguments = ["audit", &target, "--format=json", "--threshold=0", choice];
        let (code, out, err) = said(&terroir, &arguments);
        assert_eq!(code, 0, "{err}");
        let report: Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!(verdict_of(&report, "5.1.4")["verdict"], verdict, "{choice}");
    }
    let (code, _, err) = said(&terroir, &["audit", &target, "--with=ssh_group=ops"]);
    assert!(
        code == 2 && err.contains("did you mean `ssh_groups`"),
        "{err}"
    );
}

/// A flavour whose layers have options of their own, and a value of a lower tier.
#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one family is built and then changed"
)]
fn a_flavour_is_held_to_what_it_says() {
    let (folder, terroir) = place();
    let at = |path: &str| folder.path().join(path).display().to_string();
    let chrony = "pool 2.debian.pool.ntp.org iburst\nuser _chrony\n";
    let more = vec![
        directory("/etc/chrony", 0o755),
        file("/etc/chrony/chrony.conf", 0o644, chrony),
        file(
            "/etc/sysctl.d/99-router.conf",
            0o644,
            "net.ipv4.ip_forward = 1\n",
        ),
    ];
    layout(
        &folder.path().join("base"),
        &[("linux/amd64", vec![with(more)])],
    );
    std::fs::create_dir(folder.path().join("recipes")).expect("a folder");
    let recipe = |name: &str, text: String| {
        std::fs::write(folder.path().join("recipes").join(name), text).expect("written");
    };
    recipe(
        "server.yml",
        format!(
            "apiVersion: terroir/v1\nname: server\ntier: universal\nfrom: oci:{}:base\nmodules:\n  \
             - layer: cis-ssh\n    with: {{ ssh_groups: [ops] }}\n  \
             - layer: cis-network\n    with: {{ role: router, without: [cis/3.1] }}\n",
            at("base")
        ),
    );
    recipe(
        "site.yml",
        "apiVersion: terroir/v1\nname: site\ntier: local\nfrom: server.yml\nmodules:\n  \
         - type: settings\n    settings: [ { time: { chrony: { servers: [time.example.org] } } } ]\n"
            .to_owned(),
    );
    let target = at("recipes/site.yml");
    let choices = ["--choose=time=chrony"];
    let mut arguments = vec!["audit", &target, "--format=json", "--threshold=0"];
    arguments.extend(choices);
    let (code, out, err) = said(&terroir, &arguments);
    assert_eq!(code, 0, "{err}");
    let report: Value = serde_json::from_str(&out).expect("JSON");
    for (number, verdict) in [
        ("5.1.4", "pass"),
        ("2.3.3.1", "pass"),
        ("3.3.1", "not-applicable"),
    ] {
        let finding = verdict_of(&report, number);
        assert_eq!(finding["verdict"], verdict, "{finding:#}");
    }
    let root = at("root");
    terroir.run(["unpack", &target, &root]);
    let config = format!("{root}/etc/ssh/sshd_config");
    let text = std::fs::read_to_string(&config).expect("written");
    std::fs::write(
        &config,
        text.replace("AllowGroups ops", "AllowGroups everyone"),
    )
    .expect("mine");
    let report = crate::report(&terroir, &format!("dir:{root}"));
    let finding = verdict_of(&report, "5.1.4");
    assert_eq!(finding["verdict"], "fail", "{finding:#}");
    let told = finding.to_string();
    assert!(
        told.contains("AllowGroups ops") && !told.contains("sudo wheel"),
        "{told}"
    );
    let (code, out, err) = said(&terroir, &["explain", &target, "cis/5.1.4"]);
    assert_eq!(code, 0, "{err}");
    for words in [
        "Only members of named groups",
        "AllowGroups ops",
        "server",
        "breaks",
    ] {
        assert!(out.contains(words), "no `{words}` in\n{out}");
    }
}
