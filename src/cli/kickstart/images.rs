//! `terroir kickstart serve --cache`: the images of a site, kept by its install server.

use std::path::Path;

use super::inventory::folder;
use crate::cli::arguments::kickstart::Serve;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::kickstart::{ImagePlace, Reading, Site, image_sources};
use crate::registry::Registry;
use crate::serve::{ImageCache, Images};

/// Opens the cache, where one is wanted.
pub(super) fn cache(arguments: &Serve) -> Result<Option<ImageCache>, Failure> {
    let most = arguments.cache_size.0 << 20;
    let place = arguments.cache.as_ref();
    let cache = place.map(|place| ImageCache::open(place, most)).transpose();
    cache.map_err(|error| Failure::new(Kind::Outside, &error))
}

/// The images of a site, and who fetches them; an inventory and a command line that say different things are
/// refused.
pub(super) fn images(
    session: &Session,
    (arguments, inventory): (&Serve, &Path),
    (reading, site): (&Reading, &Site),
) -> Result<Images, Failure> {
    let refused = |message: &str, hint: &str| {
        let failure = Failure::say(Kind::Usage, message.to_owned());
        Err(failure.hint(hint.to_owned()))
    };
    match (site.server.images, &arguments.cache) {
        (ImagePlace::Cache, None) => {
            return refused(
                "hosts are to fetch their images from this server, and it has no cache",
                "name a folder with --cache DIR, or leave `images: cache` out of the inventory",
            );
        }
        (ImagePlace::Registry, Some(_)) => {
            return refused(
                "no host fetches its image from this server, so --cache has no effect",
                "write `server: { images: cache }` into the inventory, or leave --cache out",
            );
        }
        _ => {}
    }
    let mut settings = session.settings();
    let sources = image_sources(site);
    for source in sources.values().filter(|source| source.insecure) {
        let registry = source.reference.registry().to_owned();
        settings.insecure.insert(registry);
    }
    let place = folder(inventory);
    let read = reading.inventory.iter();
    let named = read.flat_map(|inventory| &inventory.authorities);
    settings
        .authorities
        .extend(named.map(|file| place.join(&file.value)));
    let of = sources.into_iter();
    Ok(Images {
        registry: Registry::new(settings),
        of: of.map(|(name, source)| (name, source.reference)).collect(),
    })
}
