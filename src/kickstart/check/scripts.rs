//! Scripts and units inside rendered files, found for the programs that check them.

/// A script or unit, and where it starts in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kickstart) struct Part {
    /// The file, relative to the rendered folder.
    pub file: String,
    /// The line of the file that comes before the first line of the text.
    pub line: usize,
    /// What it is.
    pub kind: PartKind,
    /// Its text.
    pub text: String,
}

/// What a part is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::kickstart) enum PartKind {
    /// A script of bash.
    Bash,
    /// A script of any POSIX shell.
    Shell,
    /// A unit of systemd, with its name.
    Unit(String),
}

/// The scripts and units of a rendered file.
pub(in crate::kickstart) fn parts(file: &str, text: &str) -> Vec<Part> {
    let mut found = Vec::new();
    if file.ends_with(".ks") {
        for (line, body) in sections(text) {
            found.push(part(file, line, PartKind::Bash, &body));
        }
    } else if text.starts_with("#!/bin/sh") {
        found.push(part(file, 0, PartKind::Shell, text));
    } else if text.starts_with("#!/bin/bash") || text.starts_with("#!/usr/bin/bash") {
        found.push(part(file, 0, PartKind::Bash, text));
    }
    let mut inner = Vec::new();
    for outer in &found {
        inner.extend(documents(outer));
    }
    found.extend(inner);
    found
}

fn part(file: &str, line: usize, kind: PartKind, text: &str) -> Part {
    Part {
        file: file.to_owned(),
        line,
        kind,
        text: text.to_owned(),
    }
}

/// The bodies of a kickstart's script sections, each with the line of its head.
fn sections(text: &str) -> Vec<(usize, String)> {
    const HEADS: [&str; 5] = ["%pre", "%pre-install", "%post", "%onerror", "%traceback"];
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (number, line) in text.lines().enumerate() {
        let word = line.split_whitespace().next().unwrap_or_default();
        if !open && HEADS.contains(&word) && line.starts_with('%') {
            found.push((number + 1, String::new()));
            open = true;
        } else if open && line.starts_with("%end") {
            open = false;
        } else if let Some((_, body)) = found.last_mut().filter(|_| open) {
            body.extend([line, "\n"]);
        }
    }
    found
}

/// The here-documents of a script that are scripts or units themselves.
fn documents(outer: &Part) -> Vec<Part> {
    let mut found = Vec::new();
    let mut open: Option<(&str, usize, String, String)> = None;
    for (number, line) in outer.text.lines().enumerate() {
        if let Some((end, start, to, mut body)) = open.take() {
            if line == end {
                let kind = kind(&to, &body);
                found.extend(kind.map(|kind| part(&outer.file, outer.line + start, kind, &body)));
            } else {
                body.extend([line, "\n"]);
                open = Some((end, start, to, body));
            }
            continue;
        }
        let Some((command, end)) = line.split_once("<<'") else {
            continue;
        };
        let end = end.split('\'').next().unwrap_or_default();
        let to = command.rsplit('>').next().unwrap_or_default().trim();
        open = Some((end, number + 1, to.to_owned(), String::new()));
    }
    found
}

fn kind(to: &str, body: &str) -> Option<PartKind> {
    if to.ends_with(".service") && body.starts_with("[Unit]") {
        let name = to.rsplit('/').next().unwrap_or_default();
        return Some(PartKind::Unit(name.to_owned()));
    }
    let first = body.lines().next().unwrap_or_default();
    match first {
        "#!/bin/sh" => Some(PartKind::Shell),
        "#!/bin/bash" | "#!/usr/bin/bash" => Some(PartKind::Bash),
        _ => None,
    }
}
