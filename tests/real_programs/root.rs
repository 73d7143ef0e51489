//! Roots in readable folders, what a check says of a root, and programs that run on it.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;
use terroir::setting::{Checked, Kind};
use terroir::tree::Snapshot;

/// A root.
#[derive(Debug)]
pub(crate) struct Root {
    folder: TempDir,
}

impl Root {
    /// An empty one.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder.path(), mode).expect("mine");
        Self { folder }
    }

    /// Its folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn at(&self, path: &str) -> PathBuf {
        let file = self.path().join(path.trim_start_matches('/'));
        fs::create_dir_all(file.parent().expect("below the root")).expect("a folder");
        file
    }

    /// Writes a file.
    pub(crate) fn write(&self, path: &str, text: &str) {
        fs::write(self.at(path), text).expect("a file");
    }

    /// Makes a link, and replaces what is there.
    pub(crate) fn link(&self, path: &str, target: &str) {
        let link = self.at(path);
        let _ = fs::remove_file(&link);
        symlink(target, link).expect("a link");
    }

    /// The root as checks see it.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot::of_directory(self.path()).expect("readable")
    }
}

/// What a check says.
pub(crate) fn check(kind: Kind, name: &str, value: &Value, root: &Snapshot) -> Checked {
    let checked = kind.check(name, value, root);
    checked.unwrap_or_else(|why| panic!("{}: {why}", kind.key(name)))
}

/// Runs another program, whatever its answer.
#[expect(clippy::disallowed_methods, reason = "tests run the judges")]
pub(crate) fn ask(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program)
        .args(arguments)
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .env("HOME", "/")
        .output();
    output.expect("the judge starts")
}

/// What an answer says.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Fails with the first disagreements, if there are any.
pub(crate) fn agree(what: &str, tried: usize, wrong: &[String]) {
    let shown = wrong.iter().take(10).cloned().collect::<Vec<_>>();
    assert!(
        wrong.is_empty(),
        "{what}: {} of {tried} otherwise\n{}",
        wrong.len(),
        shown.join("\n\n")
    );
}
