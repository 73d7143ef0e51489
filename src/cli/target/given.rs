//! Published images that stand for recipes, so that these are not built again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::record::read_record;
use super::reference::reference;
use crate::cli::context::session::Session;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::{Failure, Kind};
use crate::engine::Outside;
use crate::recipe::{Base, Flavour, Parent};

/// The images of a command line by the flavours that they are of; each has to be of one from which
/// what is built derives.
pub(in crate::cli) fn given(
    session: &Session,
    outside: &Outside,
    (texts, flavours): (&[String], &[Vec<Arc<Flavour>>]),
) -> Result<BTreeMap<String, String>, Failure> {
    let mut given = BTreeMap::new();
    let above: BTreeSet<&str> = flavours
        .iter()
        .flatten()
        .flat_map(|one| above(one))
        .collect();
    for text in texts {
        let mut place = reference(text)?;
        if place.digest().is_none() {
            // A tag may have moved since the store noted it.
            let found = session.registry().resolve(&place);
            let found = found.map_err(|error| Failure::new(Kind::Outside, &error))?;
            let digest = found.digest().to_string().parse();
            place = place.with_digest(digest.map_err(|error| Failure::new(Kind::Outside, &error))?);
        }
        let place = place.to_string();
        let found = outside
            .image(&Base::Image(place.clone()))
            .map_err(|error| fail(&error))?;
        let record = match &found {
            Some((image, source)) => match image.platforms.first() {
                Some(first) => read_record(first, source, outside)?.1,
                None => None,
            },
            None => None,
        };
        let Some(record) = record else {
            let message = format!("{text} is not an image of a flavour");
            return Err(Failure::say(Kind::Usage, message).hint("name one that terroir built"));
        };
        let name = &record.flavour().name;
        if !above.contains(name.as_str()) {
            let message = format!("{text} is an image of {name}, from which nothing here derives");
            let names: Vec<&str> = above.iter().copied().collect();
            return Err(
                Failure::say(Kind::Usage, message).hint(match names.is_empty() {
                    true => "the recipe derives from no other recipe".to_owned(),
                    false => format!("name an image of {}", names.join(" or ")),
                }),
            );
        }
        given.insert(name.clone(), place);
    }
    Ok(given)
}

/// The names of the recipes that a flavour derives from.
fn above(flavour: &Flavour) -> Vec<&str> {
    let mut names = Vec::new();
    let mut next = &flavour.parent;
    while let Parent::Flavour(parent) = next {
        names.push(parent.name.as_str());
        next = &parent.parent;
    }
    names
}
