//! `terroir pipeline`: writes the pipeline, and says what it builds and why.

use std::path::{Path, PathBuf};

use super::images::images;
use crate::cli::arguments::options::IsolationKind;
use crate::cli::arguments::pipeline::Pipeline;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::output::file::write_file;
use crate::pipeline::{Image, Settings, State, pipeline as written};
use crate::registry::is_valid_tag;

/// Writes the pipeline of the repository.
pub(in crate::cli) fn pipeline(session: &Session, arguments: &Pipeline) -> Result<(), Failure> {
    if let Some(tag) = arguments.tag.as_deref().filter(|tag| !is_valid_tag(tag)) {
        let message = format!("`{tag}` is not a tag");
        return Err(Failure::say(Kind::Usage, message)
            .hint("a tag has letters, digits, `.`, `_` and `-`, at most 128"));
    }
    let images = images(session, arguments)?;
    let output = arguments.output.as_deref();
    let name = output.and_then(Path::file_name);
    let settings = Settings {
        image: arguments.image.clone(),
        isolation: arguments.isolation.map(|kind| isolation(kind).to_owned()),
        tag: arguments.tag.clone(),
        jobs: usize::try_from(arguments.max_jobs).unwrap_or(usize::MAX),
        file: name
            .unwrap_or("pipeline.yml".as_ref())
            .display()
            .to_string(),
        plan_job: arguments.plan_job.clone(),
    };
    let files = written(&images, &settings)
        .map_err(|error| Failure::new(Kind::Usage, &error).hint(error.hint()))?;
    match (output, files.as_slice()) {
        (Some(output), files) => {
            let folder = output.parent().map(Path::to_path_buf).unwrap_or_default();
            // That which names the others comes last.
            for (name, text) in files.iter().rev() {
                let place: PathBuf = folder.join(name);
                write_file(&place, text)?;
                session
                    .printer
                    .detail(&format!("wrote {}", place.display()));
            }
            images.iter().for_each(|image| tell(session, image));
        }
        (None, [(_, text)]) => session.printer.line(text.trim_end()),
        (None, several) => {
            let message = format!("the pipeline needs {} files", several.len());
            return Err(Failure::say(Kind::Usage, message).hint("name the first one with -o FILE"));
        }
    }
    Ok(())
}

fn isolation(kind: IsolationKind) -> &'static str {
    match kind {
        IsolationKind::Namespaces => "namespaces",
        IsolationKind::SingleId => "single-id",
        IsolationKind::Chroot => "chroot",
    }
}

fn tell(session: &Session, image: &Image) {
    let line = match &image.state {
        State::Fresh(digest) => format!("{:<34} is there: {digest}", image.name),
        State::Stale(why) => format!("{:<34} to build: {why}", image.name),
    };
    session.printer.line(line);
}
