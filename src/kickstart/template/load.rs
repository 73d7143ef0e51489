//! Reading an organisation's templates and other named files from disk.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::environment::MAX_TEMPLATE;

/// Most templates that are read.
const MAX_TEMPLATES: usize = 1000;

/// Templates by name, each with the path that errors show and its text.
pub type OwnTemplates = BTreeMap<String, (Arc<str>, String)>;

/// Reads a text of limited length.
///
/// # Errors
/// Why it cannot be read, in short.
pub fn read_text(path: &Path, most: usize) -> Result<String, String> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "it does not exist".to_owned(),
        std::io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
        _ => error.to_string(),
    };
    if !path.metadata().map_err(failed)?.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(most as u64 + 1).read_to_string(&mut text))
        .map_err(failed)?;
    if text.len() > most {
        return Err(format!("it has more than {most} bytes"));
    }
    Ok(text)
}

/// The templates of an organisation: every regular file below a folder, by its path there; the path
/// that errors show, and the text.
///
/// # Errors
/// The files that cannot be read, each with the reason.
pub fn own_templates(folder: &Path, shown: &str) -> Result<OwnTemplates, Vec<(PathBuf, String)>> {
    let mut found = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(inner) = folders.pop() {
        let entries = match inner.read_dir() {
            Ok(entries) => entries,
            Err(_) if inner == folder => break,
            Err(error) => {
                wrong.push((inner, error.to_string()));
                continue;
            }
        };
        for entry in entries.flatten() {
            let path = entry.path();
            // A link could lead anywhere.
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                let inside = path.strip_prefix(folder).unwrap_or(&path);
                let name = inside.to_string_lossy().into_owned();
                match read_text(&path, MAX_TEMPLATE) {
                    Ok(text) if found.len() < MAX_TEMPLATES => {
                        let shown = Arc::from(format!("{shown}/{name}"));
                        found.insert(name, (shown, text));
                    }
                    Ok(_) => wrong.push((path, format!("there are more than {MAX_TEMPLATES}"))),
                    Err(why) => wrong.push((path, why)),
                }
            }
        }
    }
    if wrong.is_empty() {
        Ok(found)
    } else {
        Err(wrong)
    }
}
