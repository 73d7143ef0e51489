//! The recipes at the paths of a command line.

use std::path::{Path, PathBuf};

use super::files::{Below, below};
use crate::cli::output::failure::{Failure, Kind};

/// What is at a path: a recipe, or all files below a folder.
pub(in crate::cli) fn named(path: &Path) -> Result<Below, Failure> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Failure::say(Kind::Usage, format!("{} does not exist", path.display()))
                .hint("name a recipe, or a folder with recipes below it")
        }
        _ => Failure::say(Kind::Usage, format!("reading {}: {error}", path.display())),
    };
    if path.metadata().map_err(failed)?.is_dir() {
        return below(path);
    }
    Ok(Below {
        recipes: vec![path.to_path_buf()],
        ..Below::default()
    })
}

/// The recipes at a path: one recipe, or every recipe below a folder.
pub(in crate::cli) fn recipes(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    named(path).map(|below| below.recipes)
}
