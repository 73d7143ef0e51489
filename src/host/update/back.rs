//! The way back to another deployment.

use jiff::Timestamp;

use crate::bootable::ostree::{Deployment, Origin, Sysroot, ostree, ostree_offers};
use crate::host::error::Error;
use crate::host::machine::{Lock, Machine, writable};
use crate::host::record::{EventKind, Failed, State, note_about};

/// What came of going back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rolled {
    /// The update that was to start next was dropped; the running system starts next.
    Dropped(Option<Origin>),
    /// The running system starts next again.
    Stays(Option<Origin>),
    /// Another deployment starts next.
    Back(Option<Origin>),
}

/// Lets the deployment before start next, or the running one when something else would.
pub fn rollback(machine: &Machine, now: Timestamp) -> Result<Rolled, Error> {
    writable(machine)?;
    let _lock = Lock::take(machine)?;
    let booted = machine.booted()?;
    let left = machine.next().and_then(|next| next.origin.clone());
    let rolled = if machine.staged().is_some() {
        admin(machine, &["undeploy", "0"])?;
        Rolled::Dropped(booted.origin.clone())
    } else if machine.booted_index() > 0 {
        make_default(machine, machine.booted_index())?;
        Rolled::Stays(booted.origin.clone())
    } else {
        let Some(other) = machine.menu().get(1) else {
            let why = "there is no other deployment to go back to";
            return Err(Error::State(why.to_owned()));
        };
        make_default(machine, 1)?;
        Rolled::Back(other.origin.clone())
    };
    machine.clear_tries()?;
    let why = vec!["somebody asked for the image before".to_owned()];
    give_up(machine, left.as_ref(), why.clone(), now)?;
    let (Rolled::Dropped(next) | Rolled::Stays(next) | Rolled::Back(next)) = &rolled;
    if let Some(next) = next {
        let mut state = State::read(machine)?;
        state.failed.retain(|one| one.manifest != next.manifest);
        state.write(machine)?;
    }
    let event = (EventKind::RolledBack, now);
    note_about(machine, event, left.as_ref(), why)?;
    Ok(rolled)
}

/// Remembers that an image is not to be taken again unasked.
pub(in crate::host) fn give_up(
    machine: &Machine,
    origin: Option<&Origin>,
    why: Vec<String>,
    now: Timestamp,
) -> Result<(), Error> {
    let Some(origin) = origin else {
        return Ok(());
    };
    let mut state = State::read(machine)?;
    state.fail(Failed {
        manifest: origin.manifest,
        when: now,
        why,
        given_up: true,
    });
    state.write(machine)
}

/// Makes a deployment of the menu the one that starts next.
pub(in crate::host) fn make_default(machine: &Machine, index: usize) -> Result<(), Error> {
    if ostree_offers(&["admin"], "set-default")? {
        return admin(machine, &["set-default", &index.to_string()]);
    }
    if index == machine.booted_index() {
        // Older versions only remove: everything before it in the menu.
        return (0..index).try_for_each(|_| admin(machine, &["undeploy", "0"]));
    }
    let chosen = machine.menu().get(index);
    let chosen = chosen.ok_or_else(|| Error::State(format!("there is no deployment {index}")))?;
    let Some(origin) = &chosen.origin else {
        let why = "the deployment before was not made by terroir; use `ostree admin` for it";
        return Err(Error::State(why.to_owned()));
    };
    machine.sysroot().deploy(&Deployment {
        commit: &chosen.commit,
        arguments: &chosen.arguments,
        origin,
        generator: machine.generator().as_deref(),
        staged: machine.is_live(),
    })?;
    Ok(())
}

/// Runs `ostree admin` with the generator of GRUB's menu.
fn admin(machine: &Machine, arguments: &[&str]) -> Result<(), Error> {
    let program = Sysroot::generator(machine.generator().as_deref())?;
    let environment = [format!("OSTREE_GRUB2_EXEC={}", program.path().display())];
    let options = machine.options();
    let mut all = vec!["admin"];
    all.extend_from_slice(arguments);
    all.extend(options.iter().map(String::as_str));
    ostree(&environment, &all)?;
    Ok(())
}
