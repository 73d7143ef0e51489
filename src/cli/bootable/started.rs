//! A machine that `terroir boot` is about to run, and what may go wrong with it.

use std::path::{Path, PathBuf};

use crate::bootable::machine::{Error, Guest};
use crate::cli::arguments::machine_image::Boot;
use crate::cli::output::failure::{Failure, Kind};
use crate::sandbox::Stop;

/// A machine that is about to run.
pub(super) struct Started<'a> {
    /// The machine.
    pub guest: &'a Guest,
    /// What it keeps while it runs.
    pub folder: &'a Path,
    /// Whether somebody wants an end.
    pub stop: &'a Stop,
}

impl Started<'_> {
    /// The file for the console.
    pub(super) fn console(&self, arguments: &Boot) -> PathBuf {
        let named = arguments.console.clone();
        let console = named.unwrap_or_else(|| self.folder.join("console"));
        std::path::absolute(&console).unwrap_or(console)
    }
}

/// Whether a target is the file of a disk.
pub(super) fn is_disk(target: &str) -> bool {
    let is_recipe = [".yml", ".yaml"].iter().any(|end| target.ends_with(end));
    !is_recipe && Path::new(target).is_file()
}

/// The failure of a machine.
pub(super) fn failure(error: &Error) -> Failure {
    let failure = Failure::new(Kind::Outside, error);
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
