//! The pages on how to contribute: a copy of this repository takes their steps and compiles.
//!
//! A block ```` ```yaml file=PATH ```` becomes a file of the copy. A block ```` ```diff apply=PATH ````
//! changes a file of the copy: its lines without `+` must stand there, once. The commands of these
//! pages are run by `tests/docs.rs`.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

#[path = "support/page.rs"]
mod page;
#[path = "support/sources.rs"]
mod sources;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use page::{Block, blocks};
use sources::{below, name, root, text};

/// The pages whose steps add something, in the order in which the copy takes them.
const PAGES: [&str; 4] = [
    "add-layer.md",
    "add-module-type.md",
    "add-setting-kind.md",
    "add-target.md",
];

/// What the library and its tests are compiled from, besides files at the top.
const FOLDERS: [&str; 6] = [
    "src",
    "layers",
    "kickstart",
    "benches",
    "docs",
    "tests/golden",
];

/// The files of the repository that the library is compiled from, with their texts.
///
/// The package has another version, because cargo would take the copy for this repository.
fn repository() -> BTreeMap<String, String> {
    let own = concat!(
        "name = \"terroir\"\nversion = \"",
        env!("CARGO_PKG_VERSION"),
        "\""
    );
    let manifests = ["Cargo.toml", "Cargo.lock"].map(|file| {
        let text = text(&root().join(file));
        assert!(text.contains(own), "{file} has no line {own}");
        let copy = text.replace(own, "name = \"terroir\"\nversion = \"0.0.0\"");
        (file.to_owned(), copy)
    });
    let inside = FOLDERS.iter().flat_map(|folder| below(folder, ""));
    let files = inside.map(|path| (name(&path), text(&path)));
    manifests.into_iter().chain(files).collect()
}

/// The lines of a diff that begin with one of these signs, without the sign.
fn side(block: &Block, signs: [char; 2]) -> String {
    let lines = block.text.iter();
    let kept = lines.filter_map(|line| line.strip_prefix(signs).or(line.is_empty().then_some("")));
    kept.fold(String::new(), |text, line| text + line + "\n")
}

/// Takes the steps of a page, and gives how many there were.
fn walk(page: &str, files: &mut BTreeMap<String, String>) -> usize {
    let path = root().join("docs/src").join(page);
    let mut steps = 0;
    for block in blocks(&text(&path)) {
        let place = format!("{page}:{}", block.line);
        if let Some(file) = block.value("file") {
            files.insert(file.to_owned(), block.file());
        } else if let Some(file) = block.value("apply") {
            let held = files.get_mut(file);
            let held = held.unwrap_or_else(|| panic!("{place}: there is no file {file}"));
            let side = |signs| format!("\n{}", side(&block, signs));
            let (before, after) = (side([' ', '-']), side([' ', '+']));
            let times = held.matches(&before).count();
            assert_eq!(times, 1, "{place}: not once in {file}:{before}");
            *held = held.replace(&before, &after);
        } else {
            continue;
        }
        steps += 1;
    }
    steps
}

/// Makes a folder hold exactly these files, and leaves those alone that are as they should be, so
/// that cargo compiles only what changed.
fn write(folder: &Path, files: &BTreeMap<String, String>) {
    for (file, text) in files {
        let path = folder.join(file);
        if std::fs::read_to_string(&path).ok().as_ref() != Some(text) {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }
    let held = FOLDERS.iter().flat_map(|inside| {
        let inside: PathBuf = folder.join(inside);
        below(&inside.to_string_lossy(), "")
    });
    for path in held {
        let name = path.strip_prefix(folder).unwrap().to_string_lossy();
        if !files.contains_key(&*name) {
            std::fs::remove_file(&path).unwrap();
        }
    }
}

#[test]
fn steps_fit_the_files_that_they_change() {
    let mut files = repository();
    for page in PAGES {
        let steps = walk(page, &mut files);
        assert!(steps > 2, "{page}: only {steps} steps were found");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests run what they test")]
fn a_repository_with_all_of_it_compiles() {
    let mut files = repository();
    for page in PAGES {
        walk(page, &mut files);
    }
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = temporary.join("contribute");
    write(&folder, &files);
    let said = Command::new(env!("CARGO"))
        .args(["check", "--lib", "--tests", "--offline", "--locked"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", temporary.parent().unwrap())
        .output()
        .expect("cargo starts");
    let said_to = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "{said_to}");
    assert!(!said_to.contains("warning:"), "{said_to}");
}
