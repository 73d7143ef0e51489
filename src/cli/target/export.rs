//! Images written to layouts and archives (`-o`).

use crate::cli::output::failure::{Failure, Kind};
use crate::engine::Target;
use crate::oci::{BlobSource, Image};
use crate::recipe::Base;
use crate::store::{export_archive, export_layout};

/// Reads where an image is written to.
pub(in crate::cli) fn output(text: &str) -> Result<Base, Failure> {
    match Target::parse(text) {
        Target::Base(base @ (Base::Layout { tag: Some(_), .. } | Base::Archive(_))) => Ok(base),
        _ => Err(
            Failure::say(Kind::Usage, format!("`{text}` is not an output"))
                .hint("write oci:DIR:TAG or oci-archive:FILE"),
        ),
    }
}

/// Writes an image to a layout or an archive; a layout without a tag gets `name` for one.
pub(in crate::cli) fn export(
    image: &Image,
    source: &dyn BlobSource,
    (output, name): (&Base, &str),
) -> Result<(), Failure> {
    let done = match output {
        Base::Layout { path, tag } => {
            export_layout(image, source, path, tag.as_deref().unwrap_or(name))
        }
        Base::Archive(path) => export_archive(image, source, path, name),
        _ => Ok(()),
    };
    done.map_err(|error| Failure::new(Kind::Outside, &error))
}
