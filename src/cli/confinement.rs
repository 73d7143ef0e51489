//! How commands of modules are run: what the command line says, and what signals do.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::low_level::emulate_default_handler;

use super::arguments::{Confinement, IsolationKind};
use super::failure::{Failure, Kind};
use super::session::{Session, variable};
use crate::build::Runner;
use crate::sandbox::{Isolation, Stop, missing_ids};

/// How long whatever runs may take to tidy up after a signal.
const TIDY: Duration = Duration::from_secs(20);

/// Who carries out the steps that run commands.
pub(super) fn runner(session: &Session, confinement: &Confinement) -> Runner {
    let isolation = match confinement.isolation {
        Some(IsolationKind::Namespaces) => Isolation::Namespaces,
        Some(IsolationKind::SingleId) => Isolation::SingleId,
        Some(IsolationKind::Chroot) => Isolation::Chroot,
        None if missing_ids().is_some() => Isolation::SingleId,
        None => Isolation::Namespaces,
    };
    let printer = session.printer.clone();
    let mut runner = Runner::new(isolation);
    runner.limit = Duration::from_secs(confinement.step_timeout);
    runner.size_limit = confinement.step_size_limit;
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
    Runner::new(match missing_ids() {
        Some(_) => Isolation::SingleId,
        None => Isolation::Namespaces,
    })
}
