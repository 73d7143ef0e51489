//! Defaults and rules of sudo, as `cvtsudoers` reads them with all that they take in.

use std::fmt::Write as _;

use serde_json::{Value, json};
use terroir::setting::{Kind, Outcome};

use crate::judge::{is_root, is_there};
use crate::random::{Random, cases};
use crate::root::{Root, agree, ask, check};

const SCOPES: &[&str] = &[
    "", "", "", "", ":bob", ": bob", "@ALL", ">root", "!/bin/ls", ":%adm,al",
];
const TERMS: &[&str] = &[
    "use_pty",
    "!use_pty",
    "! use_pty",
    "logfile=/var/log/sudo.log",
    "logfile = \"/var/log/sudo.log\"",
    "logfile=/var/log/other",
    "!logfile",
    "timestamp_timeout=15",
    "timestamp_timeout = 5",
    "timestamp_timeout=-1",
    "timestamp_timeout=60",
    "timestamp_timeout=0",
    "timestamp_timeout=2.5",
    "!authenticate",
    "authenticate",
    "env_reset",
    "secure_path=\"/usr/sbin:/use_pty\"",
    "passprompt=\"a, use_pty # b\"",
    "env_keep += \"A B\"",
    "badpass_message=a\\,use_pty",
];
const RULES: &[&str] = &[
    "root ALL=(ALL:ALL) ALL",
    "%sudo\tALL=(ALL:ALL) ALL",
    "bob ALL=(ALL) NOPASSWD: ALL",
    "bob ALL = NOPASSWD : /bin/ls, PASSWD: /bin/cat",
    "bob ALL=(root) EXEC: NOPASSWD: /bin/ls",
    "al ALL=(ALL) PASSWD: ALL",
    "bob ALL=/bin/echo NOPASSWD\\: x",
    "Cmnd_Alias NOPASSWDS = /bin/ls",
    "User_Alias ADMINS = al, bob",
    "ADMINS ALL=ALL",
    "#1000 ALL=(ALL) NOPASSWD:ALL",
    "bob ALL=(ALL) ALL # NOPASSWD: ALL",
    "# bob ALL=(ALL) NOPASSWD: ALL",
    "#Defaults use_pty",
    "",
    "al ALL=(ALL) /bin/cat : host = NOPASSWD: /bin/ls",
];
const NAMES: &[&str] = &[
    "/etc/sudoers.d/10-a",
    "/etc/sudoers.d/90-b",
    "/etc/sudoers.d/20.conf",
    "/etc/sudoers.d/30-c~",
    "/etc/sudoers.d/_d",
    "/etc/sudoers.d/sub/x",
    "/etc/sudoers.extra",
    "/etc/my sudoers",
];
const INCLUDES: &[&str] = &[
    "@includedir /etc/sudoers.d",
    "#includedir /etc/sudoers.d",
    "  @includedir\t/etc/sudoers.d  ",
    "@include /etc/sudoers.extra",
    "#include sudoers.extra",
    "@include \"/etc/my sudoers\"",
    "@include /etc/my\\ sudoers",
    "# includedir /etc/sudoers.d",
    "@includedir /etc/sudoers.d # all",
];

fn statement(random: &mut Random) -> String {
    if random.chance(35) {
        let indent = random.one(&["", "", " "]);
        return format!("{indent}{}", random.one(RULES));
    }
    let scope = random.one(SCOPES);
    let mut terms: Vec<&str> = (0..=random.below(3)).map(|_| *random.one(TERMS)).collect();
    terms.dedup();
    let comma = random.one(&[", ", ",", " , ", ",\\\n   "]);
    let indent = random.one(&["", "", "  "]);
    let between = random.one(&[" ", "\t", " \\\n "]);
    let end = random.one(&["", "", "", " # use_pty", "  "]);
    format!("{indent}Defaults{scope}{between}{}{end}", terms.join(comma))
}

fn text(random: &mut Random, may_include: bool) -> String {
    let mut text = String::new();
    for _ in 0..=random.below(5) {
        match may_include && random.chance(25) {
            true => text.push_str(random.one::<&str>(INCLUDES)),
            false => text.push_str(&statement(random)),
        }
        text.push('\n');
    }
    text
}

/// What sudo has in force by the JSON of `cvtsudoers`.
struct Judged(Value);

impl Judged {
    fn defaults(&self) -> impl Iterator<Item = (bool, &serde_json::Map<String, Value>)> {
        let all = self.0["Defaults"].as_array().into_iter().flatten();
        all.flat_map(|one| {
            let options = one["Options"].as_array().into_iter().flatten();
            let is_global = one.get("Binding").is_none();
            options.filter_map(move |option| Some((is_global, option.as_object()?)))
        })
    }

