//! `terroir lock` and `terroir update`: they write terroir.lock and show what changed.

use std::path::PathBuf;

use serde_json::json;

use super::check::check;
use super::names::refresh;
use super::resolve::{Wanted, ancestry, chosen, resolve};
use super::shown::{print, summary};
use super::summary::markdown;
use super::write::write;
use crate::cli::arguments::lock::{Lock as LockArguments, Update};
use crate::cli::arguments::options::Format;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::output::file::write_file;
use crate::cli::repository::lock::read_lock;
use crate::cli::target::reference::base;
use crate::engine::{Locking, Reach, Rules};
use crate::recipe::{LOCK_FILE, Lock, repository_root};

/// Writes down what recipes take from outside; what is locked stays.
pub(in crate::cli) fn lock(session: &Session, arguments: &LockArguments) -> Result<(), Failure> {
    if arguments.check {
        return check(session, arguments);
    }
    let (recipes, complete) = chosen(&arguments.recipes)?;
    let vendor = arguments.vendor.as_deref();
    let vendor = vendor.map(|text| kept_at(text, &recipes)).transpose()?;
    let wanted = Wanted {
        recipes: &recipes,
        reach: Reach::Missing,
        rules: Rules {
            vendor: arguments.vendor.as_deref().map(base).transpose()?,
            ..Rules::default()
        },
        fetching: false,
        confinement: &arguments.confinement,
    };
    let resolved = resolve(session, &wanted)?;
    let whole = match complete && resolved.failed.is_empty() {
        true => None,
        false => Some(ancestry(&resolved.flavours)),
    };
    let written = write(session, &resolved, (whole, vendor))?;
    match arguments.print.format {
        Format::Json => session.printer.json(&json!({ "changes": written.changes })),
        Format::Text => {
            if session.global.verbose > 0 {
                print(session, &written.changes);
            }
            session.printer.line(summary(&written.lock));
        }
    }
    resolved.conclude(session)
}

/// Looks for newer bases and packages, and shows what is different.
pub(in crate::cli) fn update(session: &Session, arguments: &Update) -> Result<(), Failure> {
    let (recipes, _) = chosen(&[])?;
    let root = recipes.first().map(|one| repository_root(one));
    let root = root.unwrap_or_default();
    let old = read_lock(session, &root)?.unwrap_or_default();
    if old.is_empty() {
        let message = format!("{} locks nothing yet", root.join(LOCK_FILE).display());
        return Err(Failure::say(Kind::Usage, message).hint("terroir lock writes it"));
    }
    let wanted = Wanted {
        recipes: &recipes,
        reach: Reach::Newer,
        rules: Rules {
            refresh: refresh(&old, &arguments.names, &root)?,
            ..Rules::default()
        },
        fetching: false,
        confinement: &arguments.confinement,
    };
    let resolved = resolve(session, &wanted)?;
    let whole = match resolved.failed.is_empty() {
        true => None,
        false => Some(ancestry(&resolved.flavours)),
    };
    let written = write(session, &resolved, (whole, None))?;
    if let Some(file) = &arguments.summary {
        write_file(file, &markdown(&written.changes, &resolved.failed))?;
    }
    match arguments.print.format {
        Format::Json => session.printer.json(&json!({ "changes": written.changes })),
        Format::Text if written.changes.is_empty() => session.printer.note("nothing is newer"),
        Format::Text => print(session, &written.changes),
    }
    resolved.conclude(session)
}

/// Where packages are kept, as the lock names it: local places relative to the repository.
fn kept_at(text: &str, recipes: &[PathBuf]) -> Result<String, Failure> {
    let base = base(text)?;
    let root = recipes.first().map(|one| repository_root(one));
    let root = root.unwrap_or_default();
    let locking = Locking::new(&root, Lock::default(), Rules::default());
    Ok(locking.name(&base).unwrap_or_default())
}
