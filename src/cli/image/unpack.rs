//! `terroir unpack`: unpacks an image into a folder.

use crate::cli::arguments::image::Unpack;
use crate::cli::arguments::options::Compression;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::target::find::find_for;
use crate::engine::Reach;
use crate::tree::{Limits, Ownership};

/// Unpacks one platform of a target.
pub(in crate::cli) fn unpack(session: &Session, arguments: &Unpack) -> Result<(), Failure> {
    let outside = session.outside(
        session.store_for(&arguments.target)?,
        Reach::Missing,
        Compression::Zstd,
    );
    let asked = (arguments.target.as_str(), arguments.platform.as_ref());
    let (chosen, source, _) = find_for(session, &outside, asked)?;
    let ownership = match arguments.no_same_owner || !rustix::process::geteuid().is_root() {
        true => Ownership::Mine,
        false => Ownership::Keep,
    };
    session.printer.progress("unpacking");
    let unpacked = crate::tree::unpack(
        chosen.manifest.layers(),
        source.as_ref(),
        &arguments.folder,
        ownership,
        &Limits::default(),
    )
    .map_err(|error| Failure::new(Kind::Outside, &error))?;
    for skipped in &unpacked.skipped {
        session
            .printer
            .detail(&format!("{}: {}", skipped.path, skipped.what));
    }
    if !unpacked.skipped.is_empty() {
        session.printer.note(&format!(
            "{} things were left out; -v names them",
            unpacked.skipped.len()
        ));
    }
    session.printer.note(&format!(
        "unpacked {} to {}",
        arguments.target,
        arguments.folder.display()
    ));
    Ok(())
}
