//! Which image of a parent serves a platform: by its index, and by its config, which decides.

use serde_json::Value;

use crate::engine::error::Error;
use crate::oci::{
    BlobSource, Image, Platform, PlatformImage, config_platform, platform_name, serves,
};
use crate::store::Store;

/// The image for a platform and its config, which has to say the same platform.
pub(in crate::engine) fn chosen<'i>(
    image: &'i Image,
    (platform, name): (&Platform, &str),
    source: &dyn BlobSource,
    store: &Store,
) -> Result<(&'i PlatformImage, Value), Error> {
    let refused = |available: String| Error::Platform {
        reference: name.to_owned(),
        platform: platform_name(platform),
        available,
    };
    let unusable = |why: String| Error::Parent {
        reference: name.to_owned(),
        why,
    };
    let Some(chosen) = image.platform(platform, source)? else {
        return Err(refused(available(image, source)?));
    };
    let config = chosen.config(source)?;
    // Small, and needed each time; so a build that changes nothing asks no registry.
    store.put_document(chosen.manifest.config().media_type().clone(), config)?;
    let config: Value = serde_json::from_slice(config)
        .map_err(|error| unusable(format!("its config is not JSON: {error}")))?;
    match config_platform(&config) {
        Some(said) if serves(&said, platform) => Ok((chosen, config)),
        // What programs are in it is the config's to say; an index may be wrong about it.
        Some(said) => {
            let said = platform_name(&said);
            Err(refused(format!("one whose config says {said}")))
        }
        None => {
            let why = "its config does not say for which os and architecture it is";
            Err(unusable(why.to_owned()))
        }
    }
}

fn available(image: &Image, source: &dyn BlobSource) -> Result<String, Error> {
    let mut names = Vec::new();
    for one in &image.platforms {
        names.extend(one.platform(source)?.as_ref().map(platform_name));
    }
    Ok(match names.is_empty() {
        true => "none that states its platform".to_owned(),
        false => names.join(", "),
    })
}
