//! The disk that a document means: found by the script of the other installers.

use std::path::PathBuf;
use std::time::Duration;

use super::error::InstallError;
use crate::installer::document::Document;
use crate::process::{Program, run};

/// How long the script may take.
const LIMIT: Duration = Duration::from_secs(120);

/// Finds the one disk of this machine that a document means.
///
/// # Errors
/// No disk, or several; nothing was written then.
pub fn select(document: &Document) -> Result<PathBuf, InstallError> {
    let output = run(&Program {
        name: "sh",
        arguments: &["-c", &document.disk],
        input: b"",
        search: None,
        limit: LIMIT,
    })?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match output.code {
        Some(0) if !said.is_empty() => Ok(PathBuf::from("/dev").join(said)),
        _ => {
            let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            Err(InstallError::Disk(why))
        }
    }
}
