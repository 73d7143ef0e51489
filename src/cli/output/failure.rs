//! Failures: a message and a hint for people, and an exit code for scripts.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::io;

use crate::origin::Diagnostic;
use crate::store;

/// Longest message that is shown, in characters.
const MAX_MESSAGE: usize = 3000;

/// What kind of failure it is; the number is the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The answer is no: findings, a difference, something outdated.
    No = 1,
    /// The recipe or the command line is wrong.
    Usage = 2,
    /// The outside world: registry, archive, tool, disk.
    Outside = 3,
    /// A mistake in terroir.
    Bug = 70,
}

/// Why a verb did not do what it was asked to.
#[derive(Debug)]
pub struct Failure {
    /// The kind, which gives the exit code.
    pub kind: Kind,
    /// The text to print, without the leading `error: `; empty when all was printed already.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The same with its place, if somebody wrote it; shown instead of the message.
    pub(in crate::cli) place: Option<Box<Diagnostic>>,
}

impl Failure {
    /// A failure with its causes, each on a line of its own.
    pub fn new(kind: Kind, error: &(dyn Error + 'static)) -> Self {
        let mut message = error.to_string();
        let mut hint = advice(error);
        let mut next = error.source();
        while let Some(cause) = next {
            let text = cause.to_string();
            if !message.contains(&text) {
                let _ = write!(message, "\n  caused by: {text}");
            }
            hint = hint.or_else(|| advice(cause));
            next = cause.source();
        }
        Self {
            kind,
            message,
            hint: hint.map(str::to_owned),
            place: None,
        }
    }

    /// A failure in one sentence.
    pub fn say(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            place: None,
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the place, which is shown with its line.
    #[must_use]
    pub(in crate::cli) fn at(mut self, diagnostic: Diagnostic) -> Self {
        self.place = Some(Box::new(diagnostic));
        self
    }
}

/// What to do about errors that come from anywhere.
fn advice(error: &(dyn Error + 'static)) -> Option<&'static str> {
    if let Some(store::Error::Format { .. }) = error.downcast_ref() {
        return Some("update terroir, or name another store with --store");
    }
    let io = error.downcast_ref::<io::Error>()?;
    match io.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(
            "make room (`terroir prune` removes what nothing refers to) and run the same command \
             again; what was finished is kept",
        ),
        io::ErrorKind::ReadOnlyFilesystem => {
            Some("name a store that may be written to with --store, or in TERROIR_STORE")
        }
        io::ErrorKind::InvalidData if error.to_string().contains("; it was moved to ") => {
            Some("run the same command again: what was damaged is built or fetched again")
        }
        _ => None,
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.is_empty() {
            return Ok(());
        }
        write!(f, "error: {}", short(&self.message))?;
        if let Some(hint) = &self.hint {
            write!(f, "\nhint: {hint}")?;
        }
        writeln!(f)
    }
}

/// A message that a terminal can show; one that quotes a whole file is cut.
pub(in crate::cli) fn short(message: &str) -> Cow<'_, str> {
    match message.char_indices().nth(MAX_MESSAGE) {
        None => Cow::Borrowed(message),
        Some((end, _)) => Cow::Owned(format!("{} …", message.get(..end).unwrap_or_default())),
    }
}
