//! Other programs that check what terroir writes.

use std::ffi::OsStr;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Whether a program is installed; if not, says so, or fails under `TERROIR_TEST_STRICT=1`.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests look at the environment and say what they leave out"
)]
pub(crate) fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if !there {
        let strict = std::env::var_os("TERROIR_TEST_STRICT").is_some_and(|value| value == "1");
        assert!(!strict, "{program} is not installed");
        eprintln!("skipped: {program} is not installed");
    }
    there
}

/// Whether the test runs as root, so owners and devices are kept; if not, says so.
#[expect(clippy::print_stderr, reason = "tests say what they leave out")]
pub(crate) fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        eprintln!("skipped: only root keeps owners and devices");
    }
    root
}

/// Runs another program, which must succeed, and gives its output.
#[expect(clippy::disallowed_methods, reason = "tests run the judges")]
pub(crate) fn run<A: AsRef<OsStr>>(program: &str, arguments: &[A], input: &[u8]) -> Vec<u8> {
    let mut judge = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the judge starts");
    let mut stdin = judge.stdin.take().expect("piped");
    let input = input.to_vec();
    // If a program ends before its input does, its exit code decides.
    let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = judge.wait_with_output().expect("the judge ends");
    feeder.join().expect("the feeder ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} says: {said}");
    output.stdout
}
