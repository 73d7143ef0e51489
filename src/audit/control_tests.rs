//! Every control of every benchmark: a root that violates it fails, one that it was put into passes,
//! and putting it there a second time changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::os::unix::fs::{PermissionsExt as _, chown};

use serde_json::Value;

use super::{Benchmark, Choices, Profile, Said, Subject};
use crate::action::{Edit, EditStyle};
use crate::recipe::Facts;
use crate::setting::tests::applied::{execute, listing};
use crate::setting::tests::fake::{Disk, place};
use crate::setting::tests::pam;
use crate::setting::{Kind, Outcome, Setting, apply};
use crate::tree::Snapshot;

/// Kinds and keys that no entry of the kind can put right: the build's gate and the audit look.
const LOOKED_AT: [&str; 8] = [
    "apparmor:",
    "package:",
    "tree:",
    "user:*/only-root",
    "user:*/own-homes",
    "user:*/unique",
    "sudo:!authenticate",
    "sudo:NOPASSWD",
];

/// The distributions that benchmarks are for.
const DISTRIBUTIONS: [(&str, &str, &str, &str); 3] = [
    ("cis-debian12", "debian", "12", "bookworm"),
    ("cis-debian13", "debian", "13", "trixie"),
    ("cis-ubuntu2404", "ubuntu", "24.04", "noble"),
];

/// Choices that bring other controls to bear.
const CHOICES: [&[(&str, &str)]; 6] = [
    &[("firewall", "nftables")],
    &[("firewall", "ufw")],
    &[("time", "chrony")],
    &[("time", "timesyncd")],
    &[
        ("log", "journald"),
        ("log_host", "https://log.example.org:19532"),
    ],
    &[("log", "rsyslog"), ("log_host", "log.example.org:6514")],
];

/// Wherever a control says what the benchmark allows, that does not hold in a root that violates its
/// settings, and holds where they were applied.
fn allowed_fault(subject: &Subject) -> Result<(), String> {
    let Some(first) = subject.settings.first() else {
        return Ok(());
    };
    let mut disk = weak(first.kind);
    for setting in &subject.settings {
        violate(setting, &disk);
    }
    let holds = |disk: &Disk, taken: &[Outcome]| {
        let root = Snapshot::of_directory(disk.root.path()).expect("a root");
        let met = |setting: &Setting| {
            let checked = setting.kind.check(&setting.name, &setting.value, &root);
            checked.is_ok_and(|checked| taken.contains(&checked.outcome))
        };
        subject.checks.iter().all(|check| check.any.iter().any(met))
    };
    let (number, title) = (&subject.number, &subject.requirement.title);
    if holds(&disk, &[Outcome::Met]) && !HARMLESS.contains(&number.as_str()) {
        return Err(format!("{number} {title}: violated, and its checks hold"));
    }
    for setting in &subject.settings {
        let key = setting.key();
        if LOOKED_AT.iter().any(|one| key.starts_with(one)) || setting.name.contains('*') {
            return Ok(());
        }
        let all = BTreeMap::from([(setting.name.clone(), setting.value.clone())]);
        let touched: BTreeSet<String> = [setting.name.clone()].into();
        let actions = setting.kind.render(&all, &touched, &mut disk);
        execute(
            &disk,
            &actions.map_err(|refusal| format!("{key} refused: {refusal}"))?,
        );
    }
    let left = [
        Outcome::Met,
        Outcome::Run,
        Outcome::Install,
        Outcome::NotApplicable,
    ];
    match holds(&disk, &left) {
        true => Ok(()),
        false => Err(format!(
            "{number} {title}: applied, and its checks do not hold"
        )),
    }
}

/// Controls that the weak root meets in another way than their settings would: it mounts /tmp and
/// /home somehow, asks some time server, and starts no unit that takes journals.
const HARMLESS: [&str; 5] = [
    "1.1.2.1.1",
    "1.1.2.3.1",
    "2.3.3.1",
    "6.1.1.2.4",
    "6.1.2.1.4",
];

