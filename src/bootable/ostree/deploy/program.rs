//! The program `ostree`.

use std::path::Path;
use std::time::Duration;

use crate::bootable::ostree::error::Error;
use crate::bootable::ostree::import::LAYERS;
use crate::bootable::ostree::repository::{Checksum, Mode, Repository};
use crate::process::{self, Program};

/// How long a deployment may take on a slow disk.
const LIMIT: Duration = Duration::from_secs(3600);

/// Runs `ostree` with more variables in its environment and gives what it writes.
pub fn ostree(environment: &[String], arguments: &[&str]) -> Result<String, Error> {
    let mut all = vec!["LC_ALL=C.UTF-8"];
    all.extend(environment.iter().map(String::as_str));
    all.push("ostree");
    all.extend_from_slice(arguments);
    let output = process::run(&Program {
        name: "env",
        arguments: &all,
        input: b"",
        search: None,
        limit: LIMIT,
    })?;
    match output.code {
        Some(0) => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Some(127) => Err(Error::Program(process::Error::Missing {
            program: "ostree".to_owned(),
        })),
        _ => {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.trim().trim_start_matches("error: ").to_owned();
            let command = arguments.join(" ");
            Err(Error::Refused { command, said })
        }
    }
}

/// Tells whether the help of a command names an option, since versions differ.
pub fn ostree_offers(command: &[&str], option: &str) -> Result<bool, Error> {
    let help = ostree(&[], &[command, &["--help"]].concat())?;
    Ok(help.split_whitespace().any(|word| word == option))
}

impl Repository {
    /// The archive in a folder, which is made where there is none; any user can have one.
    pub fn archive(path: &Path) -> Result<Self, Error> {
        if !path.join("config").exists() {
            if std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some()) {
                return Err(Error::Repository {
                    path: path.to_path_buf(),
                    why: "it is a folder with other files".to_owned(),
                });
            }
            let doing = format!("making {}", path.display());
            std::fs::create_dir_all(path).map_err(Error::io(doing))?;
            let option = format!("--repo={}", path.display());
            ostree(&[], &["init", &option, "--mode=archive"])?;
        }
        let repository = Self::open(path)?;
        match repository.mode() {
            Mode::Archive => Ok(repository),
            Mode::Bare => Err(Error::Repository {
                path: path.to_path_buf(),
                why: "its mode is bare; web servers serve archives".to_owned(),
            }),
        }
    }

    /// Writes the list of references that clients of a web server read.
    pub fn summarise(&self) -> Result<(), Error> {
        let option = format!("--repo={}", self.path().display());
        ostree(&[], &["summary", "--update", &option]).map(drop)
    }

    /// The version in the metadata of a commit.
    pub fn version(&self, commit: &Checksum) -> Result<Option<String>, Error> {
        self.shown(commit, "--print-metadata-key=version")
    }

    /// The diff IDs (64 digits each) of the layers that a commit was made from; empty when it was
    /// made elsewhere.
    pub fn layers(&self, commit: &Checksum) -> Result<Vec<String>, Error> {
        let key = format!("--print-detached-metadata-key={LAYERS}");
        let layers = self.shown(commit, &key)?.unwrap_or_default();
        Ok(layers.split_whitespace().map(str::to_owned).collect())
    }

    /// A value beside or in a commit, as `ostree show` prints it; none when it has none.
    pub(in crate::bootable::ostree) fn shown(
        &self,
        commit: &Checksum,
        key: &str,
    ) -> Result<Option<String>, Error> {
        let repository = format!("--repo={}", self.path().display());
        match ostree(&[], &["show", &repository, key, &commit.to_string()]) {
            Ok(text) => Ok(Some(text.trim().trim_matches('\'').to_owned())),
            Err(Error::Refused { .. }) if self.has_commit(commit) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
