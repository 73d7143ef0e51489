//! All checks of a rendered site.

use std::ffi::OsStr;
use std::path::Path;

use super::consistency::own;
use super::ipxe_https::https;
use super::programs::programs;
use super::rendered::{CheckError, read};
use super::report::Row;

/// Checks a rendered site; programs are looked up in `search`.
///
/// # Errors
/// A folder that holds no rendered site, or cannot be read.
pub fn check(folder: &Path, search: Option<&OsStr>) -> Result<Vec<Row>, CheckError> {
    let rendered = read(folder)?;
    let mut rows = own(&rendered);
    rows.extend(https(&rendered));
    rows.extend(programs(&rendered, search));
    for row in &mut rows {
        row.findings.sort();
        row.findings.dedup();
    }
    Ok(rows)
}
