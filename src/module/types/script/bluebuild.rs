//! The module type `script` of BlueBuild, versions 1 and 2.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::module::environment::{FILES, prepare};
use super::mentions::SCRIPTS;
use super::seen::{Seen, join};
use crate::action::{Action, Command};
use crate::module::surroundings::{Compiled, Surroundings};
use crate::origin::{Diagnostic, Sourced};

/// Runs scripts and lines of shell while the image is built.
///
/// Scripts run first. Version 1 runs snippets with bash, version 2 with sh.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub struct BlueBuildScript {
    /// Files of `files/scripts` to run.
    #[serde(default)]
    scripts: Vec<Sourced<String>>,
    /// Lines of shell to run.
    #[serde(default)]
    snippets: Vec<Sourced<String>>,
}

/// The versions of the module: what runs snippets, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// bash, in the folder of scripts when the entry has any.
    V1,
    /// sh with `set -eu`, in `/`.
    V2,
}

impl BlueBuildScript {
    pub(in crate::module) fn compile(
        &self,
        version: Version,
        around: &Surroundings<'_>,
    ) -> Result<Compiled, Vec<Diagnostic>> {
        let seen = Seen::of(around).map_err(|problem| vec![problem])?;
        let mut compiled = Compiled::default();
        let mut wrong = Vec::new();
        let scripts = self.scripts.iter().map(|name| script(name, &seen, around));
        let snippets = self.snippets.iter().map(|text| {
            let mut command = Command::new(snippet_label(text), arguments(version, text));
            if version == Version::V1 && !self.scripts.is_empty() {
                command.directory = format!("{FILES}/{SCRIPTS}");
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

fn arguments(version: Version, snippet: &str) -> Vec<String> {
    match version {
        Version::V1 => vec!["bash".into(), "-c".into(), snippet.to_owned()],
        Version::V2 => vec!["/bin/sh".into(), "-c".into(), format!("set -eu; {snippet}")],
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
    // What is no text is a program, which may read anything.
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
