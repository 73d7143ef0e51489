//! The store that all tests share, with a real Debian base, made once per machine.

use std::fs::File;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::program::Terroir;

/// A recipe with only the base.
pub(crate) const RECIPE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/base/recipes/base.yml"
);

/// The store with the base in it; the first test makes it, the others wait.
pub(crate) fn store() -> PathBuf {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let store = project.join("target/test-store");
    std::fs::create_dir_all(&store).expect("target is writable");
    let guard = File::create(store.with_extension("lock")).expect("target is writable");
    flock(&guard, FlockOperation::LockExclusive).expect("the lock is given in the end");
    Terroir::new(&store).run(["build", "--quiet", RECIPE]);
    store
}
