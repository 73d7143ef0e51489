//! Files written completely or not at all.

use std::io::Write as _;
use std::path::Path;

use super::failure::{Failure, Kind};

/// Writes a file: under another name first, so that nobody reads a partial file.
///
/// What is not a regular file, such as `/dev/stdout` or a pipe, is written to as it is.
pub(in crate::cli) fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        let message = format!("{} cannot be written: {error}", path.display());
        Failure::say(Kind::Outside, message)
    };
    if path.metadata().is_ok_and(|there| !there.is_file()) {
        return std::fs::write(path, text).map_err(failed);
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // As any new file: who may read it is what the mask of the caller says.
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    let mut file = tempfile::Builder::new()
        .permissions(mode)
        .tempfile_in(folder)
        .map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}
