//! The terroir program, run in a workspace of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A repository in a temporary folder, with a store and a home of its own.
#[derive(Debug)]
pub(crate) struct Workspace {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// What a run of terroir said.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// The exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Workspace {
    /// An empty repository.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let workspace = Self {
            folder,
            variables: Vec::new(),
        };
        std::fs::create_dir(workspace.path("repository")).expect("a folder");
        workspace.write("terroir.lock", "");
        workspace
    }

    /// A path outside of the repository.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The repository.
    pub(crate) fn repository(&self) -> PathBuf {
        self.path("repository")
    }

    /// Writes a file of the repository.
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let file = self.repository().join(path);
        std::fs::create_dir_all(file.parent().expect("below the repository")).expect("folders");
        std::fs::write(file, text).expect("writes");
    }

    /// Sets a variable of the environment of later runs.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Runs terroir in the repository; temporary paths are taken out of what it says.
    #[expect(
        clippy::disallowed_methods,
        reason = "tests run the program that they test"
    )]
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        let output = Command::new(env!("CARGO_BIN_EXE_terroir"))
            .args(arguments)
            .current_dir(self.repository())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path("home"))
            .env("TERROIR_STORE", self.path("store"))
            .env("NO_COLOR", "1")
            .env("SOURCE_DATE_EPOCH", "1750000000")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .output()
            .expect("terroir starts");
        let text = |bytes: &[u8]| self.plain(&String::from_utf8_lossy(bytes));
        Said {
            code: output.status.code().unwrap_or(-1),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    /// Runs terroir, which must succeed, and gives its standard output.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, 0, "{arguments:?}: {}{}", said.out, said.err);
        said.out
    }

    fn plain(&self, text: &str) -> String {
        let name = |path: &Path| path.display().to_string();
        text.replace(&name(&self.repository()), "<repository>")
            .replace(&name(self.folder.path()), "<temporary>")
    }
}
