//! Tests of the module types.

#![expect(clippy::too_many_lines, reason = "tables of cases are long")]

mod commands;
mod entry;
mod files;
mod local;
mod scripts;
mod signing;
mod systemd;
mod values;

use serde_json::Value;

use crate::action::{Action, Command, MountSource};
use crate::module::{Compiled, Dialect, Module, RunFacts, Surroundings};
use crate::origin::{Diagnostic, Origin};
use crate::setting::tests::fake::Repository;

/// Reads a module's configuration; panics when there is no such type.
fn parse(name: &str, dialect: Dialect, configuration: &Value) -> Result<Module, String> {
    Module::parse(name, dialect, configuration.clone())
        .unwrap_or_else(|| panic!("no module {name}"))
        .map_err(|error| error.to_string())
}

/// Compiles a module as part of the flavour `acme/server`, published at a registry.
fn compile(
    name: &str,
    dialect: Dialect,
    configuration: &Value,
    repository: &Repository,
) -> Result<Compiled, Vec<Diagnostic>> {
    let module = parse(name, dialect, configuration).expect("decodes");
    compile_with(dialect, repository, facts(), &|around| {
        module.compile(around)
    })
}

/// What the commands of the flavour are told.
fn facts() -> RunFacts<'static> {
    RunFacts {
        files: "/files",
        modules: "/modules",
        containerfiles: "/containerfiles",
        platform: "linux/amd64",
        base: "quay.io/os/base",
        recipe: "recipes/x.yml",
        version_id: "13",
        ..RunFacts::default()
    }
}

/// Compiles anything as part of the flavour `acme/server`.
fn compile_with(
    dialect: Dialect,
    repository: &Repository,
    run: RunFacts<'_>,
    compile: &dyn Fn(&Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>>,
) -> Result<Compiled, Vec<Diagnostic>> {
    compile(&Surroundings {
        dialect,
        origin: &Origin::of_file("recipes/x.yml"),
        inputs: repository,
        image: Some("registry.example.org/os/acme-server"),
        name: "acme/server",
        root: repository,
        run,
    })
}

/// The commands among the actions.
fn commands(compiled: &Compiled) -> Vec<&Command> {
    let actions = compiled.actions.iter();
    actions
        .filter_map(|action| match action {
            Action::Run(command) => Some(command.as_ref()),
            _ => None,
        })
        .collect()
}

/// The files that a command sees below a target.
fn mounted(command: &Command, target: &str) -> Vec<String> {
    let mounts = command.mounts.iter().filter(|mount| mount.target == target);
    mounts
        .flat_map(|mount| match &mount.source {
            MountSource::Inputs(files) => files.keys().cloned().collect(),
            other => vec![format!("{other:?}")],
        })
        .collect()
}

/// The key and value of each setting.
fn settings(compiled: &Compiled) -> Vec<(String, Value)> {
    let settings = compiled.settings.iter();
    settings
        .map(|setting| (setting.key(), setting.value.clone()))
        .collect()
}

/// Checks that a configuration is refused with one message and hint.
fn refused(outcome: Result<Compiled, Vec<Diagnostic>>, message: &str, hint: &str) {
    let errors = outcome.expect_err(message);
    let [error] = errors.as_slice() else {
        panic!("one error: {errors:?}")
    };
    assert!(error.message.contains(message), "{error}");
    let said = error.hint.as_deref().unwrap_or_default();
    assert!(said.contains(hint), "{error}: {said}");
}
