//! The terroir that was just built, as users run it.

use std::path::Path;
use std::process::{Command, Output};

/// Runs terroir in a folder with a store of its own and nothing of this machine's environment.
#[expect(clippy::disallowed_methods, reason = "tests run what they test")]
pub(crate) fn terroir(arguments: &[&str], folder: &Path, store: &Path) -> Output {
    let path = std::env::var_os("PATH").unwrap_or_default();
    Command::new(env!("CARGO_BIN_EXE_terroir"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .env("HOME", store)
        .env("TERROIR_STORE", store)
        .output()
        .expect("terroir starts")
}
