//! Tests of the module types.

mod entry;
mod files;
mod signing;
mod systemd;
mod values;

use serde_json::Value;

use crate::module::{Compiled, Dialect, Module, Surroundings};
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
    module.compile(&Surroundings {
        dialect,
        origin: &Origin::of_file("recipes/x.yml"),
        inputs: repository,
        image: Some("registry.example.org/os/acme-server"),
        name: "acme/server",
    })
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
