//! `ARG` and `ENV`.

use super::fault::Fault;
use super::machine::Machine;
use super::words::{pairs, quoted_words};

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
        return Err(Fault::new(format!(
            "`{name}` is not the name of a variable"
        )));
    }
    Ok(())
}