/// Every benchmark in every profile and with every set of choices, each with its name.
fn benchmarks() -> Vec<(&'static str, Benchmark)> {
    let mut all = Vec::new();
    for (name, id, version, codename) in DISTRIBUTIONS {
        let facts = Facts {
            family: "debian".into(),
            id: id.into(),
            version_id: version.into(),
            codename: codename.into(),
            architecture: "amd64".into(),
        };
        for profile in [Profile::Server, Profile::Workstation] {
            for chosen in CHOICES {
                let text =
                    |(name, value): &(&str, &str)| (String::from(*name), String::from(*value));
                let choices = Choices(chosen.iter().map(text).collect());
                let read = Benchmark::read(name, (2, profile), &facts, (choices, &Said::default()));
                all.push((
                    name,
                    read.unwrap_or_else(|error| panic!("{name}: {error:?}")),
                ));
            }
        }
    }
    all
}

#[test]
fn every_control_fails_when_violated_and_passes_once_applied() {
    let mut seen: BTreeMap<String, Setting> = BTreeMap::new();
    let mut allowed: BTreeMap<String, Subject> = BTreeMap::new();
    let mut stated: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, benchmark) in benchmarks() {
        for subject in &benchmark.subjects {
            let keys = subject.settings.iter().map(of_setting);
            stated.entry(of_control(subject)).or_default().extend(keys);
        }
        let own = benchmark.subjects.iter().filter(|one| {
            let applied = one.checks.iter().map(|check| &check.any);
            !applied
                .map(Vec::as_slice)
                .eq(one.settings.iter().map(std::slice::from_ref))
        });
        for subject in own {
            allowed
                .entry(format!("{name} {}", subject.number))
                .or_insert_with(|| subject.clone());
        }
        for setting in benchmark.subjects.into_iter().flat_map(|one| one.settings) {
            seen.insert(of_setting(&setting), setting);
        }
    }
    assert!(seen.len() > 300, "only {} settings", seen.len());
    let (mut faults, mut found) = (Vec::new(), BTreeMap::new());
    for (key, setting) in &seen {
        match fault(setting) {
            Ok(said) => drop(found.insert(key.as_str(), said)),
            Err(wrong) => faults.push(wrong),
        }
    }
    assert!(
        allowed.len() > 60,
        "only {} controls say what is allowed",
        allowed.len()
    );
    faults.extend(allowed.values().filter_map(|one| allowed_fault(one).err()));
    assert!(
        faults.is_empty(),
        "{} of {}:\n{}",
        faults.len(),
        seen.len(),
        faults.join("\n")
    );
    compare(&table(&stated, &found));
}

/// The numbers of a control, as they stand in the table.
fn of_control(subject: &Subject) -> String {
    let ids = subject.requirement.ids.iter().map(ToString::to_string);
    ids.collect::<Vec<_>>().join(" ")
}

/// A setting with its value, in one line that is not too long to read.
fn of_setting(setting: &Setting) -> String {
    let value = setting.value.to_string();
    let mut short: String = value.chars().take(60).collect();
    if short.len() < value.len() {
        let digest = crate::oci::Digest::of(value.as_bytes()).to_string();
        short = format!(
            "{short}… ({})",
            digest.chars().skip(7).take(8).collect::<String>()
        );
    }
    format!("{} = {short}", setting.key())
}

/// What the audit finds in a root that violates each setting of each control.
fn table(stated: &BTreeMap<String, BTreeSet<String>>, found: &BTreeMap<&str, String>) -> String {
    let mut table = String::new();
    for (ids, keys) in stated {
        if keys.is_empty() {
            let _ = writeln!(table, "{ids}: no setting");
        }
        for key in keys {
            let said = found.get(key.as_str()).map_or("", String::as_str);
            let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
            let _ = writeln!(table, "{ids}: {key}; violated: {said}");
        }
    }
    table
}

