//! The module type `containerfile` of both dialects.

use schemars::JsonSchema;
use serde::Deserialize;

use super::machine::Machine;
use crate::module::module_type::{BLUEBUILD, Configuration, Form, ModuleType, NATIVE};
use crate::module::surroundings::{Compiled, Dialect, Surroundings};
use crate::origin::{Diagnostic, Origin, Sourced, SourcedMap};

/// The row of the table.
pub(in crate::module::types) static TYPE: ModuleType = ModuleType {
    name: "containerfile",
    does: "Follows the instructions of a Containerfile, from files and snippets.",
    example: "type: containerfile\nsnippets:\n  - |\n    ENV LANG=C.UTF-8\n    RUN install -d /srv/data\n",
    forms: &[
        Form::of::<Containerfile>(NATIVE),
        Form::written_as::<BlueBuildContainerfile, Containerfile>(BLUEBUILD),
    ],
};

const NAME: &str = "Containerfile";

/// Configuration of the module type `containerfile`: files first, then snippets.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(in crate::module) struct Containerfile {
    /// Files of instructions, or folders with a `Containerfile` in them.
    #[serde(default)]
    pub containerfiles: Vec<Sourced<String>>,
    /// Instructions.
    #[serde(default)]
    pub snippets: Vec<Sourced<String>>,
    /// Whether the snippets are templates, which are rendered before the entry is read.
    #[serde(default)]
    pub template: bool,
    /// Values that `ARG` instructions of these names take.
    #[serde(default)]
    pub arguments: SourcedMap<String>,
    /// Whether a RUN that does not say `--network` reaches the network.
    #[serde(default)]
    pub network: bool,
}

/// Pastes Containerfile instructions into the build, files first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
struct BlueBuildContainerfile {
    /// Folders of `containerfiles/` whose Containerfile is pasted.
    #[serde(default)]
    containerfiles: Vec<Sourced<String>>,
    /// Instructions to paste.
    #[serde(default)]
    snippets: Vec<Sourced<String>>,
}

impl From<BlueBuildContainerfile> for Containerfile {
    fn from(written: BlueBuildContainerfile) -> Self {
        Self {
            containerfiles: written.containerfiles,
            snippets: written.snippets,
            network: true,
            ..Self::default()
        }
    }
}

impl Configuration for Containerfile {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        let given = self.arguments.iter();
        let given = given.map(|(name, value)| (name.value.clone(), value.clone()));
        let mut machine =
            Machine::new(around, self.network, given.collect()).map_err(|problem| vec![problem])?;
        let mut wrong = Vec::new();
        for name in &self.containerfiles {
            match file(name, around) {
                Ok((file, text)) => {
                    let place = |line| at(&file, line);
                    let problems = machine.text(&text, &place);
                    let used = |problem: Diagnostic| problem.and(&name.origin, "used here");
                    wrong.extend(problems.into_iter().map(used));
                }
                Err(problem) => wrong.push(problem),
            }
        }
        for snippet in &self.snippets {
            wrong.extend(machine.text(snippet, &|line| within(snippet, line)));
        }
        if wrong.is_empty() {
            Ok(machine.finish(&self.arguments))
        } else {
            Err(wrong)
        }
    }
}

/// The file of instructions that a name stands for, and its text.
fn file(name: &Sourced<String>, around: &Surroundings<'_>) -> Result<(String, String), Diagnostic> {
    let (inputs, place) = match around.dialect {
        Dialect::Native if around.inputs.is_folder(name) => (
            around.inputs,
            name.clone()
                .map(|name| format!("{}/{NAME}", name.trim_end_matches('/'))),
        ),
        Dialect::Native => (around.inputs, name.clone()),
        Dialect::BlueBuild => {
            let folder = around.run.containerfiles;
            (
                around.root,
                name.clone().map(|name| format!("{folder}/{name}/{NAME}")),
            )
        }
    };
    let input = inputs.file(&place)?;
    let text = inputs.text(&input)?;
    Ok((input.path, text))
}

fn at(file: &str, line: u32) -> Origin {
    Origin {
        line,
        column: 1,
        ..Origin::of_file(file)
    }
}

/// The place of a line of a snippet, whose origin is the first line that is not empty.
fn within(snippet: &Sourced<String>, line: u32) -> Origin {
    let mut origin = snippet.origin.clone();
    if snippet.contains('\n') && origin.line > 0 {
        let empty = snippet.lines().take_while(|line| line.trim().is_empty());
        let first = u32::try_from(empty.count()).unwrap_or_default() + 1;
        origin.line += line.saturating_sub(first);
        let text = snippet.lines().nth(line as usize - 1).unwrap_or_default();
        origin.length = u32::try_from(text.chars().count()).unwrap_or_default();
    }
    origin
}
