//! What an installer is made of: the image of a target, and the program for the machines.

use std::path::PathBuf;
use std::sync::Arc;

use crate::cli::arguments::installer::Installer;
use crate::cli::bootable::disk::followed;
use crate::cli::context::session::Session;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::target::find::find_for;
use crate::cli::target::record::read_record;
use crate::engine::Outside;
use crate::installer::FolderError;
use crate::oci::{BlobSource, Platform, PlatformImage};

/// What an installer is made of.
pub(super) struct Chosen {
    /// The image for one platform.
    pub image: PlatformImage,
    /// Where its blobs are.
    pub source: Arc<dyn BlobSource>,
    /// The platform that was wanted.
    pub platform: Platform,
    /// The image as machines know it.
    pub reference: String,
}

/// Finds the image.
pub(super) fn chosen(
    session: &Session,
    outside: &Outside,
    arguments: &Installer,
) -> Result<Chosen, Failure> {
    let asked = (arguments.target.as_str(), arguments.platform.as_ref());
    let (image, source, platform) = find_for(session, outside, asked)?;
    let (_, record) = read_record(&image, &source, outside)?;
    let name = record.as_ref().map(|record| record.flavour().name.clone());
    let published = record.map(|record| record.reference.clone());
    // A path of this machine says nothing elsewhere.
    let reference = match followed(&arguments.target, published) {
        path if path == arguments.target && !path.contains('@') => name.unwrap_or(path),
        known => known,
    };
    Ok(Chosen {
        image,
        source,
        platform,
        reference,
    })
}

/// The program for the machines.
pub(super) fn program(arguments: &Installer) -> Result<PathBuf, Failure> {
    match &arguments.program {
        Some(program) => Ok(program.clone()),
        None => std::env::current_exe().map_err(|error| {
            Failure::new(Kind::Outside, &error).hint("name the program with --program")
        }),
    }
}

/// The failure for an error.
pub(super) fn failure(error: &FolderError) -> Failure {
    let failure = match error {
        FolderError::Engine(error) => fail(error),
        FolderError::Program(_) => Failure::new(Kind::Usage, error),
        FolderError::Io { .. } | FolderError::Medium(_) => Failure::new(Kind::Outside, error),
        _ => Failure::new(Kind::No, error),
    };
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
