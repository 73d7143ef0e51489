//! Which variables instructions see.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::expand::{expand, expand_text};
use super::fault::Fault;

/// The variables that instructions see.
#[derive(Debug)]
pub(super) struct Variables {
    /// What `ARG` declared, and its value.
    pub(super) arguments: BTreeMap<String, Option<String>>,
    /// What `ENV` set; it hides arguments.
    pub(super) environment: BTreeMap<String, String>,
    /// Values that an `ARG` of the name takes instead of its default.
    pub(super) given: BTreeMap<String, String>,
    /// The names of those that an `ARG` took.
    pub(super) taken: BTreeSet<String>,
    /// What PATH is where no `ENV` set it; none where the base may have.
    pub(super) path: Option<&'static str>,
    /// Whether somebody asked for a variable that no `ENV` set.
    pub(super) missed: Cell<bool>,
}

impl Variables {
    fn get(&self, name: &str) -> Option<String> {
        if let Some(value) = self.environment.get(name) {
            return Some(value.clone());
        }
        if let ("PATH", Some(path)) = (name, self.path) {
            return Some(path.to_owned());
        }
        self.missed.set(true);
        self.arguments.get(name).cloned().flatten()
    }

    /// Replaces variables in a word.
    pub(super) fn word(&self, word: &str, escape: char) -> Result<String, Fault> {
        expand(word, escape, &|name| self.get(name)).map_err(Fault::new)
    }

    /// Replaces variables in the text of a heredoc.
    pub(super) fn text(&self, text: &str, escape: char) -> Result<String, Fault> {
        expand_text(text, escape, &|name| self.get(name)).map_err(Fault::new)
    }

    /// What a command finds in its environment.
    pub(super) fn all(&self) -> BTreeMap<String, String> {
        let arguments = self.arguments.iter();
        let mut all: BTreeMap<String, String> = arguments
            .filter(|(name, _)| *name != "PATH" || self.path.is_none())
            .filter_map(|(name, value)| Some((name.clone(), value.clone()?)))
            .collect();
        all.extend(self.environment.clone());
        all
    }
}

/// The values that an `ARG` of these names takes by itself: what is built for, and what builds.
pub(super) fn platforms(target: &str) -> BTreeMap<String, String> {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        "loongarch64" => "loong64",
        other => other,
    };
    let own = format!("linux/{architecture}");
    let mut all = BTreeMap::new();
    for (prefix, platform) in [("TARGET", target), ("BUILD", own.as_str())] {
        let mut parts = platform.splitn(3, '/');
        let mut part = || parts.next().unwrap_or_default().to_owned();
        for (name, value) in [
            ("PLATFORM", platform.to_owned()),
            ("OS", part()),
            ("ARCH", part()),
            ("VARIANT", part()),
        ] {
            all.insert(format!("{prefix}{name}"), value);
        }
    }
    all
}
