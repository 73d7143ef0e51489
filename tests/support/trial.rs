//! A repository of recipes with a store of its own, and the program run in it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// Seconds after which a run is killed, which fails its test.
const LIMIT: &str = "120";

/// A repository in a temporary folder, beside a store and whatever else a test needs.
pub(crate) struct Workspace {
    folder: TempDir,
}

/// The exit code of a run, and its output.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Workspace {
    /// An empty repository.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("the temporary folder is writable");
        let workspace = Self { folder };
        workspace.write("terroir.lock", "");
        workspace
    }

    /// A path beside the repository.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same as text.
    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// A path in the repository.
    pub(crate) fn inside(&self, name: &str) -> PathBuf {
        self.path("repository").join(name)
    }

    /// Writes a file of the repository.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let file = self.inside(name);
        std::fs::create_dir_all(file.parent().expect("a file lies in a folder")).expect("made");
        std::fs::write(file, bytes).expect("written");
    }

    /// Runs terroir in the repository.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Said {
        self.run_under(&[], arguments)
    }

    /// Runs terroir through other programs: prlimit, unshare …
    pub(crate) fn run_under<A: AsRef<OsStr>>(&self, wrapper: &[&str], arguments: &[A]) -> Said {
        let mut words = vec!["timeout", "--signal=KILL", LIMIT];
        words.extend(wrapper);
        words.push(env!("CARGO_BIN_EXE_terroir"));
        let output = self.command(&words).args(arguments).output();
        Said::new(output.expect("the program starts"))
    }

    /// Runs a shell script in which `$TERROIR` is the program.
    pub(crate) fn script(&self, wrapper: &[&str], script: &str) -> Said {
        let mut words = vec!["timeout", "--signal=KILL", LIMIT];
        words.extend(wrapper);
        words.extend(["sh", "-euc", script]);
        let output = self.command(&words).output();
        Said::new(output.expect("the shell starts"))
    }

    /// A program with nothing of the environment but PATH, in the repository.
    #[expect(
        clippy::disallowed_methods,
        reason = "tests start programs with an environment of their own"
    )]
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let (program, rest) = words.split_first().expect("a program is named");
        let mut command = Command::new(program);
        command
            .args(rest)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LC_ALL", "C.UTF-8")
            .env("HOME", self.folder.path())
            .env("TERROIR", env!("CARGO_BIN_EXE_terroir"))
            .env("TERROIR_STORE", self.path("store"))
            .current_dir(self.path("repository"))
            .stdin(Stdio::null());
        command
    }

    /// Builds a recipe, which must succeed, and gives the digest of its image.
    pub(crate) fn build(&self, recipe: &str) -> String {
        let said = self.run(&["build", "--format", "json", recipe]);
        said.expect(0, "");
        digest(&said.out)
    }
}

impl Said {
    pub(crate) fn new(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("terroir prints text"),
            // Long messages are wrapped between the bars beside the lines of a recipe.
            err: String::from_utf8(output.stderr)
                .expect("terroir prints text")
                .replace("\n  │ ", " "),
        }
    }

    /// Asserts the exit code and what was said on the way; no cause may be said twice in a row.
    #[track_caller]
    pub(crate) fn expect(&self, code: i32, words: &str) -> &Self {
        let Self { out, err, .. } = self;
        assert_eq!(self.code, Some(code), "out: {out}\nerr: {err}");
        assert!(err.contains(words), "not {words:?} but: {err}");
        assert!(
            !err.contains("panicked") && !err.contains("this is a bug"),
            "{err}"
        );
        let lines: Vec<&str> = err.lines().map(str::trim).collect();
        let twice = lines.windows(2).find(|pair| match pair {
            [one, other] => !one.is_empty() && other.trim_start_matches("caused by: ") == *one,
            _ => false,
        });
        assert!(twice.is_none(), "said twice: {err}");
        self
    }
}

/// The digest in what `terroir build --format json` prints.
pub(crate) fn digest(json: &str) -> String {
    let built: serde_json::Value = serde_json::from_str(json).expect("the result is JSON");
    built["digest"]
        .as_str()
        .expect("it has a digest")
        .to_owned()
}

/// Every file below a folder, sorted; none when there is no such folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let entry = entry.expect("the folder is read");
            match entry.file_type().expect("it has a type").is_dir() {
                true => open.push(entry.path()),
                false => found.push(entry.path()),
            }
        }
    }
    found.sort();
    found
}
