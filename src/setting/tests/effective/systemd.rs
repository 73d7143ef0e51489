//! Configuration files of systemd beside `systemd-analyze cat-config`.

use super::super::fake::place;
use super::batch::{Batch, Differences};
use super::random::Random;
use crate::action::EditStyle;
use crate::setting::kinds::config::effective;

const FOLDERS: [&str; 4] = [
    "etc/systemd",
    "run/systemd",
    "usr/local/lib/systemd",
    "usr/lib/systemd",
];

/// Files with a section and a key of each.
const FILES: [(&str, &str, &str); 4] = [
    ("journald.conf", "Journal", "Storage"),
    ("timesyncd.conf", "Time", "NTP"),
    ("coredump.conf", "Coredump", "ProcessSizeMax"),
    ("logind.conf", "Login", "KillUserProcesses"),
];

fn text(section: &str, key: &str, random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..=random.below(6) {
        let value = random.of(&[
            "none",
            "auto",
            "persistent",
            "yes",
            "0",
            "",
            "a b",
            "\"quoted\"",
        ]);
        let equals = random.of(&["=", " = ", "=  ", "\t="]);
        text += &match random.below(12) {
            0 => format!("# {key}={value}\n"),
            1 => format!(" ;{key}={value}\n"),
            2 => format!("[Other]\n{key}={value}\n"),
            3 => format!("  [{section}]\n"),
            4 => format!("[{section}]\n{key}{equals}{value} \\\n  more\n"),
            5 => format!("[{section}]\nOther=x\\\n{key}=swallowed\n"),
            6 => format!("[{section}]\n{key}=one\\\n# a comment between\n two\n"),
            7 => format!("{}={value}\n", key.to_lowercase()),
            8 => "\n".to_owned(),
            _ => format!("[{section}]\n  {key}{equals}{value}\n"),
        };
    }
    text
}

/// The last assignment in what the program shows, which is every file in the order that counts.
fn last(said: &str, section: &str, key: &str) -> Option<String> {
    let mut current = "";
    let mut found = None;
    let mut whole = String::new();
    for line in said.lines() {
        let line = line.trim_start();
        // The names of files are shown as comments; what one file leaves open ends there.
        if line.starts_with("# /") {
            whole.clear();
            current = "";
        }
        if line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(open) = line.strip_suffix('\\') {
            whole = whole + open + " ";
            continue;
        }
        let line = std::mem::take(&mut whole) + line;
        let line = line.trim();
        if line.starts_with('[') {
            let sections = [section, "Other"];
            let own = |name: &&&str| line == format!("[{name}]");
            current = sections.iter().find(own).copied().unwrap_or_default();
        } else if let Some((word, value)) = line.split_once('=')
            && word.trim() == key
            && current == section
        {
            found = Some(value.trim().to_owned());
        }
    }
    found
}

#[test]
fn cat_config_says_the_same() {
    let batch = Batch::new(0x0043_4154, |root| {
        let number = root.random.below(FILES.len());
        let (name, section, key) = FILES[number];
        root.write("name", name);
        root.layered(&FOLDERS, &[name], |random| text(section, key, random));
        let folders = FOLDERS.map(|folder| format!("{folder}/{name}.d"));
        let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
        let names = ["10-a.conf", "50-b.conf", ".hidden.conf", "x.txt"];
        root.layered(&folders, &names, |random| text(section, key, random));
    });
    let each = "name=$(cat $root/name); echo \"@ $name\"; \
                systemd-analyze --root=$root cat-config systemd/$name 2>/dev/null || :";
    let Some(said) = batch.said(&["/usr/bin/systemd-analyze"], "", each) else {
        return;
    };
    let mut differences = Differences::default();
    for (number, said) in said.iter().enumerate() {
        let own = |(name, ..): &&(&str, &str, &str)| said.starts_with(&format!("@ {name}\n"));
        let (name, section, key) = FILES.iter().find(own).expect("one of them");
        let root = batch.snapshot(number);
        let path = place(&format!("/etc/systemd/{name}"));
        let found = effective(&root, &path, EditStyle::Ini, &format!("{section}/{key}"));
        let ours = found.expect("examined").remove(0).map(|found| found.value);
        let spaced = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let pair = (ours.map(spaced), last(said, section, key).map(spaced));
        differences.compare(pair, &format!("{number} {name}"), || {
            format!("{}\n{said}", batch.shown(number))
        });
    }
    differences.none(batch.count);
}
