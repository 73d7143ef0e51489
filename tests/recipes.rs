//! Recipes as users meet them: what terroir says of correct and wrong ones.
//!
//! A case is a file of `tests/recipes/`: lines `$ terroir …`, then files, each under a line
//! `-- PATH --`. What is said stands in `tests/snapshots/`.

#[path = "gates/effective.rs"]
mod effective;
#[path = "gates/mandatory.rs"]
mod gates;
#[path = "support/plain_base.rs"]
mod plain_base;
#[path = "gates/undone.rs"]
mod undone;
#[path = "support/workspace.rs"]
mod workspace;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use workspace::Workspace;

/// Writes the files of a case and gives its command lines.
fn unpack(text: &str, workspace: &mut Workspace) -> Vec<String> {
    let mut commands = Vec::new();
    let mut file: Option<(String, String)> = None;
    let write = |file: &mut Option<(String, String)>| {
        if let Some((path, text)) = file.take() {
            workspace.write(&path, text);
        }
    };
    let mut variables = Vec::new();
    for line in text.lines() {
        let head = line
            .strip_prefix("-- ")
            .and_then(|line| line.strip_suffix(" --"));
        if let Some(path) = head {
            write(&mut file);
            file = Some((path.to_owned(), String::new()));
        } else if let Some((_, text)) = &mut file {
            text.push_str(line);
            text.push('\n');
        } else if let Some(command) = line.strip_prefix("$ terroir ") {
            commands.push(command.to_owned());
        } else if let Some((name, value)) = line
            .strip_prefix("$ export ")
            .and_then(|set| set.split_once('='))
        {
            variables.push((name.to_owned(), value.to_owned()));
        }
    }
    write(&mut file);
    for (name, value) in variables {
        workspace.set(&name, &value);
    }
    commands
}

/// Everything that a case says.
fn said(path: &Path) -> String {
    let text = std::fs::read_to_string(path).expect("a case");
    let mut workspace = Workspace::new();
    let commands = unpack(&text, &mut workspace);
    assert!(!commands.is_empty(), "{} runs nothing", path.display());
    let mut all = String::new();
    for command in commands {
        let arguments: Vec<&str> = command.split_whitespace().collect();
        let said = workspace.run(&arguments);
        let _ = writeln!(
            all,
            "$ terroir {command}\n{}{}[{}]\n",
            said.out, said.err, said.code
        );
        assert_ne!(said.code, 70, "{}: a bug\n{all}", path.display());
        assert!(!said.err.contains("panicked"), "{}: {all}", path.display());
    }
    // One line may not have its end blanks in a snapshot; how long steps took is told elsewhere.
    let is_progress = |line: &str| {
        let time = line.trim_start().split(' ').next().unwrap_or_default();
        time.ends_with('s') && time.starts_with(|c: char| c.is_ascii_digit())
    };
    all.lines()
        .filter(|line| !is_progress(line))
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/recipes")
        .join(folder);
    let entries = folder.read_dir().expect("cases");
    let mut cases: Vec<_> = entries.map(|entry| entry.expect("a case").path()).collect();
    cases.sort();
    cases
}

fn check(folder: &str) {
    let mut wrong = Vec::new();
    for case in cases(folder) {
        let name = case
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let said = said(&case);
        let checked = std::panic::catch_unwind(|| {
            insta::with_settings!({ snapshot_path => format!("snapshots/{folder}"), prepend_module_to_snapshot => false, omit_expression => true }, {
                insta::assert_snapshot!(name.clone(), said);
            });
        });
        if checked.is_err() {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "these say something else: {wrong:?}");
}

#[test]
fn native_recipes_mean_what_they_say() {
    check("native");
}

#[test]
fn an_image_tells_what_its_recipe_tells() {
    let workspace = Workspace::new();
    let recipe = |name: &str, from: &str, value: u32| {
        let text = format!(
            "apiVersion: terroir/v1\nname: {name}\ntier: universal\nfrom: {from}\nmodules:\n\
             \x20 - type: settings\n    settings: [{{ sysctl: {{ a.b: {value} }} }}]\n"
        );
        workspace.write(&format!("recipes/{name}.yml"), text);
    };
    recipe("one", "scratch", 1);
    recipe("two", "one.yml", 2);
    let explain = |target: &str| workspace.done(&["explain", target, "--format", "json"]);
    let told = explain("recipes/two.yml");
    workspace.done(&[
        "build",
        "recipes/two.yml",
        "-o",
        "oci:out:two",
        "-o",
        "oci-archive:two.tar",
    ]);
    for target in ["two", "oci:out:two", "oci:out", "oci-archive:two.tar"] {
        assert_eq!(explain(target), told, "{target}");
    }
}
