//! The roots that are checked, built once for all tests.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::program::Terroir;
use crate::{base, host, judge};

/// The recipes of the roots.
const RECIPES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hardening/recipes");

/// The roots, and what the machine was like before they were built.
pub(crate) struct Roots {
    folder: TempDir,
    /// The store in which they are.
    pub(crate) terroir: Terroir,
    /// What hardening must not change.
    pub(crate) host: host::State,
}

impl Roots {
    /// A root by the name of its recipe, or one that a test made.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A copy of a root that a test may change.
    pub(crate) fn copy(&self, name: &str, copy: &str) -> PathBuf {
        let (from, to) = (self.path(name), self.path(copy));
        let text = |path: &Path| path.display().to_string();
        judge::run(
            "cp",
            &["--archive", "--reflink=auto", &text(&from), &text(&to)],
            b"",
        );
        to
    }
}

/// The roots; none if a program is missing or the test does not run as root.
pub(crate) fn roots() -> Option<&'static Roots> {
    static ROOTS: OnceLock<Option<Roots>> = OnceLock::new();
    ROOTS.get_or_init(build).as_ref()
}

fn build() -> Option<Roots> {
    let there = ["oscap", "unshare", "mmdebstrap", "dpkg-deb"];
    if !there.iter().all(|program| judge::is_there(program)) || !judge::is_root() {
        return None;
    }
    let host = host::State::now();
    let terroir = Terroir::new(&base::store());
    let folder = tempfile::tempdir().expect("a temporary directory");
    for name in ["bare", "level-1", "level-2", "trixie"] {
        let recipe = format!("{RECIPES}/{name}.yml");
        terroir.run(["build", "--quiet", &recipe]);
        let root = folder.path().join(name).display().to_string();
        terroir.run(["unpack", "--quiet", &format!("hardening-{name}"), &root]);
    }
    Some(Roots {
        folder,
        terroir,
        host,
    })
}
