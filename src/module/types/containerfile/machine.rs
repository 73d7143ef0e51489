//! The state that instructions change one after another, and what they compile to.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::fault::Fault;
use super::lines::{Line, read};
use super::place::absolute;
use super::variables::{Variables, platforms};
use super::words;
use crate::action::{Action, User};
use crate::module::environment;
use crate::module::image_config::DEFAULT_PATH;
use crate::module::sources::Context;
use crate::module::surroundings::{Compiled, Dialect, Surroundings};
use crate::origin::{Diagnostic, Origin, Sourced, SourcedMap, did_you_mean};
use crate::path::TreePath;

const INSTRUCTIONS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// Compiles the instructions of one entry.
pub(super) struct Machine<'a> {
    pub(super) around: &'a Surroundings<'a>,
    pub(super) context: Context<'a>,
    pub(super) variables: Variables,
    shell: Vec<String>,
    user: Option<User>,
    directory: String,
    /// Whether something depends on user or directory, which the base states.
    asked: Cell<bool>,
    /// Whether a RUN that does not say reaches the network.
    pub(super) network: bool,
    pub(super) escape: char,
    /// Where the instruction that is compiled stands.
    pub(super) origin: Origin,
    pub(super) compiled: Compiled,
}

impl<'a> Machine<'a> {
    /// A machine in the state that the base and earlier entries left.
    pub(super) fn new(
        around: &'a Surroundings<'a>,
        network: bool,
        mut given: BTreeMap<String, String>,
    ) -> Result<Self, Diagnostic> {
        let config = around.run.config.cloned().unwrap_or_default();
        let mut arguments: BTreeMap<String, Option<String>> = BTreeMap::new();
        if around.dialect == Dialect::BlueBuild {
            // BlueBuild declares them before the first module.
            let known = environment::variables(around);
            arguments.extend(known.into_iter().map(|(name, value)| (name, Some(value))));
        }
        let mut taken = BTreeSet::new();
        for (name, value) in given.iter().filter(|(name, _)| is_proxy(name)) {
            // These need no ARG.
            arguments.insert(name.clone(), Some(value.clone()));
            taken.insert(name.clone());
        }
        given.extend(platforms(around.run.platform));
        let shell = match (config.shell, around.run.shell) {
            (Some(words), _) => words,
            (None, []) => vec!["/bin/sh".to_owned(), "-c".to_owned()],
            (None, words) => words.to_vec(),
        };
        let user = match &config.user {
            Some(user) => Some(User::parse(user).ok_or_else(|| {
                Diagnostic::error(around.origin, format!("`{user}` is not a user"))
                    .labelled("the base says that it runs as this one")
                    .hint("begin with USER and a name or number")
            })?),
            None => None,
        };
        Ok(Self {
            around,
            context: Context::of_project(around)?,
            variables: Variables {
                arguments,
                environment: config.environment,
                given,
                taken,
                path: (!around.run.config_is_open).then_some(DEFAULT_PATH),
                missed: Cell::new(false),
            },
            shell,
            user,
            directory: absolute("/", config.directory.as_deref().unwrap_or("/")),
            asked: Cell::new(false),
            network,
            escape: '\\',
            origin: around.origin.clone(),
            compiled: Compiled::default(),
        })
    }

    /// Compiles a text; `place` tells where a line of it stands.
    pub(super) fn text(&mut self, text: &str, place: &dyn Fn(u32) -> Origin) -> Vec<Diagnostic> {
        let lines = read(text);
        self.escape = lines.escape;
        let located = |number: u32, fault: Fault| {
            let problem = Diagnostic::error(&place(number), fault.message);
            match fault.hint {
                Some(hint) => problem.hint(hint),
                None => problem,
            }
        };
        let mut wrong: Vec<Diagnostic> = lines
            .faults
            .into_iter()
            .map(|(number, fault)| located(number, fault))
            .collect();
        for line in &lines.lines {
            self.origin = place(line.number);
            self.variables.missed.set(false);
            let outcome = self.instruction(line);
            let missed = self.variables.missed.get();
            self.compiled.asks_config |= missed || self.asked.get();
            match outcome {
                Ok(()) => {}
                // Where the base may set the variable, what is made of it may be right.
                Err(_) if missed && self.around.run.config_is_open => {}
                Err(Wrong::Fault(fault)) => wrong.push(located(line.number, fault)),
                Err(Wrong::Located(problem)) => wrong.push(*problem),
            }
        }
        wrong
    }

