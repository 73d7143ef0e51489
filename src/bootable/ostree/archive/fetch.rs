//! A commit that comes in from an archive, by name, and only whole.

use std::collections::BTreeMap;

use super::statement::Statement;
use crate::bootable::ostree::deploy::{ostree, ostree_offers};
use crate::bootable::ostree::error::Error;
use crate::bootable::ostree::import::{IMAGE, LAYERS, Layers, image_reference};
use crate::bootable::ostree::repository::{Repository, Staging, Value};
use crate::oci::Digest;

/// The remote of the repository that stands for the archive.
const REMOTE: &str = "terroir-archive";

/// An archive on a web server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Archive {
    /// Its address.
    pub url: String,
    /// The proxy for it.
    pub proxy: Option<String>,
    /// What is reached without the proxy.
    pub no_proxy: Option<String>,
}

impl Archive {
    /// Fetches the commit that a statement names, as far as the repository lacks its files, and
    /// names it as the image's; gives what OSTree says of it. An interrupted one is taken up again.
    ///
    /// OSTree checks every object by its checksum, the commit itself by the one that is stated. No
    /// signature of OSTree's own is asked for: whoever states the commit answers for it.
    pub fn fetch(
        &self,
        repository: &Repository,
        statement: &Statement,
        image: &Layers,
    ) -> Result<String, Error> {
        let option = format!("--repo={}", repository.path().display());
        self.become_remote(&option)?;
        let commit = statement.commit.to_string();
        let mut words = vec!["pull", option.as_str(), "--disable-static-deltas"];
        if ostree_offers(&["pull"], "--network-retries=N")? {
            words.push("--network-retries=2");
        }
        words.extend([REMOTE, commit.as_str()]);
        let said = ostree(&self.environment(), &words)?;
        let key = format!("--print-metadata-key={IMAGE}");
        let found = repository.shown(&statement.commit, &key)?;
        let found = found.unwrap_or_default();
        if found != image.manifest.to_string() {
            return Err(Error::OtherImage {
                commit,
                found: match found.as_str() {
                    "" => "no image".to_owned(),
                    _ => found,
                },
            });
        }
        // What stands beside a commit is not under its checksum, so it is written anew.
        let layers: Vec<String> = image.diff_ids.iter().map(Digest::hex).collect();
        let layers = BTreeMap::from([(LAYERS, Value::Text(layers.join(" ")))]);
        let mut staging = Staging::new(repository)?;
        staging.beside(&statement.commit, &layers)?;
        staging.publish()?;
        repository.set(&image_reference(&image.manifest), &statement.commit)?;
        let last = said.lines().map(str::trim).rfind(|line| !line.is_empty());
        Ok(last.unwrap_or_default().to_owned())
    }

    /// Lets the remote of the repository be this archive.
    fn become_remote(&self, repository: &str) -> Result<(), Error> {
        let group = format!("--group=remote \"{REMOTE}\"");
        for (key, value) in [("url", self.url.as_str()), ("gpg-verify", "false")] {
            let known = ostree(&[], &["config", repository, &group, "get", key]);
            if known.is_ok_and(|known| known.trim() == value) {
                continue;
            }
            ostree(&[], &["config", repository, &group, "set", key, value])?;
        }
        Ok(())
    }

    /// What curl and OSTree read of the proxy.
    fn environment(&self) -> Vec<String> {
        let mut variables = Vec::new();
        for name in ["http_proxy", "https_proxy"] {
            variables.extend(self.proxy.iter().map(|proxy| format!("{name}={proxy}")));
        }
        variables.extend(
            self.no_proxy
                .iter()
                .map(|hosts| format!("no_proxy={hosts}")),
        );
        variables
    }
}
