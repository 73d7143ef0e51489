//! `terroir ls`: lists the images of the store.

use serde_json::json;

use crate::cli::arguments::options::Format;
use crate::cli::arguments::store::Ls;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::output::units::size;
use crate::oci::Image;

/// Lists lists the images of the store.
pub(in crate::cli) fn list(session: &Session, arguments: &Ls) -> Result<(), Failure> {
    let store = session.reader()?;
    let mut rows = Vec::new();
    for (name, root) in store
        .tags()
        .map_err(|error| Failure::new(Kind::Outside, &error))?
    {
        let image =
            Image::load(&store, &root).map_err(|error| Failure::new(Kind::Outside, &error))?;
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
    if arguments.print.format == Format::Json {
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
