//! The kernel arguments of an image: the files of kargs.d, in the order of their names (bootc's
//! documentation, "Kernel arguments").

use std::path::Path;

use serde::Deserialize;

use super::error::Error;
use super::parts::{names, text};

const FOLDER: &str = "/usr/lib/bootc/kargs.d";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    kargs: Vec<String>,
    match_architectures: Option<Vec<String>>,
}

/// The arguments of all files that apply to an architecture.
pub(super) fn kernel_arguments(root: &Path, architecture: &str) -> Result<Vec<String>, Error> {
    let mut arguments = Vec::new();
    for name in names(root, FOLDER)? {
        if !name.ends_with(".toml") {
            continue;
        }
        let path = format!("{FOLDER}/{name}");
        let wrong = |why: String| Error::Image {
            path: path.clone(),
            why,
        };
        let read = text(root, &path)?.unwrap_or_default();
        let file: File =
            toml::from_str(&read).map_err(|error| wrong(error.message().to_owned()))?;
        let applies = file
            .match_architectures
            .is_none_or(|all| all.iter().any(|one| one == architecture));
        if !applies {
            continue;
        }
        if let Some(bad) = file.kargs.iter().find(|one| one.contains(['\n', '\0'])) {
            return Err(wrong(format!("{bad:?} is no kernel argument")));
        }
        arguments.extend(file.kargs);
    }
    Ok(arguments)
}
