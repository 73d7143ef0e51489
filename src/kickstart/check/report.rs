//! Results of checks: a row for each, with its findings.

use serde::Serialize;

/// Something that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The file, relative to the folder.
    pub file: String,
    /// The line; 0 when the whole file is meant.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// What is checked, or the program that checks.
    pub check: String,
    /// How many files or parts of files it looked at.
    pub looked_at: usize,
    /// Why it did not look; none when it did.
    pub skipped: Option<String>,
    /// What it found.
    pub findings: Vec<Finding>,
}
