//! Programs of others that judge what terroir writes.

use std::ffi::OsStr;
use std::io::Write as _;
use std::process::{Command, Stdio};

use terroir::tree::{Entry, EntryKind};

/// Whether a program is there; when not, says so, or fails under `TERROIR_TEST_STRICT=1`.
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

/// Whether this is root, whose owners and devices are kept; when not, says so.
#[expect(clippy::print_stderr, reason = "tests say what they leave out")]
pub(crate) fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        eprintln!("skipped: only root keeps owners and devices");
    }
    root
}

/// Runs a judge, which must succeed, and gives what it says.
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
    // A judge that ends before its input does is judged by its exit code.
    let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = judge.wait_with_output().expect("the judge ends");
    feeder.join().expect("the feeder ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} says: {said}");
    output.stdout
}

/// A line of `tar -tv`, one space between its columns.
pub(crate) fn tar_line(entry: &Entry) -> Vec<u8> {
    let mut size = "0".to_owned();
    let mut link = Vec::new();
    let kind = match &entry.kind {
        EntryKind::File { size: bytes } => {
            size = bytes.to_string();
            '-'
        }
        EntryKind::Directory => 'd',
        EntryKind::Symlink { target } => {
            link = [b" -> ", target.as_slice()].concat();
            'l'
        }
        EntryKind::Hardlink { target } => {
            link = [b" link to ", target.as_bytes()].concat();
            'h'
        }
        EntryKind::CharDevice { major, minor } => {
            size = format!("{major},{minor}");
            'c'
        }
        EntryKind::BlockDevice { major, minor } => {
            size = format!("{major},{minor}");
            'b'
        }
        EntryKind::Fifo => 'p',
    };
    let time = match entry.mtime {
        0 => "1970-01-01 00:00:00",
        12 => "1970-01-01 00:00:12",
        _ => "2001-09-09 01:46:40",
    };
    let (uid, gid) = (entry.uid, entry.gid);
    let mut line = format!("{kind}{} {uid}/{gid} {size} {time} ", mode(entry.mode)).into_bytes();
    line.extend_from_slice(if entry.path.is_root() {
        b"."
    } else {
        entry.path.as_bytes()
    });
    if entry.is_directory() {
        line.push(b'/');
    }
    line.extend(link);
    line
}

/// Permission bits in letters.
fn mode(mode: u32) -> String {
    let bits = |shift: u32, special: bool, mark: char| {
        let bits = mode >> shift;
        let execute = match (bits & 1 == 1, special) {
            (true, true) => mark,
            (false, true) => mark.to_ascii_uppercase(),
            (true, false) => 'x',
            (false, false) => '-',
        };
        let read = if bits & 4 > 0 { 'r' } else { '-' };
        let write = if bits & 2 > 0 { 'w' } else { '-' };
        format!("{read}{write}{execute}")
    };
    [
        bits(6, mode & 0o4000 > 0, 's'),
        bits(3, mode & 0o2000 > 0, 's'),
        bits(0, mode & 0o1000 > 0, 't'),
    ]
    .concat()
}
