//! `terroir vendor`: the locked packages and bases, kept as an OCI artifact.

use std::sync::Arc;

use serde_json::json;

use super::arguments::Format;
use super::arguments_lock::Vendor;
use super::build::fail;
use super::failure::{Failure, Kind};
use super::lock::{Wanted, chosen, resolve};
use super::push::{push_all, reference};
use super::session::Session;
use crate::engine::{Reach, Rules, Target, parcel};
use crate::oci::{BlobSource, Digest, Image};
use crate::recipe::Base;
use crate::store::{export_archive, export_layout};

/// Writes or pushes an artifact with all packages and bases of the lock.
pub(super) fn vendor(session: &Session, arguments: &Vendor) -> Result<(), Failure> {
    if arguments.output.is_empty() && arguments.references.is_empty() {
        return Err(
            Failure::say(Kind::Usage, "it is not said where packages are kept")
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
        write(&image, source.as_ref(), output)?;
    }
    if !references.is_empty() {
        push_all(session, &image, &source, &references)?;
    }
    let digest = Digest::of(&image.root.bytes);
    match arguments.format {
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

fn output(text: &str) -> Result<Base, Failure> {
    match Target::parse(text) {
        Target::Base(base @ (Base::Layout { tag: Some(_), .. } | Base::Archive(_))) => Ok(base),
        _ => Err(Failure::say(Kind::Usage, format!("`{text}` is no output"))
            .hint("write oci:DIR:TAG or oci-archive:FILE")),
    }
}

fn write(image: &Image, source: &dyn BlobSource, output: &Base) -> Result<(), Failure> {
    let done = match output {
        Base::Layout { path, tag } => {
            export_layout(image, source, path, tag.as_deref().unwrap_or("packages"))
        }
        Base::Archive(path) => export_archive(image, source, path, "packages"),
        _ => Ok(()),
    };
    done.map_err(|error| Failure::new(Kind::Outside, &error))
}
