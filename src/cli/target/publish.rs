//! Images pushed to registries, with the recipes that they derive from.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::reference::reference;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::output::units::size;
use crate::engine::{Built, Outside};
use crate::oci::{BlobSource, Digest, Image};
use crate::recipe::Publish;
use crate::registry::{self, Pushed, Reference, State};

/// Pushes what was built, and all that it derives from, to where each recipe publishes it.
pub(in crate::cli) fn publish(
    session: &Session,
    outside: &Outside,
    built: &Built,
) -> Result<(), Failure> {
    let publish = published(built).ok_or_else(|| unpublished(&built.name))?;
    let references = references(&publish)?;
    parents(session, outside, built)?;
    push_all(session, &built.image, &outside.blobs(), &references).map(|_| ())
}

/// The failure for a flavour that shall be pushed and does not say where to.
pub(in crate::cli) fn unpublished(name: &str) -> Failure {
    let message = format!("{name} does not say where it is published");
    Failure::say(Kind::Usage, message)
        .hint("state `publish: { image: registry.example.org/group/name }` in the recipe")
}

pub(in crate::cli) fn published(built: &Built) -> Option<Publish> {
    let flavour = &built.platforms.first()?.flavour;
    flavour.publish.clone()
}

/// Pushes the recipes that a flavour derives from to where each says, the lowest first; what is
/// there already stays as it is.
pub(in crate::cli) fn parents(
    session: &Session,
    outside: &Outside,
    built: &Built,
) -> Result<Vec<(Pushed, Vec<String>)>, Failure> {
    let Some(parent) = &built.parent else {
        return Ok(Vec::new());
    };
    let mut pushed = parents(session, outside, parent)?;
    let Some(publish) = published(parent) else {
        return Ok(pushed);
    };
    let registry = session.registry();
    let digest = parent.image.root.descriptor.digest();
    let is_missing = |reference: &Reference| match registry.resolve(reference) {
        Ok(there) => there.digest() != digest,
        // Whatever keeps it from being looked at, the push tells.
        Err(_) => true,
    };
    let mut missing = references(&publish)?;
    missing.retain(is_missing);
    if missing.is_empty() {
        let message = format!("{} is at {} already", parent.name, publish.image);
        session.printer.note(&message);
    } else {
        pushed.extend(push_all(
            session,
            &parent.image,
            &outside.blobs(),
            &missing,
        )?);
    }
    Ok(pushed)
}

pub(in crate::cli) fn references(publish: &Publish) -> Result<Vec<Reference>, Failure> {
    let tags: Vec<&str> = match publish.tags.as_slice() {
        [] => vec!["latest"],
        some => some.iter().map(String::as_str).collect(),
    };
    tags.iter()
        .map(|tag| reference(&format!("{}:{tag}", publish.image)))
        .collect()
}

/// Pushes an image once for each repository, with all of its tags.
pub(in crate::cli) fn push_all(
    session: &Session,
    image: &Image,
    source: &Arc<dyn BlobSource>,
    references: &[Reference],
) -> Result<Vec<(Pushed, Vec<String>)>, Failure> {
    let registry = session.registry();
    let mut repositories: BTreeMap<(String, String), (Reference, Vec<String>)> = BTreeMap::new();
    for reference in references {
        let key = (
            reference.registry().to_owned(),
            reference.repository().to_owned(),
        );
        let (_, tags) = repositories
            .entry(key)
            .or_insert_with(|| (reference.clone(), Vec::new()));
        tags.extend(reference.tag().map(str::to_owned));
    }
    let mount_from = places(session, image)?;
    let mut done = Vec::new();
    for (target, tags) in repositories.into_values() {
        let progress = |event: &registry::Event| match &event.state {
            State::Uploading if event.bytes > 0 => {
                session.printer.tick(&format!(
                    "pushing {} of {}",
                    size(event.bytes),
                    size(event.size)
                ));
            }
            State::Uploaded | State::Mounted | State::Present => {
                session
                    .printer
                    .detail(&format!("{:?} {}", event.state, event.digest));
            }
            _ => {}
        };
        let push = registry::Push {
            target: &target,
            tags: &tags,
            image,
            source: source.as_ref(),
            mount_from: &mount_from,
        };
        let pushed = registry.push(&push, &progress).map_err(|error| {
            let failure = Failure::new(Kind::Outside, &error);
            match error.hint() {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        })?;
        let names = if tags.is_empty() {
            String::new()
        } else {
            format!(" as {}", tags.join(", "))
        };
        session.printer.note(&format!(
            "pushed {}{names}: {} sent ({}), {} mounted, {} there already",
            pushed.reference,
            pushed.uploaded,
            size(pushed.bytes),
            pushed.mounted,
            pushed.present
        ));
        done.push((pushed, tags));
    }
    Ok(done)
}

/// The repositories from which the image's layers came, for mounting.
fn places(session: &Session, image: &Image) -> Result<Vec<Reference>, Failure> {
    let store = session.store()?;
    let mut places: BTreeMap<String, Reference> = BTreeMap::new();
    for blob in image.blobs() {
        let Ok(digest) = blob.digest().to_string().parse::<Digest>() else {
            continue;
        };
        let note = store
            .note("places", &digest)
            .map_err(|error| Failure::new(Kind::Outside, &error))?;
        let Some(text) = note.and_then(|bytes| String::from_utf8(bytes).ok()) else {
            continue;
        };
        if let Ok(reference) = Reference::parse(&text) {
            places.insert(
                format!("{}/{}", reference.registry(), reference.repository()),
                reference,
            );
        }
    }
    Ok(places.into_values().collect())
}
