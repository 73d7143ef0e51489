//! The program under test.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The program with a store, and nothing of the environment of the tests but PATH.
#[derive(Clone, Debug)]
pub(crate) struct Terroir {
    command: Vec<String>,
    store: PathBuf,
}

impl Terroir {
    /// The program with a store of its own.
    pub(crate) fn new(store: &Path) -> Self {
        Self::started_by(&[], Path::new(env!("CARGO_BIN_EXE_terroir")), store)
    }

    /// The program at a path, started by another that takes it for its last arguments.
    pub(crate) fn started_by(starter: &[&str], program: &Path, store: &Path) -> Self {
        let mut command: Vec<String> = starter.iter().map(|word| (*word).to_owned()).collect();
        command.push(program.display().to_string());
        Self {
            command,
            store: store.to_path_buf(),
        }
    }

    /// Runs the program, which must succeed, and gives what it says.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> String {
        let output = self.output(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "terroir says: {said}");
        String::from_utf8(output.stdout).expect("the output is text")
    }

    /// Runs the program to its end, however it ends.
    #[expect(
        clippy::disallowed_methods,
        reason = "tests start the program with an environment of their own"
    )]
    pub(crate) fn output<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Output {
        let (program, before) = self.command.split_first().expect("it has a name");
        Command::new(program)
            .args(before)
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LC_ALL", "C.UTF-8")
            .env("HOME", "/nonexistent")
            .env("TERROIR_STORE", &self.store)
            .stdin(Stdio::null())
            .output()
            .expect("the program starts")
    }
}
