//! Programs that are asked what they think of rendered files, and why one may not answer.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use super::check_rendered::Rendered;
use super::check_report::{Finding, Row};
use crate::process::{Error, Output, Program, run};

/// Longest time that a program may take for its files.
const LIMIT: Duration = Duration::from_secs(120);

/// What asks programs.
pub(super) struct Judges<'a> {
    /// The site that they are asked about.
    pub rendered: &'a Rendered,
    /// Where they are looked up.
    pub search: Option<&'a OsStr>,
}

/// What a program said, or why it said nothing.
pub(super) enum Said {
    /// It is content.
    Yes,
    /// It is not, and this is what it says.
    No(String),
    /// It could not decide, for this reason.
    Absent(String),
}

impl Judges<'_> {
    pub(super) fn ask(
        &self,
        name: &str,
        arguments: &[&str],
        input: &[u8],
    ) -> Result<Output, Error> {
        run(&Program {
            name,
            arguments,
            input,
            search: self.search,
            limit: LIMIT,
        })
    }

    /// Why a program gave no answer.
    pub(super) fn why(&self, error: &Error) -> String {
        match error {
            Error::Missing { program } => {
                let mut folders = std::env::split_paths(self.search.unwrap_or_default());
                match folders.any(|folder| folder.join(program).is_file()) {
                    true => format!("{program} cannot be started: what interprets it is missing"),
                    false => format!("{program} is not installed"),
                }
            }
            Error::Io { program, source } => format!("{program} cannot be started: {source}"),
            other => other.to_string(),
        }
    }

    /// A program is content when it ends with 0 and says nothing on its standard error.
    pub(super) fn said(&self, name: &str, arguments: &[&str], input: &[u8]) -> Said {
        match self.ask(name, arguments, input) {
            Err(error) => Said::Absent(self.why(&error)),
            Ok(output) => {
                if let Some(why) = broken(&output) {
                    return Said::Absent(format!("{name} cannot say: {why}"));
                }
                let mut text = String::from_utf8_lossy(&output.stderr).into_owned();
                // dnsmasq and systemd-analyze greet on their standard error.
                let greets = name == "dnsmasq" && text.trim().ends_with("syntax check OK.");
                if output.code == Some(0) && (text.trim().is_empty() || greets) {
                    return Said::Yes;
                }
                text.push_str(&String::from_utf8_lossy(&output.stdout));
                Said::No(text)
            }
        }
    }

    pub(super) fn row(
        &self,
        check: &str,
        looked_at: usize,
        outcome: Result<Vec<Finding>, String>,
    ) -> Row {
        let (skipped, findings) = match outcome {
            Ok(findings) => (None, findings),
            Err(why) => (Some(why), Vec::new()),
        };
        Row {
            check: check.to_owned(),
            looked_at,
            skipped,
            findings,
        }
    }

    /// The whole path of a file, for programs.
    pub(super) fn path(&self, file: &str) -> String {
        self.rendered.folder.join(file).display().to_string()
    }
}

/// Why what a program left behind is no answer: it failed itself.
fn broken(output: &Output) -> Option<String> {
    let text = String::from_utf8_lossy(&output.stderr);
    let last = || {
        let mut lines = text.lines().rev().map(str::trim);
        lines
            .find(|line| !line.is_empty())
            .unwrap_or_default()
            .to_owned()
    };
    match output.code {
        None => Some("a signal ended it".to_owned()),
        // What a shell says of a program that it cannot start.
        Some(126 | 127) => Some(last()),
        Some(0) => None,
        Some(_) if text.contains("Traceback (most recent call last)") => Some(last()),
        Some(_) => None,
    }
}

impl std::fmt::Debug for Judges<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let folder: &Path = &self.rendered.folder;
        f.debug_struct("Judges")
            .field("folder", &folder)
            .finish_non_exhaustive()
    }
}
