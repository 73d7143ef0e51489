//! The state that instructions change one after another, and what they compile to.

use std::collections::BTreeMap;

use super::arguments::Variables;
use super::fault::Fault;
use super::lines::{Line, read};
use crate::action::{Action, Owner};
use crate::module::copy::Context;
use crate::module::entry::Dialect;
use crate::module::script;
use crate::module::surroundings::{Compiled, Surroundings};
use crate::origin::{Diagnostic, Origin, Sourced, did_you_mean};
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
    pub(super) shell: Vec<String>,
    pub(super) user: Option<Owner>,
    pub(super) directory: String,
    /// Whether a RUN that does not say reaches the network.
    pub(super) network: bool,
    pub(super) escape: char,
    /// Where the instruction that is compiled stands.
    pub(super) origin: Origin,
    pub(super) compiled: Compiled,
}

impl<'a> Machine<'a> {
    /// A machine in the state that earlier entries left.
    pub(super) fn new(
        around: &'a Surroundings<'a>,
        network: bool,
        mut given: BTreeMap<String, String>,
    ) -> Result<Self, Diagnostic> {
        let config = around.run.config.cloned().unwrap_or_default();
        let mut arguments = BTreeMap::new();
        if around.dialect == Dialect::BlueBuild {
            // BlueBuild declares them before the first module.
            let known = script::variables(around);
            arguments.extend(known.into_iter().map(|(name, value)| (name, Some(value))));
        }
        given.extend(platform(around.run.platform));
        let shell = match around.run.shell {
            [] => vec!["/bin/sh".to_owned(), "-c".to_owned()],
            words => words.to_vec(),
        };
        Ok(Self {
            around,
            context: Context::of_project(around)?,
            variables: Variables {
                arguments,
                environment: config.environment,
                given,
            },
            shell,
            user: config.user.as_deref().and_then(Owner::parse),
            directory: config.directory.unwrap_or_else(|| "/".to_owned()),
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
            match self.instruction(line) {
                Ok(()) => {}
                Err(Wrong::Fault(fault)) => wrong.push(located(line.number, fault)),
                Err(Wrong::Located(problem)) => wrong.push(*problem),
            }
        }
        wrong
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
        let user = self.word(rest.trim())?;
        let owner = Owner::parse(&user).ok_or_else(|| {
            Fault::new(format!("`{user}` is no user"))
                .hint("write a name or number, with :group if it is another")
        })?;
        self.user = Some(owner);
        self.compiled.config.user = Some(user);
        Ok(())
    }

    fn set_directory(&mut self, rest: &str) -> Result<(), Fault> {
        let written = self.word(rest.trim())?;
        let directory = self.absolute(&written);
        let path = TreePath::parse(&directory).map_err(|error| Fault::new(error.to_string()))?;
        self.directory = path.to_string();
        self.compiled.config.directory = Some(self.directory.clone());
        if !path.is_root() {
            self.compiled.actions.push(Action::Directory {
                path,
                mode: None,
                owner: None,
            });
        }
        Ok(())
    }

    fn set_shell(&mut self, rest: &str) -> Result<(), Fault> {
        match super::words::json_list(rest) {
            Some(words) if !words.is_empty() => {
                self.shell = words;
                Ok(())
            }
            _ => Err(Fault::new("SHELL takes a list in JSON")
                .hint("write SHELL [\"/bin/bash\", \"-c\"]")),
        }
    }

    /// A path as seen from the working directory.
    pub(super) fn absolute(&self, path: &str) -> String {
        if path.starts_with('/') {
            return path.to_owned();
        }
        let path = match path {
            "." | "./" => "",
            other => other.trim_start_matches("./"),
        };
        format!("{}/{path}", self.directory.trim_end_matches('/'))
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
    let fault = Fault::new(format!("`{name}` is no instruction"));
    match did_you_mean(name, INSTRUCTIONS) {
        Some(near) => fault.hint(format!("did you mean {near}?")),
        None => fault.hint("each line begins with an instruction such as RUN or COPY"),
    }
}

/// The values that an `ARG` of these names takes by itself.
fn platform(platform: &str) -> BTreeMap<String, String> {
    let mut parts = platform.splitn(3, '/');
    let mut part = || parts.next().unwrap_or_default().to_owned();
    let (os, architecture, variant) = (part(), part(), part());
    [
        ("TARGETPLATFORM", platform.to_owned()),
        ("TARGETOS", os),
        ("TARGETARCH", architecture),
        ("TARGETVARIANT", variant),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
