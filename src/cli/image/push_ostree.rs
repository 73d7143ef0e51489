//! `terroir push --ostree`: an image as a commit in an OSTree repository that any web server serves.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use crate::bootable::ostree::{Error, Layers, Progress, Repository, import};
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::target::record::read_record;
use crate::engine::Outside;
use crate::oci::{BlobSource, Image};

/// Writes every platform of an image into a repository, which is made where there is none; what was
/// written, for scripts.
pub(super) fn push_ostree(
    session: &Session,
    outside: &Outside,
    (image, source): (&Image, &Arc<dyn BlobSource>),
    folder: &Path,
) -> Result<Vec<serde_json::Value>, Failure> {
    let failed = |error: Error| Failure::new(Kind::Outside, &error);
    let repository = Repository::archive(folder).map_err(failed)?;
    let _lock = repository.lock().map_err(failed)?;
    let mut written = Vec::new();
    for platform in &image.platforms {
        let (_, record) = read_record(platform, source, outside)?;
        let record = record.ok_or_else(|| {
            Failure::say(
                Kind::Usage,
                "the image has no flavour record, so its branch has no name",
            )
            .hint("only images that terroir built are written as OSTree commits")
        })?;
        let branch = format!("{}/{}", record.flavour().name, record.facts.architecture);
        let layers = Layers::of(platform, source.as_ref()).map_err(failed)?;
        let mut progress = |step: Progress| {
            if let Progress::Layer { number, of, .. } = step {
                session
                    .printer
                    .progress(&format!("{branch}: layer {number} of {of}"));
            }
        };
        let commit =
            import(&repository, &layers, source.as_ref(), &mut progress).map_err(failed)?;
        repository.set(&branch, &commit.checksum).map_err(failed)?;
        for note in &commit.notes {
            let left = format!("{}: {} is left out", note.path, note.what);
            session.printer.detail(&left);
        }
        let checksum = commit.checksum.to_string();
        session.printer.note(&format!(
            "{branch} is commit {checksum} in {}",
            folder.display()
        ));
        written.push(json!({ "branch": branch, "commit": checksum, "image": layers.manifest }));
    }
    repository.summarise().map_err(failed)?;
    Ok(written)
}
