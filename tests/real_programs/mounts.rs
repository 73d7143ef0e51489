//! What a boot mounts, as the generator of fstab and the first transaction of systemd have it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;
use terroir::setting::{Kind, Outcome};

use crate::judge::{is_root, is_there};
use crate::random::{Random, cases};
use crate::root::{Root, agree, ask, check, said};

const GENERATOR: &str = "/usr/lib/systemd/system-generators/systemd-fstab-generator";
const SYSTEMD: &str = "/usr/lib/systemd/systemd";

/// The places of one root; each has a configuration of its own.
const PLACES: usize = 100;

const WHAT: &[&str] = &[
    "tmpfs",
    "/dev/sda1",
    "/dev/mapper/vg-tmp",
    "/dev/disk/by-id/wwn-0x5000",
    "UUID=0a3407de-014b-458b-b5c1-848e92a327a3",
    "LABEL=with\\040space",
    "PARTUUID=1234-02",
];
const TYPES: &[&str] = &["tmpfs", "ext4", "xfs", "auto"];
const OPTIONS: &[&str] = &[
    "defaults",
    "nodev",
    "nosuid",
    "noexec",
    "dev",
    "exec",
    "relatime",
    "size=1g",
    "noauto",
    "auto",
    "x-systemd.automount",
    "x-systemd.device-timeout=5",
    "comment=a",
    "x-systemd.idle-timeout=1min",
    "x-systemd.wanted-by=multi-user.target",
    "_netdev",
];
const UNIT_OPTIONS: &[&str] = &[
    "mode=1777",
    "nodev",
    "nosuid",
    "noexec",
    "size=50%%",
    "exec",
];
const WANTS: &[&str] = &[
    "local-fs.target.wants",
    "multi-user.target.wants",
    "rescue.target.wants",
];
const ETC: &str = "/etc/systemd/system";
const LOCAL: &str = "/usr/local/lib/systemd/system";
const VENDOR: &str = "/usr/lib/systemd/system";

/// The targets of a boot.
fn targets(root: &Root) {
    for (name, needs) in [
        ("default.target", "Requires=multi-user.target\n"),
        (
            "multi-user.target",
            "Requires=basic.target\nWants=remote-fs.target\n",
        ),
        ("basic.target", "Requires=local-fs.target\n"),
        ("local-fs.target", ""),
        ("remote-fs.target", ""),
        ("rescue.target", ""),
    ] {
        let text = format!("[Unit]\nDefaultDependencies=no\n{needs}");
        root.write(&format!("{VENDOR}/{name}"), &text);
    }
    let fsck = "[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/bin/true\n";
    root.write(&format!("{VENDOR}/systemd-fsck@.service"), fsck);
}

/// One configuration of a place.
#[expect(
    clippy::too_many_lines,
    reason = "one of everything that a place can have"
)]
fn configure(random: &mut Random, root: &Root, number: usize, fstab: &mut String) -> String {
    let place = format!("/srv/c{number}");
    let name = format!("srv-c{number}.mount");
    let told = RefCell::new(String::new());
    let tell = |line: String| {
        let _ = writeln!(told.borrow_mut(), "{line}");
    };
    let own = random.below(8);
    let is_sound = own >= 6;
    let lines = *random.one(&[0, 1, 1, 1, 2]);
    for _ in 0..lines {
        if random.chance(15) {
            let _ = writeln!(fstab, "  # {place} tmpfs");
        }
        let (what, fs_type) = (random.one(WHAT), random.one(TYPES));
        let mut options = random.some(OPTIONS, 5, ",");
        // What a target requires and is masked or wrong would stop the whole boot.
        if !is_sound {
            options = format!("nofail,{options}");
        }
        let options = options.trim_end_matches(',');
        let options = if options.is_empty() {
            "defaults"
        } else {
            options
        };
        let slash = random.one(&["", "", "", "/"]);
        let (space, end) = (
            random.one(&[" ", "\t", "  "]),
            random.one(&["", " 0 0", "\t0\t2"]),
        );
        let line = format!("{what} {place}{slash}{space}{fs_type} {options}{end}");
        let _ = writeln!(fstab, "{line}");
        tell(format!("fstab: {line}"));
    }
    let put = |path: String, text: String| {
        tell(format!("{path}: {}", text.replace('\n', "; ")));
        root.write(&path, &text);
    };
    let unit = |random: &mut Random| {
        let options = random.some(UNIT_OPTIONS, 4, ",");
        let at = if random.chance(95) {
            place.clone()
        } else {
            "/srv/elsewhere".into()
        };
        let second = random.one(&[
            "",
            "",
            "",
            "Options=\n",
            "Options=nodev\\\n  ,nosuid,noexec\n",
        ]);
        format!(
            "# a\n[Unit]\nOptions=no\n[Mount]\nWhat=tmpfs\nWhere = {at}\nType=tmpfs\nOptions={options}\n{second}"
        )
    };
    match own {
        0 => root.link(&format!("{ETC}/{name}"), "/dev/null"),
        1 => put(format!("{ETC}/{name}"), String::new()),
        2 | 3 => put(format!("{ETC}/{name}"), unit(random)),
        _ => {}
    }
    if random.chance(30) {
        put(format!("{VENDOR}/{name}"), unit(random));
    }
    match random.below(20) {
        0 => put(format!("{LOCAL}/{name}"), unit(random)),
        1 => root.link(&format!("{LOCAL}/{name}"), "/dev/null"),
        _ => {}
    }
    for folder in [ETC, VENDOR, LOCAL] {
        if random.chance(12) {
            let file = random.one(&["10-a.conf", "50-b.conf", "50-b.txt", "zz.conf"]);
            let options = random.some(UNIT_OPTIONS, 3, ",");
            let section = random.one(&["Mount", "Mount", "Unit"]);
            let folder = format!("{folder}/{name}.d");
            put(
                format!("{folder}/{file}"),
                format!("[{section}]\nOptions={options}\n"),
            );
        }
        if random.chance(25) {
            let link = format!("{folder}/{}/{name}", random.one(WANTS));
            let target = random.one(&["../x.mount", "../x.mount", "/dev/null"]);
            tell(format!("{link} -> {target}"));
            root.link(&link, &target.replace("x.mount", &name));
        }
        if random.chance(10) {
            let automount = name.replace(".mount", ".automount");
            match random.chance(20) && !is_sound {
                true => root.link(&format!("{folder}/{automount}"), "/dev/null"),
                false => put(
                    format!("{folder}/{automount}"),
                    format!("[Automount]\nWhere={place}\n"),
                ),
            }
            let link = format!("{folder}/local-fs.target.wants/{automount}");
            if random.chance(60) {
                tell(link.clone());
                root.link(&link, &format!("../{automount}"));
            }
        }
    }
    told.into_inner()
}

