//! `ARG` and `ENV`: which variables instructions see.

use std::collections::BTreeMap;

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
}

impl Variables {
    fn get(&self, name: &str) -> Option<String> {
        self.environment
            .get(name)
            .cloned()
            .or_else(|| self.arguments.get(name).cloned().flatten())
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
            .filter_map(|(name, value)| Some((name.clone(), value.clone()?)))
            .collect();
        all.extend(self.environment.clone());
        all
    }
}

impl Machine<'_> {
    pub(super) fn arg(&mut self, rest: &str) -> Result<(), Fault> {
        let words = quoted_words(rest, self.escape);
        if words.is_empty() {
            return Err(Fault::new("ARG has no name").hint("write ARG NAME or ARG NAME=default"));
        }
        for word in words {
            let (name, default) = match word.split_once('=') {
                Some((name, default)) => (name, Some(self.word(default)?)),
                None => (word.as_str(), None),
            };
            check_name(name)?;
            let before = self.variables.arguments.get(name).cloned().flatten();
            let value = self.variables.given.get(name).cloned();
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
