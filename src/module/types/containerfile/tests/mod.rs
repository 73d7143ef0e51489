//! Containerfiles: what is read, what it compiles to, what is refused.

#![expect(clippy::too_many_lines, reason = "tables of cases are long")]

mod config;
mod copying;
mod lines;
mod mistakes;
mod running;
mod variables;

use super::Containerfile;
use crate::action::{Action, Content};
use crate::module::module_type::Configuration as _;
use crate::module::{Compiled, Dialect, Distribution, RunFacts, Surroundings};
use crate::origin::{Diagnostic, Origin, Sourced, SourcedMap};
use crate::setting::tests::fake::Repository;

pub(super) fn repository() -> Repository {
    Repository::default()
        .file("app/main.py", "main")
        .program("app/run.sh", "#!/bin/sh\n")
        .file("app/note.md", "n")
        .file("data.tar.gz", "t")
        .file("one.conf", "1")
        .file("two.conf", "2")
        .file("/.dockerignore", "**/*.md\nsecret\n")
        .file("secret", "s")
}

/// Compiles lines of one snippet, as if they stood in lines 5 and on of a recipe.
pub(super) fn compile_in(dialect: Dialect, text: &str) -> Result<Compiled, Vec<Diagnostic>> {
    let repository = repository();
    let origin = Origin {
        line: 5,
        column: 7,
        ..Origin::of_file("recipe.yml")
    };
    let stages = ["builder".to_owned()];
    let module = Containerfile {
        snippets: vec![Sourced::new(format!("{text}\n"), origin.clone())],
        network: dialect == Dialect::BlueBuild,
        arguments: SourcedMap(
            ["GIVEN"]
                .into_iter()
                .filter(|name| text.contains(name))
                .map(|name| (Sourced::new(name.into(), origin.clone()), "g".into()))
                .collect(),
        ),
        ..Containerfile::default()
    };
    let run = RunFacts {
        platform: "linux/arm64/v8",
        stages: &stages,
        ..RunFacts::default()
    };
    module.compile(&around(dialect, &origin, &repository, run))
}

/// What an entry of the flavour `acme` is compiled in.
pub(super) fn around<'a>(
    dialect: Dialect,
    origin: &'a Origin,
    repository: &'a Repository,
    run: RunFacts<'a>,
) -> Surroundings<'a> {
    Surroundings {
        dialect,
        origin,
        inputs: repository,
        image: None,
        name: "acme",
        distribution: Distribution::default(),
        root: repository,
        run,
    }
}

pub(super) fn compiled(text: &str) -> Compiled {
    compile_in(Dialect::Native, text).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"))
}

/// The actions in short.
pub(super) fn shown(compiled: &Compiled) -> Vec<String> {
    let show = |action: &Action| match action {
        Action::Run(command) => format!("run {:?}", command.arguments),
        Action::Write {
            path,
            content: Content::Text(text),
            mode,
            ..
        } => format!("{path} {mode:o} {text:?}"),
        Action::Write {
            path,
            content: Content::Input(input),
            mode,
            owner,
        } => format!("{path} {mode:o} {:?} = {}", owner.user, input.path),
        Action::Put {
            path,
            content: Content::Input(input),
            mode,
            owner,
            ..
        } => format!("{path}? {mode:o} {:?} = {}", owner.user, input.path),
        Action::Folder { path, owner } => format!("{path}/ {:?}", owner.user),
        Action::Unpack {
            archive,
            destination,
        } => format!("{destination} < {}", archive.path),
        Action::Directory { path, .. } => format!("{path}/"),
        Action::OwnedDirectory { path, user } => format!("{path}/ of {:?}", user.name),
        Action::Copy {
            from,
            source,
            destination,
            ..
        } => format!("{from:?} {source} {destination}"),
        other => format!("{other:?}"),
    };
    compiled.actions.iter().map(show).collect()
}
