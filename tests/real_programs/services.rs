//! Whether units are enabled or masked, as `systemctl --root is-enabled` says.

use std::fmt::Write as _;

use serde_json::json;
use terroir::setting::{Kind, Outcome};

use crate::judge::is_there;
use crate::random::{Random, cases};
use crate::root::{Root, agree, ask, check, said};

const ETC: &str = "/etc/systemd/system";
const LOCAL: &str = "/usr/local/lib/systemd/system";
const VENDOR: &str = "/usr/lib/systemd/system";

const INSTALL: &[&str] = &[
    "WantedBy=multi-user.target\n",
    "WantedBy=multi-user.target\n",
    "RequiredBy=basic.target\nAlias=other-%N.service\n",
    "",
    "WantedBy=multi-user.target\nWantedBy=\n",
    "Also=nothing.socket\n",
];

/// One configuration of a unit, and its name.
fn configure(random: &mut Random, root: &Root, number: usize) -> (String, String) {
    let mut told = String::new();
    let suffix = random.one(&["service", "service", "socket", "timer"]);
    let template = random.chance(20);
    let at = if template { "@" } else { "" };
    let file = format!("c{number}{at}.{suffix}");
    let asked = match template && random.chance(60) {
        true => format!("c{number}@one.{suffix}"),
        false => file.clone(),
    };
    let text = format!("[Unit]\nDescription=x\n[Install]\n{}", random.one(INSTALL));
    let mut put = |path: String, what: &str| {
        let _ = writeln!(told, "{path}: {}", what.replace('\n', "; "));
        match what.strip_prefix("-> ") {
            Some(target) => root.link(&path, target),
            None => root.write(&path, what),
        }
    };
    match random.below(10) {
        0..=6 => put(format!("{VENDOR}/{file}"), &text),
        7 => put(format!("{VENDOR}/{file}"), "-> /dev/null"),
        8 => put(format!("{VENDOR}/{file}"), ""),
        _ => {}
    }
    match random.below(16) {
        0 => put(format!("{ETC}/{file}"), "-> /dev/null"),
        1 => put(format!("{ETC}/{asked}"), "-> /dev/null"),
        2 => put(format!("{ETC}/{file}"), ""),
        3 => put(format!("{ETC}/{file}"), &text),
        4 => put(format!("{LOCAL}/{file}"), &text),
        5 => put(format!("{LOCAL}/{file}"), "-> /dev/null"),
        6 => put(format!("{ETC}/{file}"), &format!("-> {VENDOR}/{file}")),
        _ => {}
    }
    let target = format!("-> {VENDOR}/{file}");
    for (folder, percent) in [(ETC, 45), (LOCAL, 5)] {
        if random.chance(percent) {
            let wants = random.one(&["multi-user.target.wants", "x.service.requires"]);
            let link = if random.chance(50) { &asked } else { &file };
            let target = match random.chance(80) {
                true => target.clone(),
                false => format!("-> ../{file}"),
            };
            put(format!("{folder}/{wants}/{link}"), &target);
        }
    }
    if !template && random.chance(10) {
        put(format!("{ETC}/alias{number}.{suffix}"), &target);
    }
    (asked, told)
}

#[test]
fn units_are_enabled_or_masked_as_systemctl_says() {
    if !is_there("systemctl") {
        return;
    }
    const UNITS: usize = 100;
    let mut random = Random::new(3);
    let (mut tried, mut wrong) = (0, Vec::new());
    let mut states = std::collections::BTreeMap::<String, usize>::new();
    while tried < cases() {
        let root = Root::new();
        let units: Vec<(String, String)> = (0..UNITS)
            .map(|number| configure(&mut random, &root, number))
            .collect();
        let snapshot = root.snapshot();
        let place = format!("--root={}", root.path().display());
        for (unit, told) in &units {
            tried += 1;
            let output = ask("systemctl", &[&place, "is-enabled", unit]);
            let state = said(&output).trim().to_owned();
            *states.entry(state.clone()).or_default() += 1;
            let masked = state.starts_with("masked");
            let enabled = matches!(state.as_str(), "enabled" | "enabled-runtime" | "alias");
            let missing = state.is_empty();
            // What the vendor starts by a link is static or disabled for systemctl.
            let why = String::from_utf8_lossy(&output.stderr).into_owned();
            // It refuses a link of the unit's own name to where the vendor has it, which boots.
            if why.contains("Too many levels") {
                continue;
            }
            // What the vendor starts by a link is static or disabled for systemctl.
            let by_vendor = told.lines().any(|line| {
                let started = line.contains(".wants/") || line.contains(".requires/");
                line.starts_with(LOCAL) && started
            });
            for (demand, theirs) in [
                ("enabled", enabled),
                ("disabled", !enabled),
                ("masked", masked || missing),
                ("unmasked", !masked),
            ] {
                if by_vendor && !demand.contains("mask") {
                    continue;
                }
                let checked = check(Kind::SERVICE, unit, &json!(demand), &snapshot);
                let ours = checked.outcome == Outcome::Met;
                if ours != theirs {
                    wrong.push(format!(
                        "{unit} {demand}: systemctl says `{state}`, we: {}\n{told}",
                        checked.found
                    ));
                }
            }
        }
    }
    assert!(states.len() > 4, "only {states:?}");
    agree("services", tried, &wrong);
}
