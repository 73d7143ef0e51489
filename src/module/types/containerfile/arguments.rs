//! `ARG` and `ENV`: which variables instructions see.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::expand::{expand, expand_text};
use super::fault::Fault;
use super::machine::Machine;
use super::words::{pairs, quoted_words};

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

impl Machine<'_> {
    pub(super) fn arg(&mut self, rest: &str) -> Result<(), Fault> {
        let words = quoted_words(rest, self.escape);
        if words.is_empty() {
            return Err(Fault::new("ARG has no name").hint("write ARG NAME or ARG NAME=default"));
        }
        // All defaults of one instruction see the variables from before it.
        let mut declared = Vec::new();
        for word in &words {
            let (name, default) = match word.split_once('=') {
                Some((name, default)) => (name, Some(self.word(default)?)),
                None => (word.as_str(), None),
            };
            check_name(name)?;
            declared.push((name, default));
        }
        for (name, default) in declared {
            let before = self.variables.arguments.get(name).cloned().flatten();
            let value = self.variables.given.get(name).cloned();
            self.variables.taken.insert(name.to_owned());
            let value = value.or(default).or(before);
            self.variables.arguments.insert(name.to_owned(), value);
        }
        Ok(())
    }

    pub(super) fn env(&mut self, rest: &str) -> Result<(), Fault> {
        // All values of one instruction see the variables from before it.
        let mut set = Vec::new();
        for (name, value) in pairs(rest, self.escape)? {
            check_name(&name)?;
            set.push((name, self.word(&value)?));
        }
        self.variables.environment.extend(set.clone());
        self.compiled.config.environment.extend(set);
        Ok(())
    }

    pub(super) fn word(&self, word: &str) -> Result<String, Fault> {
        self.variables.word(word, self.escape)
    }
}

fn check_name(name: &str) -> Result<(), Fault> {
    if name.is_empty() || name.contains(['\0', '"', '\'', '$']) {
        return Err(Fault::new(format!("`{name}` is no name of a variable")));
    }
    Ok(())
}
