//! sshd_config beside `sshd -T`.

use std::collections::BTreeMap;

use super::super::fake::place;
use super::batch::{Batch, Differences};
use super::random::Random;
use crate::action::EditStyle;
use crate::setting::kinds::config::{Program, effective};

/// Keys that a `Match` block may change, with values.
const KEYS: [(&str, &[&str]); 12] = [
    (
        "PermitRootLogin",
        &[
            "yes",
            "no",
            "No",
            "without-password",
            "prohibit-password",
            "\"no\"",
        ],
    ),
    ("MaxAuthTries", &["1", "4", "6", "'3'"]),
    (
        "ClientAliveInterval",
        &["0", "300", "5m", "1h", "1m30s", "2M"],
    ),
    ("ClientAliveCountMax", &["0", "3", "1"]),
    ("MaxSessions", &["0", "10", "4"]),
    ("PermitEmptyPasswords", &["yes", "no", "No", "YES"]),
    ("LogLevel", &["INFO", "verbose", "Debug"]),
    ("Banner", &["/etc/issue.net", "none", "\"/etc/a b\""]),
    ("X11Forwarding", &["yes", "no"]),
    ("HostbasedAuthentication", &["yes", "no"]),
    (
        "AllowGroups",
        &["sudo wheel", "admins", "\"sudo\" all", "ops # not dev"],
    ),
    ("DenyUsers", &["eve", "mallory eve"]),
];

/// Keys that only stand outside of blocks.
const GLOBAL: [(&str, &[&str]); 4] = [
    ("LoginGraceTime", &["0", "60", "1m", "2m", "1M10"]),
    ("MaxStartups", &["10:30:60", "5:30:60"]),
    ("UsePAM", &["yes", "no"]),
    ("PermitUserEnvironment", &["no", "yes"]),
];

const INCLUDES: [&str; 9] = [
    "/etc/ssh/sshd_config.d/*.conf",
    "sshd_config.d/[0-9]*.conf",
    "/etc/ssh/sshd_config.d/?0-*.conf",
    "/etc/ssh/sshd_config.d/[!0-4]*.conf",
    "/etc/ssh/*.d/10-a.conf",
    "\"/etc/ssh/sshd_config.d/20-b.conf\"",
    "/etc/ssh/sshd_config.d/99-z.conf sshd_config.d/05-c.conf",
    "/etc/ssh/none/*.conf # nothing",
    "/etc/ssh/sshd_config.d/*",
];

fn cased(word: &str, random: &mut Random) -> String {
    match random.below(4) {
        0 => word.to_lowercase(),
        1 => word.to_uppercase(),
        _ => word.to_owned(),
    }
}

fn line(keys: &[(&str, &[&str])], random: &mut Random) -> String {
    let (key, values) = keys[random.below(keys.len())];
    let value = random.of(values);
    let key = cased(key, random);
    let before = random.of(&["", "", "", "  ", "\t"]);
    let between = random.of(&[" ", " ", "\t", "  ", "=", " = "]);
    let after = random.of(&["", "", "", " ", " # why", "\t#x", " #"]);
    format!("{before}{key}{between}{value}{after}\n")
}

fn text(depth: usize, random: &mut Random) -> String {
    let mut text = String::new();
    let mut is_global = depth < 2;
    for _ in 0..random.below(7) {
        match random.below(12) {
            0 => text += &format!("# {}", line(&KEYS, random)),
            1 => text += &format!("#{}", line(&KEYS, random)),
            2 if depth < 2 => {
                text += &format!("{} {}\n", cased("Include", random), random.of(&INCLUDES));
            }
            3 if depth == 0 || random.once_in(3) => {
                let whom = random.of(&["all", "All", "all # everybody", "User bob", "Group x"]);
                text += &format!("{} {whom}\n", cased("Match", random));
                is_global = false;
            }
            4 => text += "\n",
            5 if is_global => text += &line(&GLOBAL, random),
            _ => text += &line(&KEYS, random),
        }
    }
    text
}

/// What `sshd -T` says, by key; lists have several lines.
fn settings(said: &str) -> BTreeMap<String, String> {
    let mut settings: BTreeMap<String, String> = BTreeMap::new();
    for line in said.lines() {
        let (key, value) = line.split_once(' ').unwrap_or((line, ""));
        let held = settings.entry(key.to_owned()).or_default();
        if !held.is_empty() {
            held.push(' ');
        }
        held.push_str(value);
    }
    settings
}

#[test]
fn sshd_says_the_same() {
    let batch = Batch::new(0x55_4844, |root| {
        root.folder("etc/ssh/sshd_config.d");
        if root.random.once_in(40) {
            root.write("etc/ssh/sshd_config", "# nothing is set\n");
            return;
        }
        let main = text(0, root.random);
        root.write("etc/ssh/sshd_config", &main);
        for name in [
            "05-c.conf",
            "10-a.conf",
            "20-b.conf",
            "99-z.conf",
            ".hidden.conf",
            "50-x",
        ] {
            if root.random.below(3) > 0 {
                let depth = if root.random.once_in(3) { 1 } else { 2 };
                // What takes others in must not take itself in.
                let text = match depth {
                    1 => text(1, root.random)
                        .replace("*.conf", "99-z.conf")
                        .replace("/*", "/50-x"),
                    _ => text(2, root.random),
                };
                let inner = name == "99-z.conf" || name == "50-x";
                let is_include = |line: &&str| line.to_lowercase().trim().starts_with("include");
                let text: Vec<&str> = text
                    .lines()
                    .filter(|line| !inner || !is_include(line))
                    .collect();
                root.write(
                    &format!("etc/ssh/sshd_config.d/{name}"),
                    &(text.join("\n") + "\n"),
                );
            }
        }
    });
    let before = "mount -t tmpfs none /run; mkdir /run/sshd; \
                  ssh-keygen -q -t ed25519 -N '' -f /run/key";
    let each = "mount --bind $root/etc/ssh /etc/ssh; \
                sshd -T -f /etc/ssh/sshd_config -h /run/key 2>/run/wrong || \
                { echo invalid; cat /run/wrong; }; umount /etc/ssh";
    let programs = ["/usr/sbin/sshd", "/usr/bin/ssh-keygen"];
    let Some(said) = batch.said(&programs, before, each) else {
        return;
    };
    let empty = (0..batch.count).find(|number| batch.shown(*number).contains("nothing is set"));
    let defaults = settings(&said[empty.expect("one of them sets nothing")]);
    let mut differences = Differences::default();
    for (number, said) in said
        .iter()
        .enumerate()
        .filter(|(_, said)| !said.contains("invalid"))
    {
        let theirs = settings(said);
        let root = batch.snapshot(number);
        for (key, _) in KEYS.iter().chain(&GLOBAL) {
            let lower = key.to_lowercase();
            let found = effective(&root, &place("/etc/ssh/sshd_config"), EditStyle::Space, key);
            let found = found.expect("examined").remove(0).map(|found| found.value);
            let mean = |text: &str| Program::Sshd.meaning(key, text);
            let value = |said: &BTreeMap<String, String>| said.get(&lower).map(|text| mean(text));
            let ours = found.map(|text| mean(&text)).or_else(|| value(&defaults));
            differences.compare((ours, value(&theirs)), &format!("{number} {key}"), || {
                batch.shown(number)
            });
        }
    }
    differences.none(batch.count * 10);
}
