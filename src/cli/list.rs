//! `terroir ls` and `terroir prune`: what the store holds.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::arguments::Format;
use super::arguments_store::{Ls, Prune};
use super::build::fail;
use super::confinement::own_runner;
use super::failure::{Failure, Kind};
use super::output::size;
use super::session::{Session, now};
use crate::engine::{Limits, Pruned, prune_caches};
use crate::oci::Image;
use crate::store;

fn outside(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::new(Kind::Outside, error)
}

/// Lists the images of the store.
pub(super) fn list(session: &Session, arguments: &Ls) -> Result<(), Failure> {
    let store = session.reader()?;
    let mut rows = Vec::new();
    for (name, root) in store.tags().map_err(|error| outside(&error))? {
        let image = Image::load(&store, &root).map_err(|error| outside(&error))?;
        let layers = image
            .platforms
            .first()
            .map_or(0, |one| one.manifest.layers().len());
        let bytes: u64 = image
            .blobs()
            .iter()
            .map(oci_spec::image::Descriptor::size)
            .sum();
        rows.push((name, root.digest().to_string(), layers, bytes));
    }
    if arguments.format == Format::Json {
        let rows: Vec<_> = rows
            .iter()
            .map(|(name, digest, layers, bytes)| json!({ "name": name, "digest": digest, "layers": layers, "size": bytes }))
            .collect();
        session.printer.json(&rows);
        return Ok(());
    }
    if rows.is_empty() {
        session
            .printer
            .note("the store has no images yet; build one: terroir build RECIPE");
        return Ok(());
    }
    session.printer.line(format!(
        "{:<28} {:<19} {:>6} {:>10}",
        "NAME", "DIGEST", "LAYERS", "SIZE"
    ));
    for (name, digest, layers, bytes) in rows {
        let short: String = digest.chars().take(19).collect();
        session.printer.line(format!(
            "{name:<28} {short} {layers:>6} {:>10}",
            size(bytes)
        ));
    }
    Ok(())
}

/// Removes what nothing refers to.
pub(super) fn prune(session: &Session, arguments: &Prune) -> Result<(), Failure> {
    let store = match session.store_path()?.join("format").exists() {
        true => session.store()?,
        false => session.reader()?,
    };
    if arguments.check {
        for digest in store.check().map_err(|error| outside(&error))? {
            session
                .printer
                .note(&format!("blob {digest} was damaged and was moved aside"));
        }
    }
    let days = arguments.keep_days.unwrap_or_default();
    let age = Duration::from_secs(days.saturating_mul(86_400));
    let since = now().checked_sub(age).unwrap_or(SystemTime::UNIX_EPOCH);
    let limits = Limits {
        roots_used_since: since,
        packages_used_since: arguments.keep_days.map(|_| since),
        most: arguments.max_cache,
    };
    let tidy = prune_caches(&store, &own_runner(), limits).map_err(|error| fail(&error))?;
    if tidy != Pruned::default() {
        session.printer.line(format!(
            "removed {} unpacked layers and {} cached files of {}",
            tidy.roots,
            tidy.cached,
            size(tidy.bytes)
        ));
    }
    let report = store.prune(since).map_err(|error| match &error {
        store::Error::Index { .. } => outside(&error).hint(
            "what the store may lose is not known without it; build or pull an image, which \
             writes a new one, and prune then",
        ),
        _ => outside(&error),
    })?;
    session.printer.line(format!(
        "removed {} blobs, {} steps, {} notes and {} leftovers: {}",
        report.blobs,
        report.steps,
        report.notes,
        report.leftovers,
        size(report.bytes)
    ));
    Ok(())
}
