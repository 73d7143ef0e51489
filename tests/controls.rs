//! One name finds a control: its id stands in its layer, in the table of tests and in the book.
//!
//! `docs/src/controls.md` lists every control of the shipped layers. `TERROIR_WRITE_TABLES=1` writes
//! it anew. `tests/golden/controls.txt` says what the audit finds in a root that breaks the control;
//! `audit::control_tests` writes and checks it.

#[path = "support/sources.rs"]
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sources::{below, name, root, text};

/// A control as its layer states it.
struct Control {
    ids: Vec<String>,
    title: String,
    level: String,
}

/// The controls of every shipped layer that has some, by the layer's name.
fn controls() -> BTreeMap<String, Vec<Control>> {
    let mut all: BTreeMap<String, Vec<Control>> = BTreeMap::new();
    for path in below("layers", "layer.yml") {
        let name = name(&path);
        let layer = name
            .split('/')
            .nth(1)
            .expect("layers/NAME/layer.yml")
            .to_owned();
        for line in text(&path).lines() {
            if let Some(ids) = line.strip_prefix("  - ids:") {
                let ids = ids
                    .trim_matches([' ', '[', ']'])
                    .split(',')
                    .map(|id| id.trim().to_owned());
                let control = Control {
                    ids: ids.filter(|id| !id.is_empty()).collect(),
                    title: String::new(),
                    level: String::new(),
                };
                all.entry(layer.clone()).or_default().push(control);
            }
            let Some(control) = all.get_mut(&layer).and_then(|controls| controls.last_mut()) else {
                continue;
            };
            // A long list has a line for each id.
            let is_listed = line.starts_with("      ") && control.title.is_empty();
            if is_listed && line.contains('/') {
                let listed = line
                    .trim()
                    .trim_start_matches("- ")
                    .trim_matches(['[', ']', ',']);
                control
                    .ids
                    .extend(listed.split(',').map(|id| id.trim().to_owned()));
            }
            for (key, value) in [
                ("    title: ", &mut control.title),
                ("    level: ", &mut control.level),
            ] {
                if let Some(written) = line.strip_prefix(key) {
                    *value = written.trim_matches(['"', '\'']).to_owned();
                }
            }
        }
    }
    all
}

/// The book's page.
fn page(controls: &BTreeMap<String, Vec<Control>>) -> String {
    let mut page = "# Controls\n\nEvery control of the shipped layers, with its numbers in the benchmarks and the level from \
         which it applies. `cis/`\nare numbers of CIS Debian 12 and Ubuntu 24.04, `cis-debian13/` of Debian 13, `anssi-bp28/` of \
         ANSSI-BP-028.\n"
        .to_owned();
    for (layer, controls) in controls {
        let _ = write!(
            page,
            "\n## {layer}\n\n[The layer and its options](../../layers/{layer}/README.md)\n\n| control | what it demands | level \
             |\n|---|---|---|\n"
        );
        for control in controls {
            let ids: Vec<String> = control
                .ids
                .iter()
                .map(|id| format!("<a id=\"{id}\"></a>`{id}`"))
                .collect();
            let title = control.title.replace('|', "\\|");
            let _ = writeln!(page, "| {} | {title} | {} |", ids.join(" "), control.level);
        }
    }
    page
}

#[test]
#[expect(clippy::disallowed_methods, reason = "who runs the tests asks for it")]
fn the_book_lists_every_control() {
    let controls = controls();
    let count: usize = controls.values().map(Vec::len).sum();
    assert!(count > 250, "only {count} controls were found");
    let expected = page(&controls);
    let path = root().join("docs/src/controls.md");
    if std::env::var_os("TERROIR_WRITE_TABLES").is_some() {
        std::fs::write(&path, &expected).expect("the page is written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == expected,
        "docs/src/controls.md does not list the controls as the layers state them; \
         TERROIR_WRITE_TABLES=1 cargo test --test controls writes it anew"
    );
}

#[test]
fn every_control_has_its_row_in_the_table_of_tests() {
    let controls = controls();
    // A control without a number of CIS is audited by no benchmark, and has no row.
    let is_audited = |control: &&Control| control.ids.iter().any(|id| id.starts_with("cis"));
    let audited = controls.values().flatten().filter(is_audited);
    let ids: BTreeSet<&str> = audited
        .flat_map(|control| &control.ids)
        .map(String::as_str)
        .collect();
    let table = text(&root().join("tests/golden/controls.txt"));
    let numbers = table
        .lines()
        .filter_map(|line| Some(line.split_once(": ")?.0));
    let rows: BTreeSet<&str> = numbers.flat_map(|numbers| numbers.split(' ')).collect();
    let without: Vec<&&str> = ids.difference(&rows).collect();
    assert!(
        without.is_empty(),
        "controls without a row in tests/golden/controls.txt: {without:?}"
    );
    let strangers: Vec<&&str> = rows.difference(&ids).collect();
    assert!(
        strangers.is_empty(),
        "rows of no control in tests/golden/controls.txt: {strangers:?}"
    );
}
