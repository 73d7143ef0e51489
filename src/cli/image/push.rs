//! `terroir push`: pushes images to registries; what they already have is not sent again.

use serde_json::json;

use super::push_ostree::{Committed, push_ostree, state_commits};
use crate::cli::arguments::image::Push;
use crate::cli::arguments::options::{Compression, Format};
use crate::cli::context::session::Session;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::target::built::built;
use crate::cli::target::find::find;
use crate::cli::target::inputs::{digest, state_inputs};
use crate::cli::target::publish::{parents, published, push_all, references};
use crate::cli::target::reference::reference;
use crate::engine::{Reach, Target, hold_published};
use crate::registry::Pushed;

/// Pushes a target to one or several references.
pub(in crate::cli) fn push(session: &Session, arguments: &Push) -> Result<(), Failure> {
    let store = session.store()?;
    let _lock = store
        .shared()
        .map_err(|error| Failure::new(Kind::Outside, &error))?;
    let outside = session.outside(store, Reach::Missing, Compression::Zstd);
    let mut pushed = Vec::new();
    let (image, source, published) = match Target::parse(&arguments.target) {
        Target::Recipe(recipe) => {
            let built = built(session, &outside, &recipe)?;
            let publish = published(&built);
            if arguments.references.is_empty() && arguments.ostree.is_none() && publish.is_some() {
                pushed = parents(session, &outside, &built)?;
            }
            (built.image.clone(), outside.blobs(), publish)
        }
        Target::Base(_) => {
            let (image, source) = find(session, &outside, &arguments.target)?;
            (image, source, None)
        }
    };
    let references = match (arguments.references.as_slice(), published) {
        ([], _) if arguments.ostree.is_some() => Vec::new(),
        ([], Some(publish)) => references(&publish)?,
        ([], None) => {
            return Err(
                Failure::say(Kind::Usage, "nothing says where to push the image")
                    .hint("name a reference, or state `publish` in the recipe"),
            );
        }
        (some, _) => some
            .iter()
            .map(|text| reference(text))
            .collect::<Result<_, _>>()?,
    };
    let inputs = arguments.inputs.as_deref().map(digest).transpose()?;
    hold_published(&image, &source, outside.store()).map_err(|error| fail(&error))?;
    let written = match &arguments.ostree {
        Some(folder) => push_ostree(session, &outside, (&image, &source), folder)?,
        None => Vec::new(),
    };
    // Before the tags, so that nobody sees the image without them.
    state_commits(session, &written, &references)?;
    pushed.extend(push_all(session, &image, &source, &references)?);
    if let Some(inputs) = &inputs {
        state_inputs(session, &outside, (&image, inputs), &references)?;
    }
    if arguments.print.format == Format::Json {
        session.printer.json(
            &pushed
                .iter()
                .map(as_json)
                .chain(written.iter().map(Committed::as_json))
                .collect::<Vec<_>>(),
        );
    }
    Ok(())
}

fn as_json((pushed, tags): &(Pushed, Vec<String>)) -> serde_json::Value {
    json!({
        "reference": pushed.reference.to_string(),
        "tags": tags,
        "uploaded": pushed.uploaded,
        "bytes": pushed.bytes,
        "mounted": pushed.mounted,
        "present": pushed.present,
    })
}