    /// What follows from the instructions of the whole entry.
    pub(super) fn finish(mut self, given: &SourcedMap<String>) -> Compiled {
        for (name, _) in given.iter() {
            if self.variables.taken.contains(&name.value) {
                continue;
            }
            let message = format!("no ARG takes `{name}`");
            let warning = Diagnostic::warning(&name.origin, message);
            let declared = self.variables.taken.iter().map(String::as_str);
            let hint = match did_you_mean(name, declared) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("declare it with ARG {name}, or take it away"),
            };
            self.compiled.warnings.push(warning.hint(hint));
        }
        self.compiled
    }

    fn instruction(&mut self, line: &Line) -> Result<(), Wrong> {
        let rest = line.rest.as_str();
        if rest.is_empty() && INSTRUCTIONS.contains(&line.name.as_str()) {
            return Err(Fault::new(format!("{} says nothing", line.name)).into());
        }
        match line.name.as_str() {
            "RUN" => return self.run(line),
            "COPY" => return self.copy(line, false),
            "ADD" => return self.copy(line, true),
            "ARG" => self.arg(rest),
            "ENV" => self.env(rest),
            "USER" => self.set_user(rest),
            "WORKDIR" => self.set_directory(rest),
            "SHELL" => self.set_shell(rest),
            "FROM" => Err(Fault::new("FROM starts another image, which an entry cannot do")
                .hint("the image is what the recipe's `from` or `base-image` says; for another one write `stages:`")),
            "ONBUILD" => Err(Fault::new("ONBUILD is not supported")
                .hint("write a recipe that others derive from")),
            _ => self.configure(line),
        }
        .map_err(Wrong::from)
    }

    fn set_user(&mut self, rest: &str) -> Result<(), Fault> {
        let text = self.word(rest.trim())?;
        let user = User::parse(&text).ok_or_else(|| {
            Fault::new(format!("`{text}` is not a user"))
                .hint("write a name or number, with :group if it is another")
        })?;
        self.user = Some(user);
        self.compiled.config.user = Some(text);
        Ok(())
    }

    fn set_directory(&mut self, rest: &str) -> Result<(), Fault> {
        let written = self.word(rest.trim())?;
        if written.is_empty() {
            return Err(Fault::new("WORKDIR names no directory"));
        }
        let directory = self.absolute(&format!("{written}/"));
        let path = TreePath::parse(directory.trim_end_matches('/'))
            .map_err(|error| Fault::new(error.to_string()))?;
        self.directory = path.to_string();
        self.compiled.config.directory = Some(self.directory.clone());
        if !path.is_root() {
            let user = self.user().filter(|user| !user.is_root());
            self.compiled.actions.push(match user {
                Some(user) => Action::OwnedDirectory { path, user },
                None => Action::Directory {
                    path,
                    mode: None,
                    owner: None,
                },
            });
        }
        Ok(())
    }

    /// Who runs commands and makes folders now.
    pub(super) fn user(&self) -> Option<User> {
        if self.compiled.config.user.is_none() {
            self.asked.set(true);
        }
        self.user.clone()
    }

    /// What takes commands that are not lists now.
    pub(super) fn shell(&self) -> Vec<String> {
        if self.compiled.config.shell.is_none() && self.around.run.shell.is_empty() {
            self.asked.set(true);
        }
        self.shell.clone()
    }

    /// The directory that commands start in now.
    pub(super) fn directory(&self) -> &str {
        if self.compiled.config.directory.is_none() {
            self.asked.set(true);
        }
        &self.directory
    }

    fn set_shell(&mut self, rest: &str) -> Result<(), Fault> {
        match words::json_list(rest) {
            Some(words) if !words.is_empty() => {
                self.compiled.config.shell = Some(words.clone());
                self.shell = words;
                Ok(())
            }
            _ => Err(Fault::new("SHELL takes a list in JSON")
                .hint("write SHELL [\"/bin/bash\", \"-c\"]")),
        }
    }

    /// A path as seen from the working directory.
    pub(super) fn absolute(&self, path: &str) -> String {
        match path.starts_with('/') {
            true => absolute("/", path),
            false => absolute(self.directory(), path),
        }
    }

    /// A text of the instruction that is compiled, with its place.
    pub(super) fn sourced(&self, text: impl Into<String>) -> Sourced<String> {
        Sourced::new(text.into(), self.origin.clone())
    }
}

/// What is wrong with an instruction.
pub(super) enum Wrong {
    /// Something in its words.
    Fault(Fault),
    /// Something that knows its place.
    Located(Box<Diagnostic>),
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Diagnostic> for Wrong {
    fn from(problem: Diagnostic) -> Self {
        Self::Located(Box::new(problem))
    }
}

/// Says of a word what it may have been meant as.
pub(super) fn no_instruction(name: &str) -> Fault {
    let fault = Fault::new(format!("`{name}` is not an instruction"));
    match did_you_mean(name, INSTRUCTIONS) {
        Some(near) => fault.hint(format!("did you mean {near}?")),
        None => fault.hint("each line begins with an instruction such as RUN or COPY"),
    }
}

/// Tells whether an argument is one that every Containerfile knows without `ARG`.
fn is_proxy(name: &str) -> bool {
    const PROXIES: [&str; 5] = ["all", "ftp", "http", "https", "no"];
    let known = |proxy: &&str| {
        let lower = format!("{proxy}_proxy");
        name == lower || name == lower.to_ascii_uppercase()
    };
    PROXIES.iter().any(known)
}
