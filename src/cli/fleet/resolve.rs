//! The digests that references of an inventory mean.

use std::collections::BTreeMap;

use crate::cli::arguments::options::Compression;
use crate::cli::context::session::Session;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::{Failure, Kind};
use crate::engine::Reach;
use crate::recipe::Base;
use crate::serve::Wanted;

/// The images that are wanted, by their references: by the digests that the references have, or by what
/// registries say of them now.
pub(super) fn wanted<'a>(
    session: &Session,
    references: impl Iterator<Item = &'a &'a str>,
    resolves: bool,
) -> Result<BTreeMap<String, Wanted>, Failure> {
    let mut all: BTreeMap<String, Wanted> = references
        .map(|reference| ((*reference).to_owned(), Wanted::new(reference)))
        .collect();
    if !resolves {
        return Ok(all);
    }
    let outside = session.outside(session.store()?, Reach::Newer, Compression::Zstd);
    let lock = outside.store().shared();
    let _lock = lock.map_err(|error| Failure::new(Kind::Outside, &error))?;
    for (reference, wanted) in &mut all {
        let found = outside.image(&Base::Image(reference.clone()));
        let Some((image, _)) = found.map_err(|error| fail(&error))? else {
            let message = format!("the registry has no image {reference}");
            return Err(Failure::say(Kind::Outside, message));
        };
        let digest = image.root.descriptor.digest().to_string();
        // A machine reports the image of its own platform.
        let platforms = image.platforms.iter();
        let platforms = platforms.map(|one| one.document.descriptor.digest().to_string());
        wanted.digests = platforms.chain([digest.clone()]).collect();
        wanted.digest = Some(digest);
    }
    Ok(all)
}
