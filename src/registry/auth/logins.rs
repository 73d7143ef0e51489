//! The registries that a user is logged in to, without a request to any of them.

use std::path::Path;

use super::credentials::{AuthFile, read};
use crate::registry::{Error, Settings};

/// The registries of which credentials are known, each with the place where they stand.
///
/// # Errors
/// An auth file that cannot be read, or that names a credential helper which is not installed.
pub fn logins(settings: &Settings) -> Result<Vec<(String, String)>, Error> {
    let mut found = Vec::new();
    for path in &settings.auth_files {
        let Some(text) = read(path)? else { continue };
        let unusable = |why: String| Error::File {
            file: path.clone(),
            why,
        };
        let file: AuthFile =
            serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
        let helpers = file.helpers.values().chain(&file.store);
        for helper in helpers {
            let program = format!("docker-credential-{helper}");
            if !is_there(settings, &program) {
                return Err(unusable(format!(
                    "it names {program}, which is not installed"
                )));
            }
        }
        let place = path.display().to_string();
        let names = file.helpers.keys().chain(file.auths.keys());
        found.extend(names.map(|name| (name.clone(), place.clone())));
    }
    found.extend(
        settings
            .logins
            .iter()
            .map(|one| (one.registry.clone(), one.origin.clone())),
    );
    Ok(found)
}

fn is_there(settings: &Settings, program: &str) -> bool {
    let search = settings.helper_search.clone().unwrap_or_default();
    std::env::split_paths(&search).any(|folder: std::path::PathBuf| {
        let file: &Path = &folder.join(program);
        file.is_file()
    })
}
