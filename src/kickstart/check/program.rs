//! Running a program that checks files, and the reasons why it gives no answer.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use rayon::prelude::*;

use super::rendered::Rendered;
use super::report::{Finding, Row};
use crate::process::{Error, Output, Program, run};

/// Longest time that a program may take for its files.
const LIMIT: Duration = Duration::from_secs(120);

/// What runs programs.
pub(in crate::kickstart) struct Programs<'a> {
    /// The site that they check.
    pub rendered: &'a Rendered,
    /// Where they are looked up.
    pub search: Option<&'a OsStr>,
}

/// The answer of a program, or why there is none.
pub(in crate::kickstart) enum Answer {
    /// The file is right.
    Accepted,
    /// The file is wrong; with the messages of the program.
    Rejected(String),
    /// There is no answer, for this reason.
    Missing(String),
}

impl Programs<'_> {
    pub(in crate::kickstart) fn ask(
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
    pub(in crate::kickstart) fn why(&self, error: &Error) -> String {
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

    /// Runs a program that accepts a file when it ends with 0 and writes nothing to its standard error.
    pub(in crate::kickstart) fn answer(
        &self,
        name: &str,
        arguments: &[&str],
        input: &[u8],
    ) -> Answer {
        match self.ask(name, arguments, input) {
            Err(error) => Answer::Missing(self.why(&error)),
            Ok(output) => {
                if let Some(why) = broken(&output) {
                    return Answer::Missing(format!("{name} cannot say: {why}"));
                }
                let mut text = String::from_utf8_lossy(&output.stderr).into_owned();
                // dnsmasq and systemd-analyze greet on their standard error.
                let greets = name == "dnsmasq" && text.trim().ends_with("syntax check OK.");
                if output.code == Some(0) && (text.trim().is_empty() || greets) {
                    return Answer::Accepted;
                }
                text.push_str(&String::from_utf8_lossy(&output.stdout));
                Answer::Rejected(text)
            }
        }
    }

    pub(in crate::kickstart) fn row(
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

    /// Asks about each of the files or parts of files, several at once.
    pub(in crate::kickstart) fn each<T: Sync>(
        &self,
        check: &str,
        items: &[T],
        ask: impl Fn(&T) -> Result<Vec<Finding>, String> + Sync + Send,
    ) -> Row {
        let answers: Result<Vec<Vec<Finding>>, String> = items.par_iter().map(ask).collect();
        let findings = answers.map(|all| all.into_iter().flatten().collect());
        self.row(check, items.len(), findings)
    }

    /// The row of a check that there is no file for.
    pub(in crate::kickstart) fn nothing(&self, check: &str) -> Row {
        self.row(check, 0, Err("there is no such file".to_owned()))
    }

    /// The whole path of a file, for programs.
    pub(in crate::kickstart) fn path(&self, file: &str) -> String {
        self.rendered.folder.join(file).display().to_string()
    }
}

/// Why the output of a program is not an answer: it failed itself.
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
        // The exit codes of a shell that cannot start a program.
        Some(126 | 127) => Some(last()),
        Some(0) => None,
        Some(_) if text.contains("Traceback (most recent call last)") => Some(last()),
        Some(_) => None,
    }
}

impl std::fmt::Debug for Programs<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let folder: &Path = &self.rendered.folder;
        f.debug_struct("Programs")
            .field("folder", &folder)
            .finish_non_exhaustive()
    }
}
