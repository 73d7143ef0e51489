//! Steps that run commands: what they cannot reach, what they leave, and when they run again.

#[path = "support/base.rs"]
mod base;
#[path = "steps/families.rs"]
mod families;
#[path = "steps/hostile.rs"]
mod hostile;
#[path = "support/judge.rs"]
mod judge;
#[path = "steps/kept.rs"]
mod kept;
#[path = "support/program.rs"]
mod program;
#[path = "support/state.rs"]
mod state;
#[path = "steps/union.rs"]
mod union;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use program::Terroir;
use rustix::fs::{FlockOperation, flock};
use tempfile::TempDir;

/// A repository whose flavours derive from the base that all tests share.
struct Project {
    folder: TempDir,
    store: PathBuf,
}

impl Project {
    fn new() -> Self {
        let store = base::store();
        let folder = tempfile::tempdir().expect("a temporary directory");
        let project = Self { folder, store };
        let base = fs::read_to_string(base::RECIPE).expect("the recipe of the base");
        project.write("recipes/base.yml", &base);
        project
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, path: &str, text: &str) {
        let file = self.path().join(path);
        fs::create_dir_all(file.parent().expect("below the project")).expect("writable");
        fs::write(file, text).expect("writable");
    }

    /// Writes a flavour with these entries.
    fn flavour(&self, name: &str, modules: &str) -> String {
        let text = format!(
            "apiVersion: terroir/v1\nname: {name}\ntier: group\nfrom: base.yml\nmodules:\n{modules}"
        );
        let path = format!("recipes/{name}.yml");
        self.write(&path, &text);
        self.path().join(path).display().to_string()
    }

    fn terroir(&self) -> Terroir {
        Terroir::new(&self.store)
    }

    /// Builds a flavour of these entries, however that ends.
    fn build(&self, name: &str, modules: &str, more: &[&str]) -> Output {
        let recipe = self.flavour(name, modules);
        let mut arguments = vec!["build", &recipe];
        arguments.extend(more);
        self.terroir().output(arguments)
    }

    /// Builds a flavour, which must succeed, and gives the report for scripts.
    fn built(&self, name: &str, modules: &str, more: &[&str]) -> serde_json::Value {
        let mut all = vec!["--format=json"];
        all.extend(more);
        let output = self.build(name, modules, &all);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "terroir says: {said}");
        serde_json::from_slice(&output.stdout).expect("a report")
    }

    /// What lies unfinished in the store.
    fn unfinished(&self) -> Vec<String> {
        let entries = fs::read_dir(self.store.join("tmp")).expect("the store has it");
        let paths = entries.map(|entry| entry.expect("readable").path());
        let runs = paths.filter(|path| path.to_string_lossy().contains("/run-"));
        // What another test works on is locked.
        let left = runs.filter(|path| {
            let lock = fs::File::open(path.join("lock"));
            lock.is_ok_and(|lock| flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok())
        });
        left.map(|path| path.display().to_string()).collect()
    }
}

/// The diff ID of each step of a report, and why it was built.
fn steps(report: &serde_json::Value) -> Vec<(String, Option<String>)> {
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let steps = report["platforms"][0]["steps"].as_array();
    let steps = steps.expect("a report names steps").iter();
    steps
        .map(|step| {
            let diff_id = text(&step["diffId"]).unwrap_or_default();
            (diff_id, text(&step["missed"]))
        })
        .collect()
}

/// What a program said on standard error.
fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
