//! The module type `script` of BlueBuild, versions 1 and 2.

use schemars::JsonSchema;
use serde::Deserialize;

use super::mentions::SCRIPTS;
use super::seen::Seen;
use crate::action::{Action, Command};
use crate::module::environment::{FILES, prepare};
use crate::module::module_type::Configuration;
use crate::module::sources::join;
use crate::module::surroundings::{Compiled, Surroundings};
use crate::origin::{Diagnostic, Sourced};

/// Runs scripts and lines of shell while the image is built.
///
/// Scripts run first. Version 1 runs snippets with bash, version 2 with sh.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct BlueBuildScript {
    /// Files of `files/scripts` to run.
    #[serde(default)]
    scripts: Vec<Sourced<String>>,
    /// Lines of shell to run.
    #[serde(default)]
    snippets: Vec<Sourced<String>>,
}

/// Version 1: snippets run in bash, in the folder of scripts when the entry has any.
#[derive(Debug)]
pub(super) struct Version1(BlueBuildScript);

/// Version 2: snippets run in sh with `set -eu`, in `/`.
#[derive(Debug)]
pub(super) struct Version2(BlueBuildScript);

impl From<BlueBuildScript> for Version1 {
    fn from(script: BlueBuildScript) -> Self {
        Self(script)
    }
}

impl From<BlueBuildScript> for Version2 {
    fn from(script: BlueBuildScript) -> Self {
        Self(script)
    }
}

impl Configuration for Version1 {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        let folder = (!self.0.scripts.is_empty()).then(|| format!("{FILES}/{SCRIPTS}"));
        let bash = |text: &str| vec!["bash".into(), "-c".into(), text.to_owned()];
        self.0.compile((&bash, folder.as_deref()), around)
    }
}

impl Configuration for Version2 {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        let sh = |text: &str| vec!["/bin/sh".into(), "-c".into(), format!("set -eu; {text}")];
        self.0.compile((&sh, None), around)
    }
}

/// What runs a snippet, and the folder in which it runs.
type Runner<'a> = (&'a dyn Fn(&str) -> Vec<String>, Option<&'a str>);

impl BlueBuildScript {
    fn compile(
        &self,
        (arguments, folder): Runner<'_>,
        around: &Surroundings<'_>,
    ) -> Result<Compiled, Vec<Diagnostic>> {
        let seen = Seen::of(around).map_err(|problem| vec![problem])?;
        let mut compiled = Compiled::default();
        let mut wrong = Vec::new();
        let scripts = self.scripts.iter().map(|name| script(name, &seen, around));
        let snippets = self.snippets.iter().map(|text| {
            let mut command = Command::new(snippet_label(text), arguments(text));
            if let Some(folder) = folder {
                folder.clone_into(&mut command.directory);
            }
            prepare(&mut command, around);
            command.mounts.push(seen.mount(Some(text), None)?);
            Ok(command)
        });
        for command in scripts.chain(snippets) {
            match command {
                Ok(command) => compiled.actions.push(Action::Run(Box::new(command))),
                Err(problem) => wrong.push(problem),
            }
        }
        if wrong.is_empty() {
            Ok(compiled)
        } else {
            Err(wrong)
        }
    }
}

/// The command that runs a file of `files/scripts`.
fn script(
    name: &Sourced<String>,
    seen: &Seen<'_>,
    around: &Surroundings<'_>,
) -> Result<Command, Diagnostic> {
    let place = name
        .clone()
        .map(|name| join(SCRIPTS, name.trim_start_matches("./")));
    let input = around.inputs.file(&place)?;
    // What is not text is a program, which may read anything.
    let text = around.inputs.text(&input).ok();
    let program = format!("{FILES}/{place}");
    let arguments = match &text {
        Some(text) if !text.starts_with("#!") => vec!["bash".to_owned(), program],
        _ => vec![program],
    };
    let mut command = Command::new(format!("script {name}"), arguments);
    command.directory = format!("{FILES}/{SCRIPTS}");
    prepare(&mut command, around);
    command
        .mounts
        .push(seen.mount(text.as_deref(), Some(&place))?);
    Ok(command)
}

/// The name of a snippet: its first line.
pub(super) fn snippet_label(text: &str) -> String {
    const LONGEST: usize = 40;
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    let line = line.unwrap_or_default();
    let shown: String = line.chars().take(LONGEST).collect();
    let more = shown.len() < line.len() || text.trim().lines().count() > 1;
    format!("snippet {shown}{}", if more { "…" } else { "" })
}
