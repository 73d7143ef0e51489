//! What the tests of the module types for desktops share.

use serde_json::{Value, json};

use super::{compile, compile_on, distribution, lines};
use crate::module::Dialect;
use crate::module::Dialect::Native;
use crate::setting::tests::fake::Repository;

pub(super) fn repository() -> Repository {
    Repository::default()
        .file("gschema-overrides/zz.gschema.override", "[a]\n")
        .file("gschema-overrides/notes.md", "x")
        .file("desktop/own.gschema.override", "[a]\n")
        .file("justfiles/a.just", "a:\n")
        .file("justfiles/more/b.just", "b:\n")
        .file("justfiles/notes.md", "x")
        .file("tools/c.just", "c:\n")
        .file("fonts/Acme/Acme.ttf", "font")
        .file("fonts/One.otf", "font")
}

pub(super) fn plan(name: &str, dialect: Dialect, configuration: &Value) -> Vec<String> {
    let compiled = compile(name, dialect, configuration, &repository());
    let lines = lines(&compiled.unwrap_or_else(|wrong| panic!("{configuration}: {wrong:?}")));
    // Of the lines of shell only their words matter here.
    let shell = |line: String| match line.rsplit_once(" sh ") {
        Some((script, words)) if script.starts_with("/bin/sh") => format!("sh {words}"),
        _ => line,
    };
    lines.into_iter().map(shell).collect()
}

#[test]
fn no_family_is_assumed() {
    let on = distribution("debian", "debian");
    let configuration = json!({"include": ["tools"]});
    let compiled = compile_on(on, ("justfiles", Native), &configuration, &repository());
    assert!(compiled.is_ok());
}
