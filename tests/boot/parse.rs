//! Small parsers of what no other program checks offline: pxelinux and iPXE.

use std::collections::BTreeSet;

use crate::folder::text;
use crate::site::paris;

/// Commands of iPXE that the scripts use (ipxe.org/cmd).
const IPXE: [&str; 13] = [
    "set", "isset", "goto", "chain", "inc", "iseq", "echo", "exit", "sanboot", "kernel", "initrd",
    "boot", "sleep",
];

/// What is wrong with a script of iPXE: unknown commands, labels that nothing has, no end.
fn ipxe_wrong(script: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if script.lines().next() != Some("#!ipxe") {
        wrong.push("the first line is not #!ipxe".to_owned());
    }
    let labels: BTreeSet<&str> = script
        .lines()
        .filter_map(|line| line.strip_prefix(':'))
        .collect();
    for line in script.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ':']) {
            continue;
        }
        if line.matches("${").count() > line.matches('}').count() {
            wrong.push(format!("`{line}` has an open expansion"));
        }
        for command in line.split("&&").flat_map(|part| part.split("||")) {
            let words: Vec<&str> = command.split_whitespace().collect();
            match words.as_slice() {
                [] => {}
                ["goto", label] if !labels.contains(label) => {
                    wrong.push(format!("there is no label {label}"));
                }
                [command, ..] if !IPXE.contains(command) => {
                    wrong.push(format!("there is no command {command}"));
                }
                _ => {}
            }
        }
    }
    wrong
}

/// What is wrong with a configuration of pxelinux.
fn pxelinux_wrong(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    let lines: Vec<&str> = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let value = |key: &str| {
        let found = lines
            .iter()
            .filter_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
        found.collect::<Vec<_>>()
    };
    let mut wrong = Vec::new();
    for label in value("DEFAULT") {
        if !value("LABEL").contains(&label) {
            wrong.push(format!("there is no label {label}"));
        }
    }
    if value("KERNEL").len() + value("LOCALBOOT").len() != value("LABEL").len() {
        wrong.push("a label starts nothing".to_owned());
    }
    for line in lines {
        let known = [
            "DEFAULT",
            "PROMPT",
            "NOESCAPE",
            "LABEL",
            "KERNEL",
            "INITRD",
            "APPEND",
            "SYSAPPEND",
            "LOCALBOOT",
        ];
        let word = line.split(' ').next().unwrap_or_default();
        if !known.contains(&word) {
            wrong.push(format!("there is no command {word}"));
        }
        // Longer lines are cut (pxelinux's and the kernel's limit).
        if line.len() > 2047 {
            wrong.push("a line is too long".to_owned());
        }
    }
    wrong
}

#[test]
fn scripts_of_ipxe_and_configurations_of_pxelinux_are_right() {
    let files = paris();
    let mut count = 0;
    for path in files.keys().map(terroir::kickstart::RelativePath::as_str) {
        let wrong = match path {
            path if path.ends_with(".ipxe") => ipxe_wrong(text(&files, path)),
            path if path.contains("pxelinux.cfg/") => pxelinux_wrong(text(&files, path)),
            _ => continue,
        };
        assert!(wrong.is_empty(), "{path}: {wrong:?}");
        count += 1;
    }
    // Two scripts for each of eight addresses, one for UUID, serial number and the site; for pxelinux
    // one for each address, one for the UUID, one for all others.
    assert_eq!(count, 8 * 2 + 3 + 8 + 2);
}

#[test]
fn the_readers_can_say_no() {
    let good = text(&paris(), "http/boot.ipxe").to_owned();
    for (from, to) in [
        ("goto end", "goto ende"),
        ("isset", "isett"),
        ("#!ipxe", "#ipxe"),
    ] {
        assert!(!ipxe_wrong(&good.replacen(from, to, 1)).is_empty(), "{to}");
    }
    let good = text(&paris(), "tftp/pxelinux.cfg/default").to_owned();
    for (from, to) in [("DEFAULT local", "DEFAULT disk"), ("LOCALBOOT", "LOCAL")] {
        assert!(
            !pxelinux_wrong(&good.replacen(from, to, 1)).is_empty(),
            "{to}"
        );
    }
}
