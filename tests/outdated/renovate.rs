//! The preset for Renovate: its schema, and what its expression finds.

use std::path::Path;

use crate::judge;
use crate::python::interpreter;

const PRESET: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/docs/src/examples/renovate.json"
);

/// Shows what the expression of the preset finds in the text on standard input.
const FIND: &str = "
import json, re, sys
[manager] = json.load(open(sys.argv[1]))['customManagers']
[expression] = manager['matchStrings']
found = re.search(expression.replace('(?<', '(?P<'), sys.stdin.read())
print(*(found.groups() if found else []))
";

#[test]
fn the_preset_fits_the_schema_of_renovate() {
    let Some(interpreter) = interpreter() else {
        return;
    };
    let program = Path::new(interpreter).with_file_name("check-jsonschema");
    let arguments = ["--builtin-schema", "vendor.renovate", PRESET];
    judge::run(&program.display().to_string(), &arguments, b"");
}

#[test]
fn the_preset_finds_bases_with_tag_and_digest() {
    let Some(interpreter) = interpreter() else {
        return;
    };
    let digest = format!("sha256:{}", "0".repeat(64));
    let cases = [
        (
            format!("registry.example.org/os/base:12@{digest}"),
            format!("registry.example.org/os/base 12 {digest}"),
        ),
        (
            format!("\"127.0.0.1:5000/os/base:12.1@{digest}\""),
            format!("127.0.0.1:5000/os/base 12.1 {digest}"),
        ),
        (
            "registry.example.org/os/base:12  # a note".to_owned(),
            "registry.example.org/os/base 12 None".to_owned(),
        ),
        ("../universal/server.yml".to_owned(), String::new()),
        ("oci:../base:it".to_owned(), String::new()),
        ("scratch".to_owned(), String::new()),
    ];
    for (from, expected) in cases {
        let recipe = format!("apiVersion: terroir/v1\nname: a\nfrom: {from}\nmodules: []\n");
        let program = interpreter.display().to_string();
        let said = judge::run(&program, &["-c", FIND, PRESET], recipe.as_bytes());
        assert_eq!(String::from_utf8_lossy(&said).trim(), expected, "{from}");
    }
}
