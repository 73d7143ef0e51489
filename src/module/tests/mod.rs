//! Tests of the module types.

#![expect(clippy::too_many_lines, reason = "tables of cases are long")]

mod apk;
mod apt;
mod bluebuild;
mod bootable;
mod chezmoi;
mod copy;
mod default_flatpaks;
mod desktop;
mod dnf;
mod dnf_native;
mod dnf_shell;
mod files;
mod fonts;
mod gschema_overrides;
mod initramfs;
mod justfiles;
mod kargs;
mod local;
mod managers;
mod os_release;
mod packages;
mod pacman;
mod rpm_ostree;
mod script;
mod settings;
mod signing;
mod systemd;
mod table;
pub(crate) mod trust_store;
mod zypper;

use serde_json::Value;

use crate::action::{Action, Command, Content, MountSource};
use crate::module::{Checked, Compiled, Dialect, Distribution, Module, RunFacts, Surroundings};
use crate::origin::{Diagnostic, Origin};
use crate::setting::tests::fake::Repository;
use crate::yaml::{self, Node};

/// A configuration as it stands in a recipe.
fn node(configuration: &Value) -> Node {
    yaml::parse("recipes/x.yml", &configuration.to_string()).expect("JSON is YAML")
}

/// Reads a configuration by `NAME` or `NAME@VERSION`; none when there is no such type.
fn read(
    spelling: &str,
    dialect: Dialect,
    configuration: &Value,
) -> Option<Result<Checked, Vec<Diagnostic>>> {
    let (name, version) = match spelling.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (spelling, None),
    };
    Module::read((name, version), dialect, &node(configuration))
}

/// Errors in one line each.
fn said(errors: &[Diagnostic]) -> String {
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// Reads the configuration of a module that is built; panics when there is no such type.
fn parse(name: &str, dialect: Dialect, configuration: &Value) -> Result<Module, String> {
    let read = read(name, dialect, configuration);
    match read.unwrap_or_else(|| panic!("no module {name}")) {
        Ok(Checked::Module(module)) => Ok(module),
        Ok(Checked::Unbuilt(missing)) => panic!("{name} needs {missing}"),
        Err(errors) => Err(said(&errors)),
    }
}

/// Compiles a module as part of the flavour `acme/server`, published at a registry.
fn compile(
    name: &str,
    dialect: Dialect,
    configuration: &Value,
    repository: &Repository,
) -> Result<Compiled, Vec<Diagnostic>> {
    compile_on(
        Distribution::default(),
        (name, dialect),
        configuration,
        repository,
    )
}

/// Compiles a module for a distribution.
fn compile_on(
    distribution: Distribution<'_>,
    (name, dialect): (&str, Dialect),
    configuration: &Value,
    repository: &Repository,
) -> Result<Compiled, Vec<Diagnostic>> {
    let module = parse(name, dialect, configuration).expect("decodes");
    let facts = (distribution, facts());
    compile_with(dialect, repository, facts, &|around| module.compile(around))
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
    (distribution, run): (Distribution<'_>, RunFacts<'_>),
    compile: &dyn Fn(&Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>>,
) -> Result<Compiled, Vec<Diagnostic>> {
    compile(&Surroundings {
        dialect,
        origin: &Origin::of_file("recipes/x.yml"),
        inputs: repository,
        image: Some("registry.example.org/os/acme-server"),
        name: "acme/server",
        distribution,
        root: repository,
        run,
    })
}

/// A distribution of which all is known.
fn distribution(family: &'static str, id: &'static str) -> Distribution<'static> {
    Distribution {
        family: Some(family),
        id: Some(id),
        version_id: Some("42"),
    }
}

/// Actions in one line each: what is written, and the words of commands.
fn lines(compiled: &Compiled) -> Vec<String> {
    compiled.actions.iter().map(line).collect()
}

fn line(action: &Action) -> String {
    match action {
        Action::Write {
            path,
            content,
            mode,
            ..
        } => {
            let content = match content {
                Content::Text(text) => format!("{text:?}"),
                Content::Input(input) => input.path.clone(),
            };
            format!("write {path} {mode:o} {content}")
        }
        Action::Directory { path, .. } => format!("directory {path}"),
        Action::Link { path, target } => format!("link {path} {target}"),
        Action::Remove { path } => format!("remove {path}"),
        Action::Packages(packages) => format!("packages {}", packages.summary()),
        Action::Run(command) => {
            let network = command.network.then(|| "[network]".to_owned());
            let mounts = command.mounts.iter().map(|mount| match &mount.source {
                MountSource::Cache { name, .. } => format!("[{name} {}]", mount.target),
                MountSource::Inputs(inputs) => {
                    let paths: Vec<&str> = inputs.keys().map(String::as_str).collect();
                    format!("[{} {}]", paths.join(" "), mount.target)
                }
                other => format!("[{other:?}]"),
            });
            let words = command.arguments.iter().cloned().chain(network);
            let words: Vec<String> = words.chain(mounts).collect();
            words.join(" ")
        }
        other => panic!("{other:?}"),
    }
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
