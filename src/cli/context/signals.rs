//! The signals that ask terroir to end.

use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::low_level::emulate_default_handler;

use crate::cli::output::failure::{Failure, Kind};
use crate::sandbox::Stop;

/// How long whatever runs may take to tidy up after a signal.
const TIDY: Duration = Duration::from_secs(20);

/// A watch over the signals that ask terroir to end.
#[derive(Debug)]
pub(in crate::cli) struct Watch {
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
pub(in crate::cli) fn watch_signals(stop: &Stop) -> Result<Watch, Failure> {
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
