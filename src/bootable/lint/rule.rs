//! A rule, and what it finds.

use std::fmt;

use serde::Serialize;

use super::root::Root;
use crate::bootable::LifeCycle;
use crate::path::TreePath;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// It may be meant.
    Warning,
    /// Machines of the image would not start, not be updated, or not be safe.
    Error,
}

impl Severity {
    /// Its name in reports and in the book.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Every life cycle.
pub(super) const ANY: &[LifeCycle] = &LifeCycle::ALL;
/// Life cycles whose machines get whole images.
pub(super) const IMAGE: &[LifeCycle] = &[LifeCycle::Ostree, LifeCycle::Bootc];
/// Images that bootc updates.
pub(super) const BOOTC: &[LifeCycle] = &[LifeCycle::Bootc];

/// One check.
#[derive(Clone, Copy)]
pub struct Rule {
    /// The name by which it is skipped, and under which the book explains it.
    pub id: &'static str,
    /// How bad its findings are, as far as one does not say otherwise.
    pub severity: Severity,
    /// What must not be, in one line.
    pub summary: &'static str,
    /// The life cycles that it is for.
    pub applies: &'static [LifeCycle],
    /// Looks for it.
    pub(super) check: fn(&Root) -> Vec<Found>,
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule")
            .field("id", &self.id)
            .field("severity", &self.severity)
            .finish_non_exhaustive()
    }
}

/// Something that a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where; empty for the image as a whole.
    pub path: String,
    /// What is wrong there.
    pub message: String,
    /// How bad it is, where that is not what the rule says.
    pub(super) severity: Option<Severity>,
}

impl Found {
    /// A finding at a path of the root.
    pub(super) fn at(path: &TreePath, message: impl Into<String>) -> Self {
        // Names that are no text are shown as they are written in other languages.
        let path = match std::str::from_utf8(path.as_bytes()) {
            Ok(_) => path.to_string(),
            Err(_) => format!("/{}", path.as_bytes().escape_ascii()),
        };
        Self::new(path, message)
    }

    /// A finding at a place that is written as people read it.
    pub(super) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            message: message.into(),
            severity: None,
        }
    }

    /// The same, as a warning.
    pub(super) fn warning(mut self) -> Self {
        self.severity = Some(Severity::Warning);
        self
    }

    /// The same, as an error.
    pub(super) fn error(mut self) -> Self {
        self.severity = Some(Severity::Error);
        self
    }
}
