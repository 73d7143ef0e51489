//! The image of a recipe, built if need be.

use std::path::Path;
use std::sync::Arc;

use super::arguments_options::Compression;
use super::engine_failure::fail;
use super::environment::today;
use super::failure::Failure;
use super::isolation::default_isolation;
use super::repository::load;
use super::runner::plain_runner;
use super::session::Session;
use super::signals::watch_signals;
use crate::engine::{Builder, Built, Outside, Provenance};

/// The image of a recipe, built as far as the store does not have it.
pub(super) fn built(
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
