//! The table of folders: what lives in each, and what it may import.
//!
//! It stands in README.md and in src/lib.rs. With `TERROIR_WRITE_TABLES=1` both are written anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::imports::{File, Imports, ModulePath};
use crate::sources::{root, text};

/// The head of the table.
const HEAD: &str = "| folder | what lives there | may import |\n|---|---|---|\n";

/// A module of the top of `src`, or a folder below one.
fn place(path: &[String], file: &File) -> Option<ModulePath> {
    let length = match path.len() {
        0 => return None,
        1 => 1,
        all if file.is_face => all,
        all => all - 1,
    };
    path.get(..length).map(<[String]>::to_vec)
}

/// The folder next to `from` that holds `to`, as `from` and it stand below one folder.
fn neighbour(from: &[String], to: &[String]) -> Option<ModulePath> {
    let shared = from.iter().zip(to).take_while(|(a, b)| a == b).count();
    (shared < from.len() && shared + 1 == from.len() && shared < to.len())
        .then(|| to.get(..=shared).map(<[String]>::to_vec))
        .flatten()
}

/// Places from the lowest up: each after all that it imports, equals by name.
fn sorted(graph: &BTreeMap<ModulePath, BTreeSet<ModulePath>>) -> Vec<ModulePath> {
    let mut left: BTreeSet<&ModulePath> = graph.keys().collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let free = |one: &&&ModulePath| graph[**one].iter().all(|other| !left.contains(other));
        let ready: Vec<&ModulePath> = left.iter().filter(free).copied().collect();
        assert!(!ready.is_empty(), "these import each other: {left:?}");
        for one in ready {
            left.remove(one);
            order.push(one.clone());
        }
    }
    order
}

/// Folders with what they import of their neighbours.
fn graph(imports: &Imports) -> BTreeMap<ModulePath, BTreeSet<ModulePath>> {
    let places: BTreeSet<ModulePath> = imports
        .files()
        .filter_map(|(path, file)| place(path, file))
        .collect();
    let mut graph: BTreeMap<_, BTreeSet<_>> = places
        .iter()
        .map(|place| (place.clone(), BTreeSet::new()))
        .collect();
    for (path, _) in imports.files() {
        for other in imports.imports_of(path) {
            for length in 1..=path.len() {
                let Some(from) = path.get(..length).filter(|from| places.contains(*from)) else {
                    continue;
                };
                if let Some(to) = neighbour(from, other) {
                    graph.entry(from.to_vec()).or_default().insert(to);
                }
            }
        }
    }
    graph
}

/// The rows of the table, the lowest module first, its folders below it.
pub(crate) fn rows(imports: &Imports) -> Vec<String> {
    let graph = graph(imports);
    let about: BTreeMap<&ModulePath, &str> = imports
        .files()
        .map(|(path, file)| (path, file.about.as_str()))
        .collect();
    let below = |folder: &[String]| {
        let children = graph
            .iter()
            .filter(|(path, _)| path.len() == folder.len() + 1 && path.starts_with(folder));
        let children: BTreeMap<_, _> = children
            .map(|(path, others)| {
                let folders = others.iter().filter(|other| graph.contains_key(*other));
                (path.clone(), folders.cloned().collect())
            })
            .collect();
        sorted(&children)
    };
    let mut rows = Vec::new();
    let mut open: Vec<ModulePath> = below(&[]).into_iter().rev().collect();
    while let Some(path) = open.pop() {
        let names = graph[&path]
            .iter()
            .map(|other| format!("`{}`", other.join("/")));
        let names: Vec<String> = names.collect();
        let shown = if names.is_empty() {
            "nothing".to_owned()
        } else {
            names.join(", ")
        };
        rows.push(format!(
            "| `{}` | {} | {shown} |",
            path.join("/"),
            about[&path]
        ));
        open.extend(below(&path).into_iter().rev());
    }
    rows
}

/// The table as it stands in a file.
fn written(file: &str, rows: &[String]) -> String {
    let is_code = file.ends_with(".rs");
    let mut table = String::new();
    for line in HEAD.lines().chain(rows.iter().map(String::as_str)) {
        let name = line.split('`').nth(1).unwrap_or_default();
        let mut line = line.to_owned();
        if is_code && !name.is_empty() && !name.contains('/') {
            line = line.replacen(&format!("`{name}`"), &format!("[`{name}`]"), 1);
        }
        let _ = writeln!(table, "{}{line}", if is_code { "//! " } else { "" });
    }
    table
}

/// What is wrong with the table in a file.
#[expect(clippy::disallowed_methods, reason = "who runs the tests asks for it")]
pub(crate) fn compare(file: &str, rows: &[String]) -> Option<String> {
    let path = root().join(file);
    let text = text(&path);
    let expected = written(file, rows);
    if text.contains(&expected) {
        return None;
    }
    let head = written(file, &[]);
    let (before, after) = text.split_once(&head)?;
    let start = if file.ends_with(".rs") {
        "//! | "
    } else {
        "| "
    };
    let rest: String = after
        .lines()
        .skip_while(|line| line.starts_with(start))
        .fold(String::new(), |mut all, line| {
            let _ = writeln!(all, "{line}");
            all
        });
    if std::env::var_os("TERROIR_WRITE_TABLES").is_some() {
        std::fs::write(&path, format!("{before}{expected}{rest}")).expect("the file is written");
    }
    Some(format!(
        "the table of folders in {file} is not what the imports are (TERROIR_WRITE_TABLES=1 writes \
         it anew); right would be\n{expected}"
    ))
}