/// Compares the table with the one in the repository; `TERROIR_WRITE_TABLES=1` writes it anew.
#[expect(clippy::disallowed_methods, reason = "who runs the tests asks for it")]
fn compare(table: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/controls.txt");
    if std::env::var_os("TERROIR_WRITE_TABLES").is_some() {
        std::fs::write(path, table).expect("the table is written");
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    let differ = table
        .lines()
        .zip(golden.lines())
        .find(|(one, other)| one != other);
    assert!(
        table == golden,
        "tests/golden/controls.txt says otherwise, first in {differ:?}"
    );
}

/// Violates a setting, puts it right, and puts it right again.
fn fault(setting: &Setting) -> Result<String, String> {
    let Setting {
        kind, name, value, ..
    } = setting;
    let key = setting.key();
    let mut disk = weak(*kind);
    violate(setting, &disk);
    let outcome = |disk: &Disk| {
        let root = Snapshot::of_directory(disk.root.path()).expect("a root");
        let checked = kind.check(name, value, &root);
        checked.map_err(|error| format!("{key}: {error}"))
    };
    let before = outcome(&disk)?;
    // What only an installation decides is not a fault of the root.
    if before.outcome == Outcome::Install {
        return Ok(before.found);
    }
    if before.outcome != Outcome::Unmet {
        return Err(format!(
            "{key} violated: {:?}, {}",
            before.outcome, before.found
        ));
    }
    if LOOKED_AT.iter().any(|one| key.starts_with(one)) || name.contains('*') && *kind == Kind::FILE
    {
        return Ok(before.found);
    }
    let all = BTreeMap::from([(name.clone(), value.clone())]);
    let put = |disk: &mut Disk| {
        let touched: BTreeSet<String> = [name.clone()].into();
        let actions = kind.render(&all, &touched, disk);
        let actions = actions.map_err(|refusal| format!("{key} refused: {refusal}"))?;
        execute(disk, &actions);
        Ok::<_, String>(())
    };
    put(&mut disk)?;
    let after = outcome(&disk)?;
    if !matches!(after.outcome, Outcome::Met | Outcome::Run) {
        return Err(format!(
            "{key} applied: {:?}, {}",
            after.outcome, after.found
        ));
    }
    let once = listing(&disk);
    put(&mut disk)?;
    match listing(&disk) == once {
        true => Ok(before.found),
        false => Err(format!("{key} changes something the second time")),
    }
}

/// The rules of ufw as its package brings them.
const UFW: &str = "*filter\n:ufw-user-input - [0:0]\n### RULES ###\n\n### END RULES ###\nCOMMIT\n";

/// A root of a distribution that nobody hardened.
fn weak(kind: Kind) -> Disk {
    let disk = match kind {
        Kind::PAM => pam::root(),
        _ => Disk::new(),
    };
    for (path, text) in [
        (
            "/etc/passwd",
            "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:d:/usr/sbin:/bin/bash\ntwin:x:0:0:t:/nowhere:/bin/bash\nbob:x:1000:1000::/home/bob:/bin/bash\n",
        ),
        (
            "/etc/group",
            "root:x:0:\ndaemon:x:1:\nadm:x:4:\nshadow:x:42:\nsudo:x:27:\nbob:x:1000:\nbob2:x:1000:\n",
        ),
        ("/etc/shadow", "root::1::::::\ndaemon:*:1:0:99999:7:::\n"),
        ("/etc/gshadow", "root:*::\nsudo:*::\nbob:!::\n"),
        (
            "/etc/sudoers",
            "Defaults !use_pty\nDefaults !authenticate\nroot ALL=(ALL:ALL) ALL\nbob ALL=(ALL) NOPASSWD: ALL\n",
        ),
        ("/etc/profile", "umask 022\n"),
        ("/etc/bash.bashrc", "umask 0022\n"),
        ("/etc/os-release", "NAME=\"Debian GNU/Linux\"\nID=debian\n"),
        ("/etc/issue", "Debian GNU/Linux 12 \\n \\l\n"),
        ("/etc/issue.net", "Debian GNU/Linux 12\n"),
        ("/etc/motd", "Kernel \\r\n"),
        ("/etc/security/limits.conf", "* hard core unlimited\n"),
        (
            "/etc/fstab",
            "/dev/sda1 / ext4 defaults 0 1\ntmpfs /tmp tmpfs defaults 0 0\n/dev/sda2 /home ext4 defaults 0 2\n",
        ),
        ("/var/lib/dpkg/status", ""),
        ("/home/bob/.netrc", "machine x\n"),
        ("/etc/ufw/ufw.conf", "ENABLED=no\n"),
        ("/etc/ufw/user.rules", UFW),
        ("/etc/ufw/user6.rules", UFW),
        (
            "/etc/chrony/chrony.conf",
            "pool weak.example iburst\nuser root\n",
        ),
        ("/etc/apparmor.d/x", "profile x {\n}\n"),
        ("/etc/apparmor.d/disable/x", ""),
        (
            "/etc/default/ufw",
            "IPV6=no\nDEFAULT_INPUT_POLICY=\"ACCEPT\"\n",
        ),
    ] {
        disk.write(path, text);
    }
    for path in ["/home/bob", "/home/bob/.netrc"] {
        let mode = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(disk.at(&place(path)), mode).expect("a mode");
    }
    disk
}

/// Makes a root violate one setting.
fn violate(setting: &Setting, disk: &Disk) {
    let Setting {
        kind, name, value, ..
    } = setting;
    match *kind {
        Kind::SYSCTL => disk.write("/etc/sysctl.d/10-weak.conf", &format!("{name} = 4711\n")),
        Kind::PACKAGE if value == "absent" => disk.write(
            "/var/lib/dpkg/status",
            &format!("Package: {name}\nStatus: install ok installed\nVersion: 1\n"),
        ),
        Kind::FILE => violate_file(name, value, disk),
        Kind::CONFIG => violate_config(name, value, disk),
        Kind::SERVICE => {
            let unit = "[Service]\nExecStart=/x\n[Install]\nWantedBy=multi-user.target\n";
            disk.write(&format!("/usr/lib/systemd/system/{name}"), unit);
            if value == "disabled" {
                let link = format!("/etc/systemd/system/multi-user.target.wants/{name}");
                disk.symlink(&link, &format!("/usr/lib/systemd/system/{name}"));
            }
        }
        Kind::GROUP | Kind::USER => violate_account(name, disk),
        Kind::PAM if name == "pwquality" => {
            without_lines(disk, "/etc/pam.d/common-password", "pwquality");
            without_lines(disk, "/var/lib/pam/password", "pwquality");
        }
        Kind::TREE => {
            for (path, mode) in [("/srv/open", 0o666), ("/srv/run", 0o6755)] {
                disk.write(path, "");
                let path = disk.at(&place(path));
                let _ = chown(&path, Some(4711), Some(4711));
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode))
                    .expect("a mode");
            }
            let open = std::fs::Permissions::from_mode(0o777);
            std::fs::set_permissions(disk.at(&place("/srv")), open).expect("a mode");
        }
        _ => {}
    }
}

