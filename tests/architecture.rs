//! The architecture: imports have one direction, sockets and programs stay in their modules, files
//! stay small.

#[path = "architecture/imports.rs"]
mod imports;
#[path = "support/sources.rs"]
mod sources;
#[path = "architecture/table.rs"]
mod table;

use std::collections::{BTreeMap, BTreeSet};

use imports::{Imports, rings};
use sources::{below, name, text};

/// Most lines of a file.
const MAX_LINES: usize = 400;

/// A file of src without its comments and strings, which may name anything.
struct Source {
    name: String,
    module: String,
    is_test: bool,
    code: String,
}

fn sources_of_src() -> Vec<Source> {
    let read = |path: &std::path::PathBuf| {
        let name = name(path);
        let inside = name.trim_start_matches("src/");
        let (module, _) = inside.split_once(['/', '.']).expect("a folder or a file");
        let is_test = name.contains("/tests/") || name.ends_with("tests.rs");
        Source {
            module: module.to_owned(),
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

/// What imports what among the children of a folder, files and folders; `depth` is the folder's.
fn children(imports: &Imports, folder: &[String]) -> BTreeMap<String, BTreeSet<String>> {
    let child = |path: &[String]| {
        let inside = path.strip_prefix(folder)?;
        inside.first().cloned()
    };
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, _) in imports.files() {
        let Some(own) = child(path) else {
            continue;
        };
        let others = imports
            .imports_of(path)
            .into_iter()
            .filter_map(|other| child(other));
        let others: BTreeSet<String> = others.filter(|other| *other != own).collect();
        graph.entry(own).or_default().extend(others);
    }
    graph
}

/// Every folder of `src`, the outermost first.
fn folders(imports: &Imports) -> BTreeSet<Vec<String>> {
    let above = |path: &[String]| {
        let lengths = 0..path.len();
        lengths
            .filter_map(|length| path.get(..length).map(<[String]>::to_vec))
            .collect::<Vec<_>>()
    };
    imports.files().flat_map(|(path, _)| above(path)).collect()
}

/// What is wrong with the direction of imports.
fn circles(imports: &Imports) -> Vec<String> {
    let mut wrong = Vec::new();
    let by_file = imports.files().filter(|(_, file)| !file.is_face);
    let files = by_file.map(|(path, _)| {
        let imported = imports.imports_of(path).into_iter().cloned().collect();
        (path.clone(), imported)
    });
    for ring in rings(&files.collect()) {
        let names: Vec<&str> = ring.iter().map(|path| imports.name_of(path)).collect();
        wrong.push(format!(
            "these files import each other: {}",
            names.join(", ")
        ));
    }
    for folder in folders(imports) {
        for ring in rings(&children(imports, &folder)) {
            wrong.push(format!(
                "these import each other in src/{}: {}",
                folder.join("/"),
                ring.join(", ")
            ));
        }
    }
    wrong
}

#[test]
fn imports_have_one_direction() {
    let wrong = circles(&Imports::read());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn circles_are_found_however_they_are_written() {
    let face = (
        "src/a/mod.rs",
        "//! A.\nmod b;\nmod c;\npub use b::{B, Other as Another};\n",
    );
    let c = "use super::c::C;";
    let cases = [
        (c, "use crate::a::B;", true),
        (c, "fn f() -> super::b::B {}", true),
        (
            "use super::{c, x};\nfn f() { c::f() }",
            "use crate::a::{Another, x};",
            true,
        ),
        (
            "use crate::a::{c::{C as D}};",
            "type T = crate::a::b::B;",
            true,
        ),
        (
            c,
            "// use super::b::B;\nconst S: &str = \"super::b::B\";",
            false,
        ),
        (
            c,
            "const S: &str = r#\"a\"b\"#; const Q: char = '\"';",
            false,
        ),
        (c, "fn f<'a>(b: &'a str) {} use std::b::B;", false),
    ];
    for (b, c, is_circle) in cases {
        let texts = [
            face,
            ("src/a/b.rs", b),
            ("src/a/c.rs", c),
            ("src/lib.rs", "pub mod a;"),
        ];
        let imports = Imports::of(texts.into_iter().map(|(a, b)| (a.to_owned(), b.to_owned())));
        let expected: &[&str] = match is_circle {
            true => &[
                "these files import each other: src/a/b.rs, src/a/c.rs",
                "these import each other in src/a: b, c",
            ],
            false => &[],
        };
        assert_eq!(circles(&imports), expected, "{b} and {c}");
    }
}

#[test]
fn circles_of_folders_are_found() {
    let texts = [
        ("src/lib.rs", "pub mod a;\npub mod d;"),
        ("src/a/mod.rs", "mod b;\nmod c;"),
        ("src/a/b.rs", "use crate::d::e::E;"),
        ("src/a/c.rs", "pub struct C;"),
        ("src/d/mod.rs", "mod e;\nmod f;"),
        ("src/d/e.rs", "pub struct E;"),
        ("src/d/f.rs", "use crate::a::c::C;"),
    ];
    let imports = Imports::of(texts.into_iter().map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert_eq!(circles(&imports), ["these import each other in src/: a, d"]);
}

#[test]
fn the_tables_of_folders_are_true() {
    let rows = table::rows(&Imports::read());
    assert!(rows.len() > 17, "{rows:?}");
    let wrong: Vec<String> = ["README.md", "src/lib.rs"]
        .into_iter()
        .filter_map(|file| table::compare(file, &rows))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn sockets_and_programs_stay_in_their_modules() {
    let mut wrong = Vec::new();
    for source in sources_of_src().iter().filter(|source| !source.is_test) {
        for word in ["std::net", "reqwest", "tokio"] {
            // An argument may be an address; nothing else knows of sockets.
            let knows = ["registry", "serve"].contains(&source.module.as_str())
                || word == "std::net" && source.name == "src/cli/arguments/kickstart.rs";
            if !knows && source.code.contains(word) {
                wrong.push(format!(
                    "{}: {word} belongs to registry and serve",
                    source.name
                ));
            }
        }
        for word in ["process::Command", "std::process::{"] {
            if source.module != "process" && source.code.contains(word) {
                wrong.push(format!("{}: process.rs starts programs", source.name));
            }
        }
        if !["main", "sandbox"].contains(&source.module.as_str()) && source.code.contains("unsafe ")
        {
            wrong.push(format!(
                "{}: only sandbox, and main for the C library, need unsafe",
                source.name
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_small_and_say_what_they_are() {
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
            wrong.push(format!("{name}: a mod.rs has no functions"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tools_can_be_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &std::path::Path| path.metadata().expect("a file").permissions().mode();
    let wrong: Vec<String> = below("tools", "")
        .iter()
        .filter(|path| mode(path) & 0o111 != 0o111)
        .map(|path| name(path))
        .collect();
    assert!(wrong.is_empty(), "not executable: {wrong:?}");
}
