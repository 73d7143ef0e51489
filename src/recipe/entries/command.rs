//! The keys of entries that affect commands only.

use super::reading::Reading;
use crate::action::{self, Action, SecretSource, SecretTarget};
use crate::module::{Compiled, DEFAULT_PATH, Dialect, expand};
use crate::origin::{Diagnostic, Sourced, SourcedMap};
use crate::recipe::document::{Entry as Written, Mount, Secret};
use crate::recipe::flavour::resolved::Entry;

/// Module types whose instructions BlueBuild pastes, with no place for the entry's other keys.
const PASTED: [&str; 2] = ["containerfile", "copy"];

impl Reading<'_, '_> {
    /// Tells whether an entry has no program that `source` could name, and says so.
    pub(in crate::recipe) fn is_pasted(&mut self, written: &Written, name: &str) -> bool {
        let Some((key, _)) = written
            .node
            .entry("source")
            .filter(|_| PASTED.contains(&name))
        else {
            return false;
        };
        let message = format!("`source` names the program of a module, and `{name}` has none");
        match self.dialect {
            Dialect::BlueBuild => self
                .out
                .notes
                .push(Diagnostic::warning(&key.origin, message).hint("BlueBuild ignores it too")),
            Dialect::Native => self.out.problems.push(
                Diagnostic::error(&key.origin, message)
                    .hint("`copy` takes `src` and `dest`; remove the key"),
            ),
        }
        true
    }

    /// Gives the commands of an entry its variables and secrets; tells whether it runs every time.
    pub(in crate::recipe) fn command_keys(
        &mut self,
        written: &Written,
        name: &str,
        compiled: &mut Compiled,
    ) -> bool {
        let pasted = self.dialect == Dialect::BlueBuild && PASTED.contains(&name);
        let runs = compiled.actions.iter().any(Action::runs);
        if pasted || !runs {
            self.without_effect(written, name, pasted);
            return false;
        }
        let dialect = self.dialect;
        let secrets: Vec<action::Secret> = written.secrets.iter().map(secret).collect();
        for action in &mut compiled.actions {
            let Action::Run(command) = action else {
                continue;
            };
            for (key, value) in environment(
                &written.env,
                dialect,
                &command.environment,
                &mut self.out.notes,
            ) {
                command.environment.entry(key).or_insert(value);
            }
            command.secrets.extend(secrets.clone());
        }
        self.out.notes.dedup();
        written.no_cache
    }

    /// Says that entries depend on a configuration that is not known: once where it can be had, and of
    /// each that cannot be built where it cannot.
    pub(in crate::recipe) fn open_config(&mut self, entry: &mut Entry, asks: bool) {
        let message = "it is not known yet what this entry does";
        let note = Diagnostic::warning(&entry.origin, message)
            .labelled("depends on variables, user and directory of the base's configuration");
        match &self.run.config_is_lost {
            // Every command has a user.
            Some(why) if asks || entry.actions.iter().any(Action::runs) => {
                self.out.notes.push(note.hint(why.clone()));
                let name = entry.label.clone();
                entry.unbuilt.push(Sourced::new(name, entry.origin.clone()));
            }
            None if asks && !self.out.notes.iter().any(|said| said.message == message) => {
                self.out.notes.push(
                    note.hint("they are known once the base is in the store; --fetch gets it"),
                );
            }
            _ => {}
        }
    }

    /// Warns of keys that mean nothing for an entry.
    fn without_effect(&mut self, written: &Written, name: &str, pasted: bool) {
        let keys = [
            ("env", !written.env.0.is_empty()),
            ("secrets", !written.secrets.is_empty()),
            ("no-cache", written.no_cache),
        ];
        for (key, _) in keys.iter().filter(|(_, stated)| *stated) {
            let origin = written.node.entry(key).map(|(key, _)| &key.origin);
            let origin = origin.unwrap_or(&written.origin);
            let (message, hint) = match pasted {
                true => (
                    format!("`{key}` has no effect on `{name}`, nor in BlueBuild"),
                    "a native recipe (`apiVersion: terroir/v1`) gives it to the instructions",
                ),
                false => (
                    format!("`{key}` has no effect: `{name}` runs nothing here"),
                    "remove the key",
                ),
            };
            self.out
                .notes
                .push(Diagnostic::warning(origin, message).hint(hint));
        }
    }
}

/// The variables of an entry.
///
/// BlueBuild writes them before a command of bash, which replaces `$NAME` in them.
fn environment(
    written: &SourcedMap<String>,
    dialect: Dialect,
    known: &std::collections::BTreeMap<String, String>,
    notes: &mut Vec<Diagnostic>,
) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    for (key, value) in written.iter() {
        let plain = (key.value.clone(), value.clone());
        if dialect == Dialect::Native || !value.contains(['$', '`']) {
            variables.push(plain);
            continue;
        }
        let lookup = |name: &str| match name {
            "PATH" => Some(
                known
                    .get("PATH")
                    .map_or(DEFAULT_PATH, String::as_str)
                    .to_owned(),
            ),
            "HOME" => Some("/root".to_owned()),
            _ => known.get(name).cloned(),
        };
        // In double quotes, as BlueBuild writes it: quotes in the value are its own.
        let quoted = format!("\"{}\"", value.replace('"', "\\\""));
        match expand(&quoted, '\\', &lookup) {
            Ok(expanded) if !value.contains("$(") && !value.contains('`') => {
                variables.push((key.value.clone(), expanded));
            }
            _ => {
                let message = format!("`{key}` would be made by a command");
                notes.push(
                    Diagnostic::warning(&key.origin, message)
                        .hint("its text is passed on as it is; run the command in a script"),
                );
                variables.push(plain);
            }
        }
    }
    variables
}

/// A secret in the words of commands.
fn secret(written: &Sourced<Secret>) -> action::Secret {
    let target = |mount: &Mount| match mount {
        Mount::Env { name } => SecretTarget::Env(name.clone()),
        Mount::File { destination } => SecretTarget::File(destination.clone()),
    };
    let (source, target) = match &written.value {
        Secret::Env { name, mount } => (SecretSource::Env(name.clone()), target(mount)),
        Secret::File { source, mount } => (SecretSource::File(source.clone()), target(mount)),
        Secret::Exec {
            command,
            args,
            mount,
        } => (
            SecretSource::Exec {
                command: command.clone(),
                arguments: args.clone(),
            },
            target(mount),
        ),
        Secret::Ssh => (SecretSource::Ssh, SecretTarget::Agent),
    };
    action::Secret {
        source,
        target,
        optional: false,
    }
}
