//! Many roots on disk, and one shell that shows each to a program.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::random::Random;
use crate::tree::Snapshot;

/// Roots that were generated, each in a folder of its own.
pub(super) struct Batch {
    folder: tempfile::TempDir,
    /// How many there are.
    pub count: usize,
}

/// One root that is being written.
pub(super) struct Root<'a> {
    path: PathBuf,
    pub random: &'a mut Random,
}

impl Root<'_> {
    pub(super) fn write(&self, path: &str, text: &str) {
        let file = self.path.join(path);
        std::fs::create_dir_all(file.parent().expect("below the root")).expect("a folder");
        std::fs::write(file, text).expect("a file");
    }

    pub(super) fn link(&self, path: &str, target: &str) {
        let link = self.path.join(path);
        std::fs::create_dir_all(link.parent().expect("below the root")).expect("a folder");
        std::os::unix::fs::symlink(target, link).expect("a link");
    }

    pub(super) fn folder(&self, path: &str) {
        std::fs::create_dir_all(self.path.join(path)).expect("a folder");
    }

    /// Writes files of some names into some folders: the same name in several, masks, empty files.
    pub(super) fn layered(
        &mut self,
        folders: &[&str],
        names: &[&str],
        text: impl Fn(&mut Random) -> String,
    ) {
        for folder in folders {
            self.folder(folder);
            for name in names {
                let path = format!("{folder}/{name}");
                match self.random.below(12) {
                    0..3 => {
                        let text = text(self.random);
                        self.write(&path, &text);
                    }
                    3 => self.link(&path, "/dev/null"),
                    4 => self.write(&path, ""),
                    _ => {}
                }
            }
        }
    }
}

/// How many configurations of a kind are tried: 300, or what `TERROIR_TEST_EFFECTIVE` says.
#[expect(clippy::disallowed_methods, reason = "tests look at the environment")]
fn cases() -> usize {
    let said = std::env::var("TERROIR_TEST_EFFECTIVE").ok();
    said.map_or(300, |said| {
        said.parse().expect("a number of configurations")
    })
}

impl Batch {
    /// Generates roots.
    pub(super) fn new(seed: u64, fill: impl Fn(&mut Root<'_>)) -> Self {
        Self::sized(seed, 1, fill)
    }

    /// Generates one root where others generate several, for programs that take their time.
    pub(super) fn sized(seed: u64, times: usize, fill: impl Fn(&mut Root<'_>)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let count = cases() / times;
        let mut random = Random::new(seed);
        for number in 0..count {
            let path = folder.path().join(format!("{number:05}"));
            std::fs::create_dir(&path).expect("a folder");
            fill(&mut Root {
                path,
                random: &mut random,
            });
        }
        Self { folder, count }
    }

    /// Lets a shell say something of every root, in a mount namespace of its own: `before` runs
    /// once, `each` with the root in `$root`. None when a program is missing.
    pub(super) fn said(&self, programs: &[&str], before: &str, each: &str) -> Option<Vec<String>> {
        let batch = self.folder.path().display();
        let script = format!(
            "{before}\nfor root in {batch}/*/; do\nroot=${{root%/}}\n\
             echo \"=== $root\"\n{each}\ndone\n"
        );
        let said = answer(programs, &script)?;
        let parts = said.split("=== ").skip(1);
        let parts: Vec<String> = parts
            .map(|part| {
                part.split_once('\n')
                    .map_or("", |(_, part)| part)
                    .to_owned()
            })
            .collect();
        assert_eq!(parts.len(), self.count);
        Some(parts)
    }

    /// A root as checks read it.
    pub(super) fn snapshot(&self, number: usize) -> Snapshot {
        let path = self.folder.path().join(format!("{number:05}"));
        Snapshot::of_directory(&path).expect("a root")
    }

    /// Every file of a root, to be shown with what went wrong in it.
    pub(super) fn shown(&self, number: usize) -> String {
        let root = self.snapshot(number);
        let mut shown = String::new();
        for (path, node) in root.iter() {
            let text = root.text(path).ok().flatten().unwrap_or_default();
            shown += &format!("--- {path} {:?}\n{text}\n", node.kind);
        }
        shown
    }
}

/// What a shell says that runs in a mount namespace of its own; none when a program is missing.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests run other programs, and say what they leave out"
)]
pub(in super::super) fn answer(programs: &[&str], script: &str) -> Option<String> {
    let strict = std::env::var_os("TERROIR_TEST_STRICT").is_some_and(|value| value == "1");
    let missing = programs.iter().find(|program| !Path::new(program).exists());
    if missing.is_some() || !rustix::process::geteuid().is_root() {
        assert!(!strict, "not root, or there is no {missing:?}");
        eprintln!("skipped: not root, or there is no {missing:?}");
        return None;
    }
    let output = Command::new("unshare")
        .args([
            "--mount",
            "--net",
            "--propagation",
            "private",
            "sh",
            "-euc",
            script,
        ])
        .env("LC_ALL", "C.UTF-8")
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .output()
        .expect("unshare starts");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Collects where readings differ, and fails with the first few of them.
#[derive(Default)]
pub(super) struct Differences {
    found: Vec<String>,
    compared: usize,
}

impl Differences {
    pub(super) fn compare<T: PartialEq + std::fmt::Debug>(
        &mut self,
        (ours, theirs): (T, T),
        what: &str,
        shown: impl FnOnce() -> String,
    ) {
        self.compared += 1;
        if ours != theirs {
            let shown = if self.found.len() < 3 {
                shown()
            } else {
                String::new()
            };
            self.found.push(format!(
                "{what}: read {ours:?}, the program says {theirs:?}\n{shown}"
            ));
        }
    }

    /// Nothing differs, and enough was compared.
    pub(super) fn none(self, least: usize) {
        let count = self.found.len();
        let first: Vec<String> = self.found.into_iter().take(3).collect();
        assert!(
            first.is_empty(),
            "{count} of {} readings differ\n{}",
            self.compared,
            first.join("\n")
        );
        assert!(
            self.compared >= least,
            "only {} were compared",
            self.compared
        );
    }
}