/// Takes an account away that has to be there, and gives a group a member that it must not have.
fn violate_account(name: &str, disk: &Disk) {
    let (account, what) = name.split_once('/').unwrap_or((name, ""));
    match what {
        "present" if account != "*" => {
            for database in ["passwd", "shadow", "group", "gshadow"] {
                without_lines(disk, &format!("/etc/{database}"), &format!("{account}:"));
            }
        }
        "members" => {
            without_lines(disk, "/etc/group", &format!("{account}:"));
            let path = disk.at(&place("/etc/group"));
            let groups = std::fs::read_to_string(path).expect("groups");
            disk.write("/etc/group", &format!("{groups}{account}:x:2000:bob\n"));
            disk.write("/etc/gshadow", &format!("root:*::\n{account}:!::bob\n"));
        }
        _ => {}
    }
}

fn without_lines(disk: &Disk, path: &str, word: &str) {
    let text = std::fs::read_to_string(disk.at(&place(path))).expect(path);
    let kept: Vec<&str> = text.lines().filter(|line| !line.contains(word)).collect();
    disk.write(path, &(kept.join("\n") + "\n"));
}

fn violate_file(name: &str, value: &Value, disk: &Disk) {
    let name = name.replace("**", "x").replace('*', "x");
    let wrong = if value == "absent" { "" } else { "weak\n" };
    // A whole file that is not there is violated already.
    if value.get("whole").is_none() {
        disk.write(&name, wrong);
        let path = disk.at(&place(&name));
        let _ = chown(&path, Some(4711), Some(4711));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).expect("a mode");
    }
}

fn violate_config(name: &str, value: &Value, disk: &Disk) {
    let (file, key) = name.split_once('#').expect("a file and a key");
    let style: EditStyle = serde_json::from_value(value["style"].clone()).expect("a style");
    let absent = value["accept"] == "absent";
    let edit = Edit {
        style,
        reader: None,
        values: Vec::from_iter(absent.then(|| (key.to_owned(), "weak".to_owned()))),
        removed: Vec::new(),
        create: true,
    };
    let there = std::fs::read_to_string(disk.at(&place(file))).unwrap_or_default();
    disk.write(file, &apply(&edit, &there));
}
