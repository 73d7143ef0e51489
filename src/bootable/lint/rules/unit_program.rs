//! `unit-program`: enabled units that run what is not there.

use crate::bootable::declared::words;
use crate::bootable::lint::ini::Line;
use crate::bootable::lint::root::{Root, constant};
use crate::bootable::lint::rule::{ANY, Found, Rule, Severity};
use crate::bootable::lint::units::{enabled, lines_of};
use crate::path::TreePath;

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "unit-program",
    severity: Severity::Error,
    summary: "an enabled unit runs a program that is missing",
    applies: ANY,
    check,
};

/// Where systemd looks for a program without a path.
const PATH: [&str; 6] = [
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
];
/// Where programs appear only on a running machine.
const LIVE: [&str; 10] = [
    "/dev", "/home", "/media", "/mnt", "/proc", "/run", "/srv", "/sys", "/tmp", "/var",
];

fn check(root: &Root) -> Vec<Found> {
    let mut found = Vec::new();
    for (name, link) in enabled(root) {
        if !name.ends_with(".service") {
            continue;
        }
        let Some(lines) = lines_of(root, &name) else {
            continue;
        };
        if has_other_condition(root, &lines) {
            continue;
        }
        for program in programs(&lines) {
            if !is_there(root, &program) {
                let message = format!("it starts {program}, which is not there");
                found.push(Found::at(&link, message));
            }
        }
    }
    found
}

/// What the unit runs, as far as its absence fails the unit.
fn programs(lines: &[Line]) -> Vec<String> {
    let mut programs = Vec::new();
    for line in lines
        .iter()
        .filter(|line| line.section == "Service" && line.key == "ExecStart")
    {
        if line.value.is_empty() {
            programs.clear();
            continue;
        }
        let word = words(&line.value).into_iter().next().unwrap_or_default();
        let program = word.trim_start_matches(['@', '-', ':', '+', '!', '|']);
        let signs = word.strip_suffix(program).unwrap_or_default();
        let is_open = program.contains(['%', '$']);
        if !signs.contains('-') && !is_open && !program.is_empty() {
            programs.push(program.to_owned());
        }
    }
    programs
}

/// Tells whether a condition names a path that is not there, so that the unit need not start.
fn has_other_condition(root: &Root, lines: &[Line]) -> bool {
    let mut conditions = lines.iter().filter(|line| {
        ["Condition", "Assert"]
            .iter()
            .any(|start| line.key.starts_with(start))
            && ["Path", "File", "Directory"]
                .iter()
                .any(|what| line.key.contains(what))
    });
    conditions.any(|line| {
        let path = line.value.trim_start_matches('|');
        match TreePath::parse(path) {
            Ok(path) => !root.leads(&path),
            Err(_) => true,
        }
    })
}

fn is_there(root: &Root, program: &str) -> bool {
    if !program.starts_with('/') {
        return PATH
            .iter()
            .any(|folder| root.leads(&constant(&format!("{folder}/{program}"))));
    }
    let is_live = LIVE.iter().any(|top| {
        program
            .strip_prefix(top)
            .is_some_and(|rest| rest.starts_with('/'))
    });
    // Where /opt is a link, machines have it elsewhere.
    let is_opt = program.starts_with("/opt/") && !root.is_folder("/opt");
    is_live || is_opt || TreePath::parse(program).is_ok_and(|path| root.leads(&path))
}
