//! `terroir vendor`: the locked packages and bases saved as an OCI artifact.

use std::sync::Arc;

use serde_json::json;

use super::resolve::{Wanted, chosen, resolve};
use crate::cli::arguments::lock::Vendor;
use crate::cli::arguments::options::Format;
use crate::cli::context::session::Session;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::target::export::{export, output};
use crate::cli::target::publish::push_all;
use crate::cli::target::reference::reference;
use crate::engine::{Reach, Rules, parcel};
use crate::oci::{BlobSource, Digest};
use crate::recipe::Base;

/// Writes or pushes an artifact with all packages and bases of the lock.
pub(in crate::cli) fn vendor(session: &Session, arguments: &Vendor) -> Result<(), Failure> {
    if arguments.output.is_empty() && arguments.references.is_empty() {
        return Err(
            Failure::say(Kind::Usage, "nothing says where to keep the packages")
                .hint("name a reference, or a layout with -o oci:DIR:TAG"),
        );
    }
    let references: Vec<_> = arguments
        .references
        .iter()
        .map(|text| reference(text))
        .collect::<Result<_, _>>()?;
    let outputs: Vec<Base> = arguments
        .output
        .iter()
        .map(|text| output(text))
        .collect::<Result<_, _>>()?;
    let (recipes, _) = chosen(&[])?;
    let wanted = Wanted {
        recipes: &recipes,
        reach: Reach::Missing,
        rules: Rules {
            strict: true,
            ..Rules::default()
        },
        fetching: true,
        confinement: &arguments.confinement,
    };
    let resolved = resolve(session, &wanted)?.whole()?;
    let store = resolved.outside.store();
    let locking = resolved.outside.locking();
    let locking = locking.ok_or_else(|| Failure::say(Kind::Usage, "there is no repository"))?;
    let parcel = Arc::new(parcel(locking, store).map_err(|error| fail(&error))?);
    let image = parcel.image.clone();
    let source: Arc<dyn BlobSource> = Arc::clone(&parcel) as Arc<dyn BlobSource>;
    for output in &outputs {
        export(&image, source.as_ref(), (output, "packages"))?;
    }
    if !references.is_empty() {
        push_all(session, &image, &source, &references)?;
    }
    let digest = Digest::of(&image.root.bytes);
    match arguments.print.format {
        Format::Json => session.printer.json(&json!({
            "digest": digest, "packages": parcel.packages, "bases": parcel.bases,
        })),
        Format::Text => session.printer.line(format!(
            "{digest}  {} packages, {} bases",
            parcel.packages, parcel.bases
        )),
    }
    Ok(())
}
