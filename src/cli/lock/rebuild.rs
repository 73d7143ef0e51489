//! `terroir rebuild`: a flavour built again from recipe and lock, and compared with an existing image.

use std::sync::Arc;

use serde_json::json;

use crate::change::{Difference, Subject, compare};
use crate::cli::arguments::lock::Rebuild;
use crate::cli::arguments::options::{Compression, Format};
use crate::cli::context::platform::platforms;
use crate::cli::context::runner::runner;
use crate::cli::context::session::Session;
use crate::cli::context::signals::watch_signals;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::repository::load::load;
use crate::cli::target::find::find;
use crate::cli::target::reference::base;
use crate::engine::{Builder, Built, Found, FreshStore, Outside, Provenance, Reach, Rules, Runner};
use crate::oci::{Digest, Image, MediaType};
use crate::recipe::Flavour;

const SOURCE: &str = "org.opencontainers.image.source";
const REVISION: &str = "org.opencontainers.image.revision";

/// Builds a recipe in a store of its own and compares the image with the one that there is.
pub(in crate::cli) fn rebuild(session: &Session, arguments: &Rebuild) -> Result<(), Failure> {
    let store = session.store()?;
    let _lock = store
        .shared()
        .map_err(|error| Failure::new(Kind::Outside, &error))?;
    let runner = runner(session, &arguments.confinement, Some(&arguments.recipe));
    let own = session.outside(store, Reach::Missing, Compression::Zstd);
    let watch = watch_signals(&runner.stop)?;
    let fresh = FreshStore::new(&runner, own.store()).map_err(|error| fail(&error))?;
    let before = match (arguments.compare, &arguments.with) {
        (_, Some(with)) => Some(find(session, &own, with)?),
        (true, None) => Some(kept(session, &own, arguments)?),
        (false, None) => None,
    };
    let (outside, built) = again(session, (arguments, &runner), (&fresh, before.as_ref()))?;
    drop(watch);
    let digest = Digest::of(&built.image.root.bytes);
    let Some((image, source)) = before else {
        session.printer.line(format!("{}  {digest}", built.name));
        return Ok(());
    };
    let blobs = outside.blobs();
    let found = compare(
        Subject {
            name: "what there is",
            image: &image,
            source: source.as_ref(),
        },
        Subject {
            name: "what was built again",
            image: &built.image,
            source: blobs.as_ref(),
        },
    )
    .map_err(|error| Failure::new(Kind::Outside, &error))?;
    report(
        session,
        arguments.print.format,
        (&built.name, digest),
        found.as_ref(),
    )
}

/// The image that the store has under the name of the recipe's flavour.
fn kept(session: &Session, own: &Outside, arguments: &Rebuild) -> Result<Found, Failure> {
    let looking = session.outside(own.store().clone(), Reach::Offline, Compression::Zstd);
    let wanted = platforms(&arguments.platform)?;
    let flavours = load(session, &looking, &arguments.recipe, &wanted)?;
    let name = flavours.first().map(|flavour| flavour.name.clone());
    let name = name.unwrap_or_default();
    let tags = own.store().tags();
    let tags = tags.map_err(|error| Failure::new(Kind::Outside, &error))?;
    let Some((_, root)) = tags.into_iter().find(|(tag, _)| *tag == name) else {
        let message = format!("the store holds no image {name} to compare with");
        return Err(Failure::say(Kind::Usage, message)
            .hint("name one: --with REF, oci:DIR:TAG or oci-archive:FILE"));
    };
    let blobs = own.blobs();
    let image = Image::load(blobs.as_ref(), &root);
    let image = image.map_err(|error| Failure::new(Kind::Outside, &error))?;
    Ok((image, blobs))
}

/// Builds from recipe and lock, with the compression and annotations of the image that there is.
fn again(
    session: &Session,
    (arguments, runner): (&Rebuild, &Runner),
    (fresh, before): (&FreshStore, Option<&Found>),
) -> Result<(Outside, Arc<Built>), Failure> {
    let compression = before.map_or(Compression::Zstd, |(image, _)| compression_of(image));
    let rules = Rules {
        strict: true,
        vendor: arguments.vendor.as_deref().map(base).transpose()?,
        ..Rules::default()
    };
    let outside = session
        .outside(fresh.store().clone(), Reach::Missing, compression)
        .confining(runner.isolation)
        .keeping(rules);
    let wanted = platforms(&arguments.platform)?;
    let flavours: Vec<Arc<Flavour>> = load(session, &outside, &arguments.recipe, &wanted)?;
    let provenance = before.map_or_else(Provenance::default, |(image, _)| provenance_of(image));
    let builder = Builder::new(&outside, compression.codec(), session.epoch, provenance);
    let builder = builder.running(runner.clone());
    let built = builder.build(&flavours).map_err(|error| fail(&error))?;
    Ok((outside, built))
}

/// How the last layer of an image is compressed, which is always the flavour's own.
fn compression_of(image: &Image) -> Compression {
    let layers = image.platforms.first().map(|one| one.manifest.layers());
    let last = layers.and_then(|layers| layers.last());
    match last.map(crate::oci::Descriptor::media_type) {
        Some(MediaType::ImageLayerGzip) => Compression::Gzip,
        _ => Compression::Zstd,
    }
}

/// The annotations that a build states only when asked.
fn provenance_of(image: &Image) -> Provenance {
    let root: serde_json::Value = serde_json::from_slice(&image.root.bytes).unwrap_or_default();
    let stated = |key: &str| {
        let value = root.get("annotations")?.get(key)?;
        value.as_str().map(str::to_owned)
    };
    Provenance {
        source: stated(SOURCE),
        revision: stated(REVISION),
    }
}

fn report(
    session: &Session,
    format: Format,
    (name, digest): (&str, Digest),
    found: Option<&Difference>,
) -> Result<(), Failure> {
    match format {
        Format::Json => session.printer.json(&json!({
            "name": name, "digest": digest, "identical": found.is_none(), "difference": found,
        })),
        Format::Text => match found {
            None => session.printer.line(format!("identical: {name} {digest}")),
            Some(found) => session.printer.line(format!("different: {found}")),
        },
    }
    match found {
        None => Ok(()),
        Some(_) => Err(Failure::say(Kind::No, "")),
    }
}
