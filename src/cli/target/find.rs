//! The image that a target on the command line stands for, and its platform.

use std::sync::Arc;

use super::built::built;
use super::reference::in_full;
use crate::cli::context::platform::{host, platforms};
use crate::cli::context::session::Session;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::{Failure, Kind};
use crate::engine::{Found, Outside, Target};
use crate::oci::{BlobError, BlobSource, Image, Platform, PlatformImage, platform_name};
use crate::origin::did_you_mean;
use crate::recipe::Base;
use crate::registry::is_short;

/// Finds the image of a target; a recipe is built if need be.
pub(in crate::cli) fn find(
    session: &Session,
    outside: &Outside,
    target: &str,
) -> Result<Found, Failure> {
    match Target::parse(target) {
        Target::Recipe(recipe) => {
            let built = built(session, outside, &recipe)?;
            Ok((built.image.clone(), outside.blobs()))
        }
        Target::Base(base) => {
            if let Base::Image(name) = &base
                && let Some(found) = in_store(outside, name)?
            {
                return Ok(found);
            }
            if let Base::Image(name) = &base
                && is_short(name)
            {
                return Err(not_there(outside, name));
            }
            let found = outside.image(&base).map_err(|error| fail(&error))?;
            found.ok_or_else(|| Failure::say(Kind::Outside, format!("{target} was not found")))
        }
    }
}

/// The failure for a short name: what the store has was not meant, and no registry is asked for it.
fn not_there(outside: &Outside, name: &str) -> Failure {
    let tags = outside.store().tags().unwrap_or_default();
    let near = did_you_mean(name, tags.iter().map(|(held, _)| held.as_str()));
    let failure = Failure::say(Kind::Usage, format!("the store has no flavour `{name}`"));
    match near {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint(format!(
            "`terroir ls` lists what it has; a recipe is named with its .yml; an image in a registry \
             with the registry, such as {}",
            in_full(name)
        )),
    }
}

/// An image that the store has under exactly this name (`terroir ls`).
fn in_store(outside: &Outside, name: &str) -> Result<Option<Found>, Failure> {
    let failed = |error: &dyn std::error::Error| Failure::say(Kind::Outside, error.to_string());
    let tags = outside.store().tags().map_err(|error| failed(&error))?;
    let Some((_, root)) = tags.into_iter().find(|(held, _)| held == name) else {
        return Ok(None);
    };
    let source = outside.blobs();
    let image =
        Image::load(source.as_ref(), &root).map_err(|error| Failure::new(Kind::Outside, &error))?;
    Ok(Some((image, source)))
}

/// The image of a target for a platform by name, else for this machine's, and where its blobs are; the
/// platform that was wanted comes with it.
pub(in crate::cli) fn find_for(
    session: &Session,
    outside: &Outside,
    (target, platform): (&str, Option<&String>),
) -> Result<(PlatformImage, Arc<dyn BlobSource>, Platform), Failure> {
    let (image, source) = find(session, outside, target)?;
    let wanted = match platform {
        Some(name) => platforms(std::slice::from_ref(name))?.remove(0),
        None => host(),
    };
    let chosen = choose(&image, source.as_ref(), (&wanted, platform.is_some()))?.clone();
    Ok((chosen, source, wanted))
}

/// The image for a platform; when nobody `asked` for one, the only one there is will do.
pub(in crate::cli) fn choose<'i>(
    image: &'i Image,
    source: &dyn BlobSource,
    (wanted, asked): (&Platform, bool),
) -> Result<&'i PlatformImage, Failure> {
    let failed = |error: BlobError| Failure::new(Kind::Outside, &error);
    if let Some(chosen) = image.platform(wanted, source).map_err(failed)? {
        return Ok(chosen);
    }
    if let ([only], false) = (image.platforms.as_slice(), asked) {
        return Ok(only);
    }
    let mut names = Vec::new();
    for one in &image.platforms {
        names.extend(
            one.platform(source)
                .map_err(failed)?
                .as_ref()
                .map(platform_name),
        );
    }
    let wanted = platform_name(wanted);
    let failure = Failure::say(Kind::Usage, format!("it has no image for {wanted}"));
    Err(match names.is_empty() {
        true => failure,
        false => failure.hint(format!(
            "it has {}; name one with --platform",
            names.join(", ")
        )),
    })
}
