//! How commands of modules are run: what the command line says, and what signals do.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::low_level::emulate_default_handler;

use super::arguments::{Compression, Confinement, IsolationKind};
use super::build::fail;
use super::failure::{Failure, Kind};
use super::repository::load;
use super::session::{Session, codec, today, variable};
use crate::engine::{Builder, Built, Outside, Provenance, Runner};
use crate::recipe::repository_root;
use crate::sandbox::{Isolation, Stop, missing_ids};

/// How long whatever runs may take to tidy up after a signal.
const TIDY: Duration = Duration::from_secs(20);

/// Who carries out the steps of recipes that run commands; `recipe` is the first of them, in whose
/// repository the files of secrets lie.
pub(super) fn runner(
    session: &Session,
    confinement: &Confinement,
    recipe: Option<&Path>,
) -> Runner {
    let isolation = match confinement.isolation {
        Some(IsolationKind::Namespaces) => Isolation::Namespaces,
        Some(IsolationKind::SingleId) => Isolation::SingleId,
        Some(IsolationKind::Chroot) => Isolation::Chroot,
        None => default_isolation(),
    };
    let mut runner = said(session, isolation, recipe);
    runner.limit = Duration::from_secs(confinement.step_timeout);
    runner.size_limit = confinement.step_size_limit;
    runner.tells = true;
    runner
}

/// How commands are confined where nobody says so.
pub(super) fn default_isolation() -> Isolation {
    match missing_ids() {
        Some(_) => Isolation::SingleId,
        None => Isolation::Namespaces,
    }
}

/// The image of a recipe, built as far as the store does not have it.
pub(super) fn built(
    session: &Session,
    outside: &Outside,
    recipe: &Path,
) -> Result<Arc<Built>, Failure> {
    let flavours = load(session, outside, recipe, &[])?;
    let runner = said(session, default_isolation(), Some(recipe));
    let codec = codec(Compression::Zstd);
    let builder = Builder::new(outside, codec, session.epoch, Provenance::default())
        .running(runner.clone())
        .auditing(today());
    let watch = watch_signals(&runner.stop)?;
    let built = builder.build(&flavours).map_err(|error| fail(&error))?;
    builder.remember().map_err(|error| fail(&error))?;
    drop(watch);
    Ok(built)
}

fn said(session: &Session, isolation: Isolation, recipe: Option<&Path>) -> Runner {
    let printer = session.printer.clone();
    let mut runner = Runner::new(isolation);
    if let Some(recipe) = recipe {
        runner.repository = repository_root(recipe);
    }
    runner.environment = Arc::new(variable);
    runner.log = Arc::new(move |label, line| printer.detail(&format!("{label}: {line}")));
    runner
}

/// A watch over the signals that ask terroir to end.
#[derive(Debug)]
pub(super) struct Watch {
    handle: Handle,
    stop: Stop,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.stop.wished() {
            // The signal ends the process as soon as everybody has tidied up.
            thread::sleep(TIDY);
        }
        self.handle.close();
    }
}

/// Lets signals end whatever runs in order, then terroir as if nobody had watched.
pub(super) fn watch_signals(stop: &Stop) -> Result<Watch, Failure> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])
        .map_err(|error| Failure::new(Kind::Outside, &error))?;
    let handle = signals.handle();
    let watch = Watch {
        handle,
        stop: stop.clone(),
    };
    let stop = stop.clone();
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            stop.wish();
            stop.wait(TIDY);
            // It ends the process; should it not, the wish to stop does.
            let _ = emulate_default_handler(signal);
        }
    });
    Ok(watch)
}

/// Who removes what earlier builds of this user left.
pub(super) fn own_runner() -> Runner {
    Runner::new(default_isolation())
}
