//! Setting kinds: each has its source file, its entry in the schema and its section in the book.

#[path = "support/sources.rs"]
mod sources;

use serde_json::Value;
use terroir::setting::Kind;

use sources::{below, name, root, text};

/// What the book has to say of a kind, as the table of kinds says it.
fn section(kind: Kind) -> String {
    let example: String = kind
        .example()
        .lines()
        .map(|line| format!("  {line}\n"))
        .collect();
    format!(
        "\n## {kind}\n\n{}\n\n```yaml\n{kind}:\n{example}```\n\n{}\n",
        kind.about(),
        kind.effect()
    )
}

fn names() -> Vec<String> {
    Kind::ALL.into_iter().map(|kind| kind.to_string()).collect()
}

#[test]
fn every_kind_is_a_source_file_and_every_source_file_a_kind() {
    let mut found: Vec<String> = below("src/setting/kinds", ".rs")
        .iter()
        .filter_map(|path| {
            let path = name(path);
            let kind = path.strip_prefix("src/setting/kinds/")?.split('/').next()?;
            Some(kind.trim_end_matches(".rs").to_owned())
        })
        .filter(|kind| kind != "mod")
        .collect();
    found.sort_unstable();
    found.dedup();
    let mut kinds = names();
    kinds.sort_unstable();
    assert_eq!(found, kinds);
}

#[test]
fn every_kind_is_in_the_schema() {
    for schema in ["recipe", "layer"] {
        let file = root().join(format!("schema/{schema}-v1.json"));
        let schema: Value = serde_json::from_str(&text(&file)).expect("a schema is JSON");
        let variants = schema["$defs"]["Declaration"]["oneOf"].as_array();
        let variants = variants.expect("the kinds of the schema");
        let found: Vec<(&Value, &Value)> = variants
            .iter()
            .map(|variant| (&variant["required"][0], &variant["description"]))
            .collect();
        let expected: Vec<(Value, Value)> = Kind::ALL
            .into_iter()
            .map(|kind| (kind.prefix().into(), kind.about().into()))
            .collect();
        let expected: Vec<(&Value, &Value)> = expected.iter().map(|(a, b)| (a, b)).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn every_kind_has_a_section_in_the_book() {
    let page = text(&root().join("docs/src/settings.md"));
    for kind in Kind::ALL {
        assert!(
            !kind.about().is_empty() && !kind.effect().is_empty(),
            "{kind}"
        );
        let section = section(kind);
        assert!(
            page.contains(&section),
            "docs/src/settings.md lacks:\n{section}"
        );
    }
    let headings = page.lines().filter_map(|line| line.strip_prefix("## "));
    assert_eq!(headings.collect::<Vec<_>>(), names());
}
