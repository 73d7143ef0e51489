//! A new image is confirmed, or given up for the one before.

use jiff::Timestamp;

use super::checks::problems;
use crate::host::configuration::Configuration;
use crate::host::error::Error;
use crate::host::machine::{Lock, Machine, writable};
use crate::host::record::{EventKind, Failed, State, note_about};
use crate::host::update::{give_up, make_default};

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is to be confirmed.
    Nothing,
    /// The new image works, and is confirmed.
    Healthy,
    /// It does not; the machine is to start again.
    Unhealthy {
        /// What is wrong.
        why: Vec<String>,
        /// How many more times it is tried.
        tries: u32,
    },
    /// It does not, and there is no other deployment to go back to.
    NoWayBack {
        /// What is wrong.
        why: Vec<String>,
    },
    /// The new image was given up, and the one before stays.
    WentBack {
        /// What was wrong.
        why: Vec<String>,
    },
}

/// Confirms a new image, or goes back; does nothing when no new image was started.
pub fn health(
    machine: &Machine,
    configuration: &Configuration,
    now: Timestamp,
) -> Result<Verdict, Error> {
    let Some(tries) = machine.tries()? else {
        return Ok(Verdict::Nothing);
    };
    if machine.staged().is_some() {
        // The count is for what starts next.
        return Ok(Verdict::Nothing);
    }
    writable(machine)?;
    let _lock = Lock::take(machine)?;
    if machine.booted_index() > 0 {
        return went_back(machine, now);
    }
    let origin = machine.booted()?.origin.as_ref();
    let mut state = State::read(machine)?;
    let why = problems(machine, configuration, &state)?;
    if why.is_empty() {
        machine.clear_tries()?;
        note_about(machine, (EventKind::Confirmed, now), origin, Vec::new())?;
        return Ok(Verdict::Healthy);
    }
    note_about(machine, (EventKind::Unhealthy, now), origin, why.clone())?;
    if let Some(origin) = origin {
        state.fail(Failed {
            manifest: origin.manifest,
            when: now,
            why: why.clone(),
            given_up: false,
        });
        state.write(machine)?;
    }
    if machine.menu().len() < 2 {
        machine.clear_tries()?;
        return Ok(Verdict::NoWayBack { why });
    }
    Ok(Verdict::Unhealthy { why, tries })
}

/// The boot loader started an older deployment than the newest: that one stays.
fn went_back(machine: &Machine, now: Timestamp) -> Result<Verdict, Error> {
    let failed = machine
        .menu()
        .first()
        .and_then(|first| first.origin.clone());
    let state = State::read(machine)?;
    let known = failed
        .as_ref()
        .and_then(|origin| state.failure(&origin.manifest));
    let why = match known {
        Some(known) => known.why.clone(),
        None => vec![
            "it did not come so far as to be checked: its kernel did not load, or it stopped or \
             hung while it started"
                .to_owned(),
        ],
    };
    make_default(machine, machine.booted_index())?;
    machine.clear_tries()?;
    give_up(machine, failed.as_ref(), why.clone(), now)?;
    note_about(
        machine,
        (EventKind::WentBack, now),
        failed.as_ref(),
        why.clone(),
    )?;
    Ok(Verdict::WentBack { why })
}