    /// Whether a Default is in force for all, and nobody has a weaker one.
    fn holds(&self, name: &str, good: impl Fn(&Value) -> bool) -> bool {
        let mut last = false;
        for (is_global, option) in self.defaults() {
            let Some(value) = option.get(name) else {
                continue;
            };
            match is_global {
                true => last = good(value),
                false if !good(value) => return false,
                false => {}
            }
        }
        last
    }

    fn says_no_authenticate(&self) -> bool {
        let mut all = self.defaults();
        all.any(|(_, option)| option.get("authenticate") == Some(&json!(false)))
    }

    fn has_no_password(&self) -> bool {
        let specs = self.0["User_Specs"].as_array().into_iter().flatten();
        let mut commands = specs.flat_map(|one| one["Cmnd_Specs"].as_array().into_iter().flatten());
        commands.any(|one| {
            let mut options = one["Options"].as_array().into_iter().flatten();
            options.any(|option| option["authenticate"] == json!(false))
        })
    }
}

/// What the judge makes of the files of each case, in a namespace where they lie at their places.
const CONVERT: &str = "for case in \"$1\"/*; do mount --bind \"$case/etc\" /etc && \
     { cvtsudoers -f json -o \"$case/json\" /etc/sudoers 2>\"$case/said\" || rm -f \"$case/json\"; \
     umount /etc; }; done";

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "files are written, judged and compared in turn"
)]
fn defaults_and_rules_are_those_that_sudo_reads() {
    if !is_root() || !["unshare", "cvtsudoers"].iter().all(|one| is_there(one)) {
        return;
    }
    let mut random = Random::new(5);
    let root = Root::new();
    let tried = cases();
    let mut told = Vec::new();
    for number in 0..tried {
        let mut all = String::new();
        let mut put = |path: &str, text: &str| {
            let _ = writeln!(all, "--- {path}\n{text}");
            root.write(&format!("{number:05}{path}"), text);
        };
        put("/etc/sudoers", &text(&mut random, true));
        put("/etc/passwd", "root:x:0:0::/root:/bin/sh\n");
        for path in ["/etc/sudoers.extra", "/etc/my sudoers"] {
            put(path, &text(&mut random, false));
        }
        for path in NAMES {
            if random.chance(30) {
                put(path, &text(&mut random, false));
            }
        }
        told.push(all);
    }
    let place = root.path().display().to_string();
    ask("unshare", &["-m", "sh", "-c", CONVERT, "sh", &place]);
    let (mut judged, mut wrong) = (0, Vec::new());
    for (number, told) in told.iter().enumerate() {
        let case = root.path().join(format!("{number:05}"));
        let Ok(json) = std::fs::read(case.join("json")) else {
            continue;
        };
        judged += 1;
        // Of files that say nothing it makes nothing.
        let judge = match json.is_empty() {
            true => Judged(json!({})),
            false => Judged(serde_json::from_slice(&json).expect("JSON")),
        };
        let snapshot = terroir::tree::Snapshot::of_directory(&case).expect("readable");
        let minutes = |value: &Value| {
            let text = value.as_str().unwrap_or("-1");
            text.parse::<f64>()
                .is_ok_and(|minutes| (0.0..=15.0).contains(&minutes))
        };
        let log = |value: &Value| value == "/var/log/sudo.log";
        for (name, value, theirs) in [
            (
                "use_pty",
                json!({"on": true}),
                judge.holds("use_pty", |value| value == true),
            ),
            (
                "logfile",
                json!({"is": "/var/log/sudo.log"}),
                judge.holds("logfile", log),
            ),
            (
                "timestamp_timeout",
                json!({"is": "15"}),
                judge.holds("timestamp_timeout", minutes),
            ),
            (
                "!authenticate",
                json!("absent"),
                !judge.says_no_authenticate(),
            ),
            ("NOPASSWD", json!("absent"), !judge.has_no_password()),
        ] {
            let checked = check(Kind::SUDO, name, &value, &snapshot);
            if (checked.outcome == Outcome::Met) != theirs {
                wrong.push(format!(
                    "{name}: sudo {theirs}, we: {}\n{told}\n{}",
                    checked.found, judge.0
                ));
            }
        }
    }
    assert!(
        judged * 10 > tried * 6,
        "cvtsudoers took {judged} of {tried}"
    );
    agree("sudo", judged, &wrong);
}
