//! The documentation: what its pages tell people to type works, and what they link to is there.
//!
//! A block ```` ```yaml file=PATH ```` becomes a file of the page's own repository; of a block
//! ```` ```console run ```` every line `$ terroir …` is run in it, and the lines below must occur in
//! what it says, each up to an `…`. `exit=N` is the exit code of the block's last command.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

#[path = "support/command.rs"]
mod command;
#[path = "support/sources.rs"]
mod sources;

use std::path::{Path, PathBuf};

use command::terroir;
use sources::{below, name, root, text};

/// A fenced block of a page.
struct Block {
    line: usize,
    info: String,
    text: Vec<String>,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (number, line) in text.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(info) if !open => blocks.push(Block {
                line: number + 1,
                info: info.to_owned(),
                text: Vec::new(),
            }),
            None if open => {
                let block = blocks.last_mut().expect("a block is open");
                block.text.push(line.to_owned());
            }
            _ => {}
        }
        open ^= line.starts_with("```");
    }
    assert!(!open, "a block does not end");
    blocks
}

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
        .info
        .split_once("exit=")
        .map_or(0, |(_, code)| code.parse().expect("a code"));
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
        if let Some((_, file)) = block.info.split_once("file=") {
            let file = folder.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, block.text.join("\n") + "\n").unwrap();
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

#[test]
fn links_lead_somewhere() {
    let mut wrong = Vec::new();
    let mut linked = Vec::new();
    for page in pages().iter().chain(&below("layers", "README.md")) {
        for part in text(page).split("](").skip(1) {
            let (link, _) = part.split_once(')').expect("a link ends");
            if link.contains("://") || link.starts_with('#') {
                continue;
            }
            let (file, _) = link.split_once('#').unwrap_or((link, ""));
            let target = page.parent().unwrap().join(file);
            if !target.exists() {
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
            let page = part[..end.unwrap_or(part.len())].trim_end_matches('.');
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
fn every_verb_is_in_the_readme() {
    let store = tempfile::tempdir().unwrap();
    let help = terroir(&["--help"], root(), store.path());
    let help = String::from_utf8(help.stdout).unwrap();
    let (_, verbs) = help.split_once("Commands:\n").expect("a list of verbs");
    let verbs = verbs.lines().take_while(|line| !line.is_empty());
    let readme = text(&root().join("README.md"));
    for verb in verbs.filter_map(|line| line.split_whitespace().next()) {
        if verb != "help" {
            assert!(
                readme.contains(&format!("| `{verb}")),
                "README.md does not tell of {verb}"
            );
        }
    }
}
