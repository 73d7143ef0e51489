//! Module types: the name in the table is the name of a source file, of a test and of a heading.

#[path = "support/sources.rs"]
mod sources;

use std::collections::BTreeSet;

use sources::{below, name, root, text};
use terroir::module::Module;

/// The file or folder of a name below a folder of the source.
fn there(folder: &str, name: &str) -> bool {
    let file = name.replace('-', "_");
    let places = [
        format!("{folder}/{file}.rs"),
        format!("{folder}/{file}/mod.rs"),
    ];
    places.iter().any(|place| root().join(place).is_file())
}

/// The part of a page from a heading to the next one.
fn section<'t>(page: &'t str, name: &str) -> Option<&'t str> {
    let (_, after) = page.split_once(&format!("\n## {name}\n"))?;
    after.split("\n## ").next()
}

#[test]
fn each_module_type_has_its_source() {
    let missing: Vec<&str> = Module::types()
        .iter()
        .map(|kind| kind.name)
        .filter(|name| !there("src/module/types", name))
        .collect();
    assert!(
        missing.is_empty(),
        "no file below src/module/types: {missing:?}"
    );
}

#[test]
fn each_source_is_a_module_type() {
    let first = |path: String| {
        let below = path.trim_start_matches("src/module/types/");
        let first = below.split(['/', '.']).next().unwrap_or_default();
        first.replace('_', "-")
    };
    let paths = below("src/module/types", ".rs");
    let mut sources: BTreeSet<String> = paths.iter().map(|path| first(name(path))).collect();
    for other in ["mod", "table"] {
        sources.remove(other);
    }
    let types: BTreeSet<String> = Module::types()
        .iter()
        .map(|kind| kind.name.to_owned())
        .collect();
    assert_eq!(sources, types, "src/module/types and its table");
}

#[test]
fn each_module_type_has_a_test() {
    let rows = text(&root().join("src/module/tests/bluebuild.rs"));
    let has_test = |name: &str| {
        let file = name.replace('-', "_");
        let own = there(&format!("src/module/types/{file}"), "tests");
        let row = rows
            .lines()
            .any(|line| line.starts_with(&format!("{name} {{")));
        own || row || there("src/module/tests", name)
    };
    let missing: Vec<&str> = Module::types()
        .iter()
        .map(|kind| kind.name)
        .filter(|name| !has_test(name))
        .collect();
    assert!(missing.is_empty(), "no test: {missing:?}");
}

#[test]
fn the_book_says_what_the_table_says() {
    let page = text(&root().join("docs/src/modules.md"));
    let mut wrong = Vec::new();
    for kind in Module::types() {
        let Some(section) = section(&page, kind.name) else {
            wrong.push(format!("no heading `## {}`", kind.name));
            continue;
        };
        let example = format!("```yaml\n{}```", kind.example);
        for words in [kind.does, example.as_str()] {
            if !section.contains(words) {
                wrong.push(format!("{}: `{words}` is missing", kind.name));
            }
        }
    }
    let headings = page.lines().filter_map(|line| line.strip_prefix("## "));
    let headings: Vec<&str> = headings.collect();
    let names: Vec<&str> = Module::types().iter().map(|kind| kind.name).collect();
    assert!(
        wrong.is_empty(),
        "docs/src/modules.md: {}",
        wrong.join("\n")
    );
    assert_eq!(headings, names, "the headings of docs/src/modules.md");
}
