//! `terroir push --ostree`: an image as a commit in an OSTree repository that any web server serves.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use crate::bootable::ostree::{Error, Layers, Progress, Repository, STATEMENT, Statement, import};
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::target::record::read_record;
use crate::engine::Outside;
use crate::oci::{BlobSource, Descriptor, Image};
use crate::registry::{Attachment, Reference};

/// A platform of an image in the repository.
pub(super) struct Committed {
    /// The name that leads to the commit.
    branch: String,
    /// What states that the commit is the image.
    statement: Statement,
    /// The platform's manifest.
    manifest: Descriptor,
}

impl Committed {
    /// What was written, for scripts.
    pub(super) fn as_json(&self) -> serde_json::Value {
        let statement = &self.statement;
        json!({
            "branch": self.branch,
            "commit": statement.commit.to_string(),
            "image": statement.image,
        })
    }
}

/// Attaches to the image in each repository of a registry the statement of its commits, which may be
/// there before the image.
pub(super) fn state_commits(
    session: &Session,
    committed: &[Committed],
    references: &[Reference],
) -> Result<(), Failure> {
    let registry = session.registry();
    let mut done: Vec<&Reference> = Vec::new();
    for reference in references {
        if done.iter().any(|known| known.same_repository(reference)) {
            continue;
        }
        for one in committed {
            let attachment = Attachment {
                subject: &one.manifest,
                kind: STATEMENT,
                bytes: &one.statement.write(),
            };
            let attached = registry.attach(reference, &attachment).map_err(|error| {
                let failure = Failure::new(Kind::Outside, &error);
                match error.hint() {
                    Some(hint) => failure.hint(hint),
                    None => failure,
                }
            })?;
            let commit = one.statement.commit;
            session
                .printer
                .detail(&format!("{attached} states {commit}"));
        }
        done.push(reference);
    }
    Ok(())
}

/// Writes every platform of an image into a repository, which is made where there is none.
pub(super) fn push_ostree(
    session: &Session,
    outside: &Outside,
    (image, source): (&Image, &Arc<dyn BlobSource>),
    folder: &Path,
) -> Result<Vec<Committed>, Failure> {
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
        written.push(Committed {
            statement: Statement::new(&layers, &commit.checksum),
            manifest: platform.document.descriptor.clone(),
            branch,
        });
    }
    repository.summarise().map_err(failed)?;
    Ok(written)
}