/// What systemd would do with a unit.
#[derive(Default, Debug)]
struct Unit {
    load: String,
    options: String,
    started: bool,
}

/// Every unit of the first transaction of a boot.
fn boot(root: &Root) -> BTreeMap<String, Unit> {
    let at = |path: &str| format!("{}/{path}", root.path().display());
    std::fs::create_dir_all(at("gen")).expect("a folder");
    let script = format!(
        "mount -t tmpfs tmpfs /sys && SYSTEMD_FSTAB={} {GENERATOR} {gen} {gen} {gen}",
        at("etc/fstab"),
        gen = at("gen")
    );
    // Devices are ignored where /sys is read only, as in a container.
    ask("unshare", &["-m", "sh", "-c", &script]);
    let path = [ETC, "/gen", LOCAL, VENDOR];
    let path: Vec<String> = path
        .iter()
        .map(|folder| at(folder.trim_start_matches('/')))
        .collect();
    let path = format!("SYSTEMD_UNIT_PATH={}", path.join(":"));
    let arguments = [
        "-m",
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "env",
        &path,
        SYSTEMD,
        "--test",
        "--system",
        "--no-pager",
        "--unit=default.target",
    ];
    let output = ask("unshare", &arguments);
    let mut units: BTreeMap<String, Unit> = BTreeMap::new();
    let mut current = String::new();
    for line in said(&output).lines() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix("-> Unit ") {
            current = name.trim_end_matches(':').to_owned();
            continue;
        }
        let unit = units.entry(current.clone()).or_default();
        if let Some(state) = line.strip_prefix("Unit Load State: ") {
            unit.load = state.to_owned();
        } else if let Some(options) = line.strip_prefix("Options: ") {
            unit.options = options.to_owned();
        } else if let Some(action) = line.strip_prefix("Action: ") {
            unit.started |= action == format!("{current} -> start");
        }
    }
    let started = units.get("default.target").is_some_and(|unit| unit.started);
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(started, "systemd makes no transaction: {why}");
    units
}

fn in_force(options: &str, wanted: &str) -> bool {
    let opposite = wanted.trim_start_matches("no");
    let mut said = options
        .split(',')
        .filter(|one| [wanted, opposite].contains(one));
    said.next_back() == Some(wanted)
}

#[test]
fn what_is_mounted_and_how_is_what_systemd_would_do() {
    let there = ["unshare", "setpriv"].iter().all(|one| is_there(one));
    if !is_root() || !there || !is_there(GENERATOR) || !is_there(SYSTEMD) {
        return;
    }
    let mut random = Random::new(7);
    let (mut tried, mut wrong, mut mounted) = (0, Vec::new(), 0);
    while tried < cases() {
        let root = Root::new();
        targets(&root);
        let mut fstab = String::from("# static table\nproc /proc proc defaults 0 0\n\n");
        let told: Vec<String> = (0..PLACES)
            .map(|number| configure(&mut random, &root, number, &mut fstab))
            .collect();
        root.write("etc/fstab", &fstab);
        let units = boot(&root);
        let snapshot = root.snapshot();
        for (number, told) in told.iter().enumerate() {
            tried += 1;
            let unit = units.get(&format!("srv-c{number}.mount"));
            let automount = units.get(&format!("srv-c{number}.automount"));
            let loaded = unit.filter(|unit| unit.load == "loaded");
            let on_use = automount.is_some_and(|unit| unit.load == "loaded" && unit.started);
            let started = loaded.filter(|unit| unit.started || on_use);
            mounted += usize::from(started.is_some());
            for wanted in [None, Some("nodev"), Some("nosuid"), Some("noexec")] {
                let theirs = started.is_some_and(|unit| {
                    wanted.is_none_or(|wanted| in_force(&unit.options, wanted))
                });
                let options: Vec<&str> = wanted.into_iter().collect();
                let value = json!({"options": options, "separate": false, "mounted": true});
                let place = format!("/srv/c{number}");
                let checked = check(Kind::MOUNT, &place, &value, &snapshot);
                if (checked.outcome == Outcome::Met) != theirs {
                    wrong.push(format!(
                        "{place} {wanted:?}: systemd has {unit:?}, automount {on_use}; we say: {}\n{told}",
                        checked.found
                    ));
                }
            }
        }
    }
    assert!(mounted * 5 > tried, "only {mounted} of {tried} are mounted");
    agree("mounts", tried, &wrong);
}
