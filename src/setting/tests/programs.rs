//! Other programs that read what settings write.

use std::process::Command;

/// What a program says, which must succeed; none when it is not installed, which is told, and is a
/// failure under `TERROIR_TEST_STRICT=1`.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests run other programs, and say what they leave out"
)]
pub(super) fn says(program: &str, arguments: &[&str]) -> Option<String> {
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{path}:/usr/sbin:/sbin");
    let there = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if !there {
        let strict = std::env::var_os("TERROIR_TEST_STRICT").is_some_and(|value| value == "1");
        assert!(!strict, "{program} is not installed");
        eprintln!("skipped: {program} is not installed");
        return None;
    }
    let output = Command::new(program)
        .args(arguments)
        .env("PATH", &path)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} says: {said}{error}");
    Some(said)
}
