//! `terroir pull`: copies an image from a registry into the store.

use rayon::prelude::*;

use crate::cli::arguments::image::Pull;
use crate::cli::arguments::options::Compression;
use crate::cli::context::session::Session;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::output::units::size;
use crate::cli::target::reference::reference;
use crate::engine::Reach;
use crate::oci::{BlobSink as _, Digest};
use crate::recipe::Base;

/// Copies an image into the store and names it there by its reference.
pub(in crate::cli) fn pull(session: &Session, arguments: &Pull) -> Result<(), Failure> {
    let name = reference(&arguments.reference)?.to_string();
    let store = session.store()?;
    let _lock = store
        .shared()
        .map_err(|error| Failure::new(Kind::Outside, &error))?;
    let outside = session.outside(store.clone(), Reach::Newer, Compression::Zstd);
    let found = outside
        .image(&Base::Image(name.clone()))
        .map_err(|error| fail(&error))?;
    let (image, source) =
        found.ok_or_else(|| Failure::say(Kind::Outside, format!("{name} was not found")))?;
    let failed = |error: &crate::oci::BlobError| Failure::new(Kind::Outside, error);
    let fetched: Vec<u64> = image
        .blobs()
        .par_iter()
        .map(|blob| {
            if store.has(blob).map_err(|error| failed(&error))? {
                return Ok(0);
            }
            session
                .printer
                .tick(&format!("pulling {}", size(blob.size())));
            let mut reader = source.open(blob).map_err(|error| failed(&error))?;
            store
                .put(blob, reader.as_mut())
                .map_err(|error| failed(&error))?;
            Ok(blob.size())
        })
        .collect::<Result<_, Failure>>()?;
    store
        .tag(&name, &image.root.descriptor)
        .map_err(|error| Failure::new(Kind::Outside, &error))?;
    let new = fetched.iter().filter(|bytes| **bytes > 0).count();
    session
        .printer
        .line(format!("{name}  {}", Digest::of(&image.root.bytes)));
    session.printer.note(&format!(
        "{new} blobs fetched ({})",
        size(fetched.iter().sum())
    ));
    Ok(())
}
