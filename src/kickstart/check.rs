//! A rendered site, checked: by itself, then by the programs that read its files.

use std::ffi::OsStr;
use std::path::Path;

use super::check_https::https;
use super::check_judges::judges;
use super::check_own::own;
use super::check_rendered::{CheckError, read};
use super::check_report::Row;

/// Checks a rendered site; programs are looked up in `search`.
///
/// # Errors
/// A folder that holds no rendered site, or cannot be read.
pub fn check(folder: &Path, search: Option<&OsStr>) -> Result<Vec<Row>, CheckError> {
    let rendered = read(folder)?;
    let mut rows = own(&rendered);
    rows.extend(https(&rendered));
    rows.extend(judges(&rendered, search));
    for row in &mut rows {
        row.findings.sort();
        row.findings.dedup();
    }
    Ok(rows)
}
