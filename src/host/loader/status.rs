//! The boot loader as people and scripts see it.

use serde::Serialize;

use super::look::{Found, look};
use super::pair::Pair;
use super::plan::Decision;
use crate::host::configuration::Configuration;
use crate::host::machine::Machine;
use crate::host::record::State;

/// The boot loader of the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Loader {
    /// A word for how it stands.
    pub state: &'static str,
    /// The same in a sentence.
    pub says: String,
    /// What starts the machine.
    pub esp: Option<Versions>,
    /// What the running image has.
    pub image: Option<Versions>,
}

/// Versions of a pair, as it says them itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Versions {
    /// That of shim.
    pub shim: Option<String>,
    /// That of GRUB.
    pub grub: Option<String>,
    /// The name that changes with every byte of them.
    pub pair: String,
}

impl Versions {
    fn of(pair: &Pair) -> Self {
        let (shim, grub) = pair.versions();
        Self {
            shim,
            grub,
            pair: pair.id(),
        }
    }
}

/// Looks at the boot loader; what keeps it from being seen is part of the answer.
pub(in crate::host) fn loader(
    machine: &Machine,
    configuration: &Configuration,
    state: &State,
) -> Loader {
    let found = look(machine, configuration, state);
    let unknown = |says: String| Loader {
        state: "not-updated",
        says,
        ..Loader::default()
    };
    let seen = match found {
        Ok(Found::Seen(seen, _)) => seen,
        Ok(Found::Not(why)) => return unknown(why),
        Err(error) => return unknown(crate::host::error::full(&error)),
    };
    let (decision, _) = seen.plan();
    let (state, says) = in_words(&decision);
    Loader {
        state,
        says,
        esp: seen.present().map(Versions::of),
        image: Some(Versions::of(&seen.image)),
    }
}

fn in_words(decision: &Decision) -> (&'static str, String) {
    let (state, says) = match decision {
        Decision::Current => ("current", "as the running image has it"),
        Decision::Waiting => ("waiting", "the next start tries that of the image"),
        Decision::Try(_) => (
            "to-be-tried",
            "that of the image differs; once the machine is checked, the start after that tries it",
        ),
        Decision::Keep(_) => (
            "being-kept",
            "the new one started this machine and will stay",
        ),
        Decision::GiveUp(_) | Decision::GivenUp => (
            "given-up",
            "that of the image did not start this machine and is not tried again; `terroir host \
             upgrade` gives it another try",
        ),
        Decision::Older => ("newer", "it is newer than that of the image, and stays"),
        Decision::Never => ("never", "it stays as it is, since `boot-loader` is `never`"),
        Decision::Unknown => (
            "not-updated",
            "shim and GRUB are not where firmware looks for them, so they stay as they are",
        ),
        Decision::NoWayBack(component) => {
            let says = format!(
                "that of the image is not tried: its shim lets the firmware refuse the present \
                 one from then on ({component}), so there would be no way back; `boot-loader: \
                 always` in /etc/terroir/host.yml tries it nevertheless"
            );
            return ("no-way-back", says);
        }
    };
    (state, says.to_owned())
}
