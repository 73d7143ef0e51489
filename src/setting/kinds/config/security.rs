//! faillock.conf and pwquality.conf with the lines of PAM that call their modules: an argument of a
//! line counts before the file (pam_faillock(8), pam_pwquality(8)).

use super::assigned::Assigned;
use super::program::Program;
use crate::path::TreePath;
use crate::setting::contract::check::{Place, Unexamined};
use crate::setting::root::layered::layered;
use crate::setting::root::logical_lines::logical_lines;
use crate::setting::root::pam_line::Line;
use crate::tree::Snapshot;

/// The folders of stacks, the first of which wins by name (pam.d(5)).
pub(super) const STACKS: [&str; 2] = ["/etc/pam.d", "/usr/lib/pam.d"];

/// Ends of the names of copies that no service has.
const COPIES: [&str; 6] = ["~", ".bak", ".pam-old", ".rpmsave", ".rpmnew", ".ucf-dist"];

/// A line of PAM that calls a module.
pub(super) struct Call {
    /// Where it stands.
    pub place: Place,
    /// What is said to the module.
    pub options: Vec<String>,
}

impl Call {
    /// What an option says of a key: the last one counts; empty for one that stands alone.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        let options = self.options.iter().rev();
        let mut own = options.filter_map(|option| match option.split_once('=') {
            Some((name, value)) => (name == key).then_some(value),
            None => (option == key).then_some(""),
        });
        own.next()
    }
}

/// The lines of all stacks that call the module of a program, where its settings matter.
pub(super) fn calls(root: &Snapshot, program: Program) -> Result<Vec<Call>, Unexamined> {
    let (module, facility) = match program {
        Program::Faillock => ("pam_faillock.so", "auth"),
        _ => ("pam_pwquality.so", "password"),
    };
    let mut found = Vec::new();
    for path in layered(root, &STACKS, "") {
        let name = String::from_utf8_lossy(path.file_name()).into_owned();
        if COPIES.iter().any(|end| name.ends_with(end)) || name.contains(".dpkg-") {
            continue;
        }
        let text = root.text(&path)?.unwrap_or_default();
        for (index, line) in logical_lines(&text, " ") {
            let line = Line::parse(&line);
            if let Some(line) =
                line.filter(|line| line.module == module && line.facility == facility)
            {
                found.push(Call {
                    place: Place::line(&path, index),
                    options: line
                        .options
                        .iter()
                        .map(|option| (*option).to_owned())
                        .collect(),
                });
            }
        }
    }
    Ok(found)
}

/// The values of a key, one for each line of PAM that calls the module; that of the file when none
/// does.
pub(super) fn effective(
    root: &Snapshot,
    path: &TreePath,
    program: Program,
    key: &str,
) -> Result<Vec<Option<Assigned>>, Unexamined> {
    let calls = calls(root, program)?;
    if calls.is_empty() {
        return Ok(vec![of_files(root, path, program, key)?]);
    }
    let mut found = Vec::new();
    for call in calls {
        found.push(match call.value(key) {
            Some(value) => Some(Assigned {
                value: value.to_owned(),
                place: call.place,
            }),
            None => match call.value("conf").filter(|_| program == Program::Faillock) {
                Some(other) => match TreePath::parse(other) {
                    Ok(other) => of_files(root, &other, program, key)?,
                    Err(_) => None,
                },
                None => of_files(root, path, program, key)?,
            },
        });
    }
    Ok(found)
}

/// The value in the file and, where it has none, in the files of its folder.
fn of_files(
    root: &Snapshot,
    path: &TreePath,
    program: Program,
    key: &str,
) -> Result<Option<Assigned>, Unexamined> {
    for path in files(root, path, program).into_iter().rev() {
        let text = root.text(&path)?.unwrap_or_default();
        if let Some(last) = assignments(&path, &text, key).pop() {
            return Ok(Some(last));
        }
    }
    Ok(None)
}

/// The files that are read, in their order: those of the folder first (pwquality.conf(5)).
pub(super) fn files(root: &Snapshot, path: &TreePath, program: Program) -> Vec<TreePath> {
    let mut files = match program {
        Program::Quality => layered(root, &[&format!("{path}.d")], ".conf"),
        _ => Vec::new(),
    };
    files.push(path.clone());
    files
}

/// Every assignment of a key in one text: `key = value`, `key value` or `key`.
pub(super) fn assignments(path: &TreePath, text: &str, key: &str) -> Vec<Assigned> {
    let lines = text.lines().enumerate();
    let found = lines.filter_map(|(index, line)| {
        let (word, value) = line_parts(line)?;
        (word == key).then(|| Assigned {
            value: value.to_owned(),
            place: Place::line(path, index),
        })
    });
    found.collect()
}

/// Key and value of a line, a comment left out.
pub(super) fn line_parts(line: &str) -> Option<(&str, &str)> {
    let line = line.split('#').next().unwrap_or_default().trim();
    if line.is_empty() {
        return None;
    }
    let is_end = |character: char| character.is_whitespace() || character == '=';
    let (word, rest) = line.split_at(line.find(is_end).unwrap_or(line.len()));
    let rest = rest.trim_start();
    Some((word, rest.strip_prefix('=').unwrap_or(rest).trim_start()))
}
