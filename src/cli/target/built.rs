//! The image of a recipe, built if necessary.

use std::path::Path;
use std::sync::Arc;

use crate::cli::arguments::options::Compression;
use crate::cli::context::environment::today;
use crate::cli::context::isolation::default_isolation;
use crate::cli::context::runner::plain_runner;
use crate::cli::context::session::Session;
use crate::cli::context::signals::watch_signals;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::Failure;
use crate::cli::repository::load::load;
use crate::engine::{Builder, Built, Outside, Provenance};

/// The image of a recipe, built as far as the store does not have it.
pub(in crate::cli) fn built(
    session: &Session,
    outside: &Outside,
    recipe: &Path,
) -> Result<Arc<Built>, Failure> {
    let flavours = load(session, outside, recipe, &[])?;
    let runner = plain_runner(session, default_isolation(), Some(recipe));
    let codec = Compression::Zstd.codec();
    let builder = Builder::new(outside, codec, session.epoch, Provenance::default())
        .running(runner.clone())
        .auditing(today());
    let watch = watch_signals(&runner.stop)?;
    let built = builder.build(&flavours).map_err(|error| fail(&error))?;
    builder.remember().map_err(|error| fail(&error))?;
    drop(watch);
    Ok(built)
}
