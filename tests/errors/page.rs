//! One page of the catalogue.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::sources::{below, name, text};
use crate::workspace::Workspace;

/// The line between the files of a page and what terroir says of them.
const SAYS: &str = "-- terroir says --\n";

/// A mistake, and what is said of it.
pub(crate) struct Page {
    path: PathBuf,
    files: String,
    /// What terroir says, with its commands.
    pub(crate) said: String,
}

/// Every page, sorted by name.
pub(crate) fn pages() -> Vec<Page> {
    let read = |path: PathBuf| {
        let text = text(&path);
        let (files, said) = text
            .split_once(SAYS)
            .unwrap_or_else(|| panic!("{} has no line `{}`", name(&path), SAYS.trim()));
        Page {
            files: files.to_owned(),
            said: said.to_owned(),
            path,
        }
    };
    let pages: Vec<Page> = below("tests/errors", ".txt")
        .into_iter()
        .map(read)
        .collect();
    assert!(pages.len() > 40, "only {} pages were found", pages.len());
    pages
}

impl Page {
    /// Writes the files of the page into a repository.
    fn write(&self, workspace: &Workspace) {
        let mut file: Option<(&str, String)> = None;
        let mut all = Vec::new();
        for line in self.files.lines() {
            let head = line
                .strip_prefix("-- ")
                .and_then(|line| line.strip_suffix(" --"));
            if let Some(path) = head {
                all.extend(file.replace((path, String::new())));
            } else if let Some((_, text)) = &mut file {
                let _ = writeln!(text, "{line}");
            }
        }
        all.extend(file);
        for (path, text) in all {
            workspace.write(path, text);
        }
    }

    /// Runs the commands of the page and gives what is said now.
    fn run(&self) -> String {
        let mut workspace = Workspace::new();
        self.write(&workspace);
        let mut all = String::new();
        for line in self.said.lines() {
            if let Some(set) = line.strip_prefix("$ export ") {
                let (name, value) = set.split_once('=').expect("NAME=VALUE");
                workspace.set(name, value);
                let _ = writeln!(all, "{line}");
            } else if let Some(command) = line.strip_prefix("$ terroir ") {
                let arguments: Vec<&str> = command.split_whitespace().collect();
                let said = workspace.run(&arguments);
                let name = name(&self.path);
                assert!(
                    said.code != 70 && !said.err.contains("panicked"),
                    "{name}: {}",
                    said.err
                );
                let _ = writeln!(all, "{line}\n{}{}[{}]\n", said.out, said.err, said.code);
            }
        }
        assert!(
            all.contains("$ terroir "),
            "{} runs nothing",
            name(&self.path)
        );
        let kept = all.lines().filter(|line| !is_progress(line));
        let kept: String = kept.map(|line| format!("{}\n", line.trim_end())).collect();
        format!("{}\n", kept.trim_end())
    }

    /// Compares what is said with what the page holds.
    pub(crate) fn check(&self, write: bool) -> Option<String> {
        let said = self.run();
        if said == self.said {
            return None;
        }
        if write {
            std::fs::write(&self.path, format!("{}{SAYS}{said}", self.files)).expect("writes");
        }
        Some(format!(
            "{} has other text; now terroir says\n{said}",
            name(&self.path)
        ))
    }
}

/// Tells whether a line says how long a step took.
fn is_progress(line: &str) -> bool {
    let time = line.trim_start().split(' ').next().unwrap_or_default();
    time.ends_with('s') && time.starts_with(|c: char| c.is_ascii_digit())
}
