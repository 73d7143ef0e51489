//! The boot loader is looked after: decided about, changed, remembered.

use std::path::Path;

use jiff::Timestamp;

use super::firmware::Start;
use super::look::{Found, Place, look};
use super::operation::Operation;
use super::pair::Pair;
use super::plan::{Decision, own};
use crate::host::configuration::Configuration;
use crate::host::error::Error;
use crate::host::machine::{Lock, Machine};
use crate::host::record::{EventKind, LoaderTrial, State, note_about};

/// What the ESP keeps free, in bytes.
const SPARE: u64 = 1 << 20;

/// What was done about the boot loader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tended {
    /// Nothing.
    Nothing,
    /// Nothing can be done, for this reason.
    Cannot(String),
    /// Something, which this says.
    Done(String),
}

/// Lets the boot loader of a machine that is well follow that of its image: a new one is given one try,
/// and is kept once it has started the machine.
pub fn tend(
    machine: &Machine,
    configuration: &Configuration,
    now: Timestamp,
) -> Result<Tended, Error> {
    if machine.staged().is_some() || machine.booted_index() > 0 || machine.tries()?.is_some() {
        return Ok(Tended::Nothing);
    }
    let _lock = Lock::take(machine)?;
    let state = State::read(machine)?;
    let (seen, place) = match look(machine, configuration, &state)? {
        Found::Seen(seen, place) => (seen, place),
        Found::Not(why) => return Ok(Tended::Cannot(why)),
    };
    let (decision, operations) = seen.plan();
    let work = Work {
        machine,
        place,
        operations,
    };
    let done = match decision {
        Decision::Try(pair) => work.attempt(state, pair, &seen.image)?,
        Decision::Keep(pair) => {
            let kept = seen.folders.get(&own(&pair)).map(named).unwrap_or_default();
            work.keep(state, &pair, &kept)?
        }
        Decision::GiveUp(pair) => work.give_up(state, pair)?,
        _ => {
            work.run()?;
            return Ok(Tended::Nothing);
        }
    };
    let (kind, text) = done;
    let origin = machine.booted()?.origin.as_ref();
    note_about(machine, (kind, now), origin, vec![text.clone()])?;
    Ok(Tended::Done(text))
}

/// What is to be done.
struct Work<'a> {
    machine: &'a Machine,
    place: Place,
    operations: Vec<Operation>,
}

impl Work<'_> {
    fn run(&self) -> Result<(), Error> {
        let mut operations = self.operations.iter();
        operations.try_for_each(|one| one.run(&self.place.esp, &self.place.variables))
    }

    /// A new pair gets its try.
    fn attempt(
        &self,
        mut state: State,
        pair: String,
        image: &Pair,
    ) -> Result<(EventKind, String), Error> {
        has_room(&self.place.esp, &self.operations)?;
        self.run()?;
        // Last: a try that was not begun is not one that failed.
        state.loader.trial = Some(LoaderTrial {
            pair,
            start: self.place.start.clone(),
            came_up: false,
        });
        state.write(self.machine)?;
        let text = format!("the next start tries {}", named(image));
        Ok((EventKind::LoaderTried, text))
    }

    /// A pair that started the machine stays.
    fn keep(&self, mut state: State, pair: &str, kept: &str) -> Result<(EventKind, String), Error> {
        let trial = state.loader.trial.as_mut();
        // First: what came up is not given up because the rest of this is cut off.
        if let Some(trial) = trial.filter(|trial| trial.pair == pair) {
            trial.came_up = true;
            state.write(self.machine)?;
        }
        self.run()?;
        state.loader.trial = None;
        state.write(self.machine)?;
        let text = format!("{kept} started this machine and stays");
        Ok((EventKind::LoaderUpdated, text))
    }

    /// A pair that did not start the machine goes.
    fn give_up(&self, mut state: State, pair: String) -> Result<(EventKind, String), Error> {
        state.loader.failed = Some(pair);
        state.loader.trial = None;
        state.write(self.machine)?;
        self.run()?;
        let text = "the machine did not come up by the new boot loader when that was tried; the \
                    one before stays";
        Ok((EventKind::LoaderKept, text.to_owned()))
    }
}

/// Takes a try back that the firmware was told to make, because something else is tried first.
pub(in crate::host) fn withdraw(machine: &Machine) -> Result<(), Error> {
    let mut state = State::read(machine)?;
    if state.loader.trial.is_none() {
        return Ok(());
    }
    if let Start::Uefi(variables) = Start::of(machine.sysroot().path()) {
        variables.set_next(None)?;
    }
    state.loader.trial = None;
    state.write(machine)
}

/// A pair in words.
pub(super) fn named(pair: &Pair) -> String {
    let or_unknown = |version: Option<String>| version.unwrap_or_else(|| "?".to_owned());
    let (shim, grub) = pair.versions();
    format!("shim {} with GRUB {}", or_unknown(shim), or_unknown(grub))
}

/// Refuses to begin what would fill the ESP.
fn has_room(esp: &Path, operations: &[Operation]) -> Result<(), Error> {
    let sizes = operations.iter().map(|one| match one {
        Operation::Write { bytes, .. } => bytes.len() as u64,
        _ => 0,
    });
    let needed = sizes.sum::<u64>() + SPARE;
    let found = rustix::fs::statvfs(esp);
    let found = found.map_err(|errno| Error::file("looking at", esp)(errno.into()))?;
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    match free < needed {
        true => Err(Error::State(format!(
            "the ESP has {free} bytes free, and the new boot loader needs {needed}; remove what is \
             not needed below /efi"
        ))),
        false => Ok(()),
    }
}
