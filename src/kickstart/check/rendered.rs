//! A rendered site, read from disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::kickstart::index::{INDEX, INDEX_FORMAT};

/// Largest text of a rendered site that is looked into, in bytes; larger files are no texts of ours.
const MAX_TEXT: u64 = 4 << 20;

/// Why nothing can be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The folder or a file cannot be read.
    #[error("{} cannot be read", path.display())]
    Io {
        /// What.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The index is not one.
    #[error("{} is not the index of a rendered site: {why}", path.display())]
    Index {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

/// A rendered site on disk.
#[derive(Debug)]
pub(in crate::kickstart) struct Rendered {
    /// Its folder.
    pub folder: PathBuf,
    /// Its index.
    pub index: Value,
    /// Its texts by path; none for files that are not text.
    pub files: BTreeMap<String, Option<String>>,
}

/// Reads the index and the texts of a rendered site.
pub(in crate::kickstart) fn read(folder: &Path) -> Result<Rendered, CheckError> {
    let io = |path: &Path| {
        let path = path.to_path_buf();
        move |source| CheckError::Io { path, source }
    };
    let path = folder.join(INDEX);
    let text = std::fs::read_to_string(&path).map_err(io(&path))?;
    let wrong = |why: String| CheckError::Index {
        path: path.clone(),
        why,
    };
    let index: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    match index.get("format").and_then(Value::as_u64) {
        Some(INDEX_FORMAT) => {}
        Some(newer) if newer > INDEX_FORMAT => {
            let why = format!("format {newer} is newer than this terroir, which reads 1");
            return Err(wrong(why));
        }
        _ => return Err(wrong("it names no format".to_owned())),
    }
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(inner) = folders.pop() {
        for entry in inner.read_dir().map_err(io(&inner))? {
            let entry = entry.map_err(io(&inner))?;
            let path = entry.path();
            let kind = entry.file_type().map_err(io(&path))?;
            if kind.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).unwrap_or(&path);
            let name = name.to_string_lossy().into_owned();
            let size = entry.metadata().map_err(io(&path))?.len();
            let text = match kind.is_file() && size <= MAX_TEXT {
                true => String::from_utf8(std::fs::read(&path).map_err(io(&path))?).ok(),
                false => None,
            };
            files.insert(name, text);
        }
    }
    Ok(Rendered {
        folder: folder.to_path_buf(),
        index,
        files,
    })
}

impl Rendered {
    /// The hosts of the index.
    pub(in crate::kickstart) fn hosts(&self) -> impl Iterator<Item = (&String, &Value)> {
        let hosts = self.index.get("hosts").and_then(Value::as_object);
        hosts.into_iter().flatten()
    }

    /// The texts whose path fits.
    pub(in crate::kickstart) fn texts<'a>(
        &'a self,
        fits: impl Fn(&str) -> bool + 'a,
    ) -> impl Iterator<Item = (&'a str, &'a str)> + 'a {
        self.files
            .iter()
            .filter(move |(path, _)| fits(path))
            .filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
    }
}
