//! A running machine: looked at until what is waited for is there, then ended.

use std::path::Path;
use std::time::{Duration, Instant};

use super::console::{last_lines, read};
use super::error::Error;
use crate::process::Beside;

/// How many lines of a console are shown when something went wrong.
pub(super) const SHOWN: usize = 25;
/// How often a machine is looked at.
pub(super) const POLL: Duration = Duration::from_millis(200);

/// A machine that is about to run.
pub(super) struct Machine<'a> {
    /// The emulator and its arguments.
    pub command: (&'a str, &'a [String]),
    /// The folder for what it keeps while it runs.
    pub folder: &'a Path,
    /// The file of its console.
    pub console: &'a Path,
}

impl Machine<'_> {
    /// Runs it until `look` finds what is waited for, lets `end` end it, and kills it if it still runs.
    /// `look` is told how long it runs already; `stop` tells that somebody wants an end.
    pub(super) fn run<T>(
        &self,
        stop: &dyn Fn() -> bool,
        look: &mut dyn FnMut(Duration) -> Result<Option<T>, Error>,
        end: &mut dyn FnMut(&mut Beside),
    ) -> Result<T, Error> {
        let log = self.folder.join("qemu.log");
        let (program, words) = self.command;
        let mut machine = Beside::start(program, words, &log)?;
        let start = Instant::now();
        loop {
            // What a machine says last, it says before it ends.
            let ended = !machine.runs();
            if let Some(found) = look(start.elapsed())? {
                end(&mut machine);
                return Ok(found);
            }
            if ended || stop() {
                let said = format!("{}\n{}", read(&log), read(self.console));
                return Err(Error::Ended {
                    said: last_lines(&said, SHOWN),
                });
            }
            std::thread::sleep(POLL);
        }
    }
}
