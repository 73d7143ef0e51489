//! `terroir prune`: removes unused data from the store.

use std::time::{Duration, SystemTime};

use crate::cli::arguments::store::Prune;
use crate::cli::context::environment::now;
use crate::cli::context::isolation::own_runner;
use crate::cli::context::session::Session;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::output::units::size;
use crate::engine::{Limits, Pruned, prune_caches};
use crate::store;

/// Removes what nothing refers to.
pub(in crate::cli) fn prune(session: &Session, arguments: &Prune) -> Result<(), Failure> {
    let store = match session.store_path()?.join("format").exists() {
        true => session.store()?,
        false => session.reader()?,
    };
    if arguments.check {
        for digest in store
            .check()
            .map_err(|error| Failure::new(Kind::Outside, &error))?
        {
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
        store::Error::Index { .. } => Failure::new(Kind::Outside, &error).hint(
            "what the store may lose is not known without it; build or pull an image, which \
             writes a new one, and prune then",
        ),
        _ => Failure::new(Kind::Outside, &error),
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
