//! The documentation: the commands on its pages work, and its links lead to files that exist.
//!
//! A block ```` ```yaml file=PATH ```` becomes a file of the page's own repository. The test runs every
//! line `$ terroir …` of a block ```` ```console run ```` there. The output must contain the lines below
//! it, each up to an `…`. `exit=N` is the exit code of the block's last command.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

#[path = "support/command.rs"]
mod command;
#[path = "support/page.rs"]
mod page;
#[path = "support/sources.rs"]
mod sources;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use command::terroir;
use page::{Block, blocks};
use sources::{below, name, root, text};

/// The words of a command, as a shell would split them.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in command.split('\'').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            let part = part.split(" #").next().unwrap_or_default();
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// Runs the commands of a block; gives how many there were.
fn run(block: &Block, place: &str, folder: &Path, store: &Path) -> usize {
    let expected = block
        .value("exit")
        .map_or(0, |code| code.parse().expect("a code"));
    let mut said = String::new();
    let mut code = 0;
    let mut count = 0;
    for line in &block.text {
        let Some(command) = line.strip_prefix("$ ") else {
            let wanted = line.split('…').next().unwrap_or_default().trim();
            assert!(
                said.contains(wanted),
                "{place}: `{wanted}` is not in\n{said}"
            );
            continue;
        };
        assert_eq!(code, 0, "{place}: a command before the last failed\n{said}");
        let words = words(command.strip_prefix("terroir ").expect("terroir is run"));
        let arguments: Vec<&str> = words.iter().map(String::as_str).collect();
        let output = terroir(&arguments, folder, store);
        said = String::from_utf8_lossy(&output.stdout).into_owned();
        said.push_str(&String::from_utf8_lossy(&output.stderr));
        code = output.status.code().expect("it ends by itself");
        count += 1;
    }
    assert_eq!(code, expected, "{place}:\n{said}");
    count
}

fn run_page(page: &Path) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let store = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    let mut count = 0;
    for block in blocks(&text(page)) {
        let place = format!("{}:{}", name(page), block.line);
        if let Some(file) = block.value("file") {
            let file = folder.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, block.file()).unwrap();
        } else if block.info.starts_with("console run") {
            count += run(&block, &place, folder.path(), store.path());
        }
    }
    count
}

fn pages() -> Vec<PathBuf> {
    let mut pages = below("docs/src", ".md");
    pages.extend(["README.md", "layers/README.md"].map(|page| root().join(page)));
    pages
}

#[test]
fn what_pages_tell_to_type_works() {
    let count: usize = pages().iter().map(|page| run_page(page)).sum();
    assert!(count > 15, "only {count} commands were found");
}

/// The anchors of a page's headings, as mdbook and code hosts make them.
fn headings(page: &Path) -> BTreeSet<String> {
    let anchor = |heading: &str| {
        let lower = heading.trim().to_lowercase();
        let kept = lower.chars().filter_map(|character| match character {
            ' ' => Some('-'),
            '-' | '_' => Some(character),
            _ => character.is_alphanumeric().then_some(character),
        });
        kept.collect()
    };
    let text = text(page);
    let lines = text.lines().filter(|line| line.starts_with('#'));
    lines
        .map(|line| anchor(line.trim_start_matches('#')))
        .collect()
}

/// The lines of a page that are in no block.
fn prose(page: &Path) -> String {
    let text = text(page);
    let mut lines: Vec<&str> = text.lines().collect();
    for block in blocks(&text) {
        for line in lines.iter_mut().skip(block.line).take(block.text.len()) {
            *line = "";
        }
    }
    lines.join("\n")
}

#[test]
fn links_lead_somewhere() {
    let mut wrong = Vec::new();
    let mut linked = Vec::new();
    for page in pages().iter().chain(&below("layers", "README.md")) {
        for part in prose(page).split("](").skip(1) {
            let (link, _) = part.split_once(')').expect("a link ends");
            if link.contains("://") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => page.clone(),
                file => page.parent().unwrap().join(file),
            };
            if !target.exists() || !(heading.is_empty() || headings(&target).contains(heading)) {
                wrong.push(format!("{}: {link}", name(page)));
            }
            if name(page).ends_with("SUMMARY.md") {
                linked.push(target);
            }
        }
    }
    for page in below("docs/src", ".md") {
        if !name(&page).ends_with("SUMMARY.md") && !linked.contains(&page) {
            wrong.push(format!("{} is not in SUMMARY.md", name(&page)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn messages_name_pages_that_exist() {
    for path in below("src", ".rs") {
        for part in text(&path).split("docs/").skip(1) {
            let end = part.find(|c: char| !c.is_ascii_alphanumeric() && !"/-._".contains(c));
            let page = part
                .get(..end.unwrap_or(part.len()))
                .unwrap_or(part)
                .trim_end_matches('.');
            if page.ends_with(".md") {
                assert!(
                    root().join("docs").join(page).is_file(),
                    "{}: docs/{page}",
                    name(&path)
                );
            }
        }
    }
}

#[test]
fn every_verb_is_in_the_book() {
    let store = tempfile::tempdir().unwrap();
    let help = terroir(&["--help"], root(), store.path());
    let help = String::from_utf8(help.stdout).unwrap();
    let (_, verbs) = help.split_once("Commands:\n").expect("a list of verbs");
    let verbs = verbs.lines().take_while(|line| !line.is_empty());
    let page = text(&root().join("docs/src/commands.md"));
    for verb in verbs.filter_map(|line| line.split_whitespace().next()) {
        if verb != "help" {
            assert!(
                page.contains(&format!("| `{verb}")),
                "docs/src/commands.md does not list {verb}"
            );
        }
    }
}

/// The terms of the glossary, as the page writes them.
fn terms() -> Vec<String> {
    let page = text(&root().join("docs/src/glossary.md"));
    let rows = page.lines().filter_map(|line| line.strip_prefix("| **"));
    let term = |row: &str| row.split("**").next().unwrap_or_default().to_owned();
    rows.map(term).collect()
}

#[test]
fn every_term_of_the_glossary_is_used() {
    let terms = terms();
    assert!(terms.len() > 20, "only {} terms were found", terms.len());
    let mut others: String = pages()
        .iter()
        .filter(|page| !name(page).ends_with("glossary.md"))
        .map(|page| text(page).to_lowercase())
        .collect();
    others = others.split_whitespace().collect::<Vec<_>>().join(" ");
    for term in &terms {
        assert!(
            others.contains(&term.to_lowercase()),
            "no other page uses the term {term}"
        );
    }
}

#[test]
fn the_glossary_is_sorted_and_linked() {
    let terms: Vec<String> = terms().iter().map(|term| term.to_lowercase()).collect();
    assert!(terms.is_sorted(), "{terms:?}");
    let readme = text(&root().join("README.md"));
    assert!(readme.contains("](docs/src/glossary.md)"));
}
