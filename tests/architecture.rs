//! The house: imports go down, sockets and programs stay in their rooms, files stay small.

#[path = "support/sources.rs"]
mod sources;

use std::collections::{BTreeMap, BTreeSet};

use sources::{below, name, root, text};

/// Most lines of a file.
const MAX_LINES: usize = 400;

/// The floor of every room, as the table in src/lib.rs says.
fn floors() -> BTreeMap<String, u32> {
    let mut floors = BTreeMap::new();
    for line in text(&root().join("src/lib.rs")).lines() {
        let Some(row) = line.strip_prefix("//! | ") else {
            continue;
        };
        let Some((floor, rooms)) = row.split_once('|') else {
            continue;
        };
        let Ok(floor) = floor.trim().parse() else {
            continue;
        };
        for room in rooms.split('[').skip(1) {
            let (room, _) = room.split_once(']').expect("a link ends");
            floors.insert(room.trim_matches('`').to_owned(), floor);
        }
    }
    floors
}

/// A file of src without its comments and strings, which may name anything.
struct Source {
    name: String,
    room: String,
    is_test: bool,
    code: String,
}

fn sources_of_src() -> Vec<Source> {
    let read = |path: &std::path::PathBuf| {
        let name = name(path);
        let inside = name.trim_start_matches("src/");
        let (room, _) = inside.split_once(['/', '.']).expect("a folder or a file");
        let is_test = name.contains("/tests/") || name.ends_with("tests.rs");
        Source {
            room: room.to_owned(),
            is_test,
            code: code(&text(path)),
            name,
        }
    };
    below("src", ".rs").iter().map(read).collect()
}

/// The lines of a text that are code, without their comments.
fn code(text: &str) -> String {
    text.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .filter(|line| !line.trim().is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The rooms that a code names after `crate::`, in braces too.
fn rooms_named(code: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        let names: Vec<&str> = match after.strip_prefix('{') {
            Some(group) => group
                .split(['{', ';'])
                .next()
                .unwrap_or_default()
                .split(',')
                .collect(),
            None => vec![after],
        };
        for name in names {
            let name = name.trim_start();
            let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            rooms.insert(
                name.get(..end.unwrap_or(name.len()))
                    .unwrap_or(name)
                    .to_owned(),
            );
        }
    }
    rooms
}

#[test]
fn names_of_rooms_are_found_however_they_are_written() {
    let cases = [
        ("use crate::oci::Digest;", "oci"),
        ("use crate::{oci, tree::View};", "oci tree"),
        (
            "fn f(a: crate::tree::View) -> crate::oci::Digest {}",
            "oci tree",
        ),
        ("use super::tree;", ""),
    ];
    for (code, expected) in cases {
        let found: Vec<String> = rooms_named(code).into_iter().collect();
        assert_eq!(found.join(" "), expected, "{code}");
    }
}

#[test]
fn imports_go_down_only() {
    let floors = floors();
    assert!(
        floors.len() > 10,
        "the table of src/lib.rs is not read: {floors:?}"
    );
    let mut wrong = Vec::new();
    for source in sources_of_src() {
        if ["lib", "main"].contains(&source.room.as_str()) {
            continue;
        }
        let Some(own) = floors.get(&source.room) else {
            wrong.push(format!(
                "{}: its room is not in the table of src/lib.rs",
                source.name
            ));
            continue;
        };
        for room in rooms_named(&source.code) {
            match floors.get(&room) {
                Some(floor) if room == source.room || floor < own => {}
                Some(floor) => wrong.push(format!(
                    "{}: floor {own} imports {room} on floor {floor}",
                    source.name
                )),
                None => wrong.push(format!("{}: there is no room {room}", source.name)),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn sockets_and_programs_stay_in_their_rooms() {
    let mut wrong = Vec::new();
    for source in sources_of_src().iter().filter(|source| !source.is_test) {
        for word in ["std::net", "reqwest", "tokio"] {
            if source.room != "registry" && source.code.contains(word) {
                wrong.push(format!("{}: {word} belongs to registry", source.name));
            }
        }
        for word in ["process::Command", "std::process::{"] {
            if source.room != "process" && source.code.contains(word) {
                wrong.push(format!("{}: process.rs starts programs", source.name));
            }
        }
        if source.room != "sandbox" && source.code.contains("unsafe ") {
            wrong.push(format!("{}: only sandbox needs unsafe", source.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_small_and_have_a_sign_on_the_door() {
    let mut wrong = Vec::new();
    for path in below("src", ".rs").into_iter().chain(below("tests", ".rs")) {
        let (name, text) = (name(&path), text(&path));
        let lines = text.lines().count();
        if name.starts_with("src/") && !name.ends_with("tests.rs") && lines > MAX_LINES {
            wrong.push(format!("{name}: {lines} lines, more than {MAX_LINES}"));
        }
        if !text.starts_with("//! ") {
            wrong.push(format!("{name}: its first line does not say what it is"));
        }
        if name.ends_with("/mod.rs") && !name.contains("tests/") && code(&text).contains("fn ") {
            wrong.push(format!("{name}: a face has no functions"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_readme_shows_the_house_as_it_is() {
    let readme = text(&root().join("README.md"));
    let shown: BTreeSet<String> = readme
        .lines()
        .filter_map(|line| {
            let place = line.strip_prefix("src/")?.split_whitespace().next()?;
            Some(
                place
                    .trim_end_matches('/')
                    .trim_end_matches(".rs")
                    .to_owned(),
            )
        })
        .collect();
    let mut rooms: BTreeSet<String> = root()
        .join("src")
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .map(|name| name.trim_end_matches(".rs").to_owned())
        .collect();
    assert_eq!(shown, rooms);
    let mut floors: BTreeSet<String> = floors().into_keys().collect();
    floors.extend(["lib".to_owned(), "main".to_owned()]);
    rooms.retain(|room| !floors.contains(room));
    assert!(
        rooms.is_empty(),
        "not in the table of src/lib.rs: {rooms:?}"
    );
}
