//! The program that sets up the network of an image's machines, and the files that it reads.

use std::path::Path;

use crate::bootable::disk::error::Error;
use crate::bootable::disk::own::{NetworkProgram, OwnFile, OwnNetwork};
use crate::bootable::disk::parts::{file, names};
use crate::tree::InRoot;

/// Where units are enabled.
const UNITS: [&str; 2] = ["/etc/systemd/system", "/usr/lib/systemd/system"];
/// What keeps resolv.conf(5), where an image has it.
const RESOLVER: &str = "systemd-resolved.service";
const RESOLVCONF: [&str; 2] = ["/usr/sbin/resolvconf", "/usr/bin/resolvconf"];

/// A program, and by what an image is known to use it.
struct Known {
    program: NetworkProgram,
    file: &'static str,
    /// The unit that has to be enabled; one that is always started has none.
    unit: Option<&'static str>,
}

/// The programs, those first that tell others what to do.
const KNOWN: [Known; 4] = [
    Known {
        program: NetworkProgram::Netplan,
        file: "/usr/lib/systemd/system-generators/netplan",
        unit: None,
    },
    Known {
        program: NetworkProgram::NetworkManager,
        file: "/usr/sbin/NetworkManager",
        unit: Some("NetworkManager.service"),
    },
    Known {
        program: NetworkProgram::Networkd,
        file: "/usr/lib/systemd/systemd-networkd",
        unit: Some("systemd-networkd.service"),
    },
    Known {
        program: NetworkProgram::Ifupdown,
        file: "/usr/sbin/ifup",
        unit: Some("networking.service"),
    },
];

/// The files for the program that an image uses.
pub(super) fn files(network: &OwnNetwork, system: &Path) -> Result<Vec<OwnFile>, Error> {
    let program = program(system)?;
    let mut forms = network.forms.iter();
    let form = forms.find(|(one, _)| *one == program);
    let mut files = match form.map(|(_, form)| form) {
        Some(Ok(files)) => files.clone(),
        Some(Err(why)) => {
            return Err(refused(
                why.clone(),
                "change the network in the document of the host, or let another program of the image set it up",
            ));
        }
        None => Vec::new(),
    };
    if let Some(text) = &network.resolver
        && needs_resolver(program, system)?
    {
        files.push(OwnFile::public("/etc/resolv.conf", text.clone()));
    }
    Ok(files)
}

/// The program that an image uses.
fn program(system: &Path) -> Result<NetworkProgram, Error> {
    let mut used = Vec::new();
    for known in &KNOWN {
        let is_started = match known.unit {
            None => true,
            Some(unit) => is_enabled(system, unit)?,
        };
        if is_started && file(system, known.file)?.is_some() {
            used.push(known.program);
        }
    }
    match used.as_slice() {
        [] => Err(refused(
            "nothing in the image sets up the network".to_owned(),
            "add netplan, NetworkManager, systemd-networkd or ifupdown to the image and enable it, or leave \
             `network` out",
        )),
        [NetworkProgram::NetworkManager, NetworkProgram::Networkd, ..] => Err(refused(
            "both NetworkManager and systemd-networkd are enabled in the image".to_owned(),
            "disable one of them in the image",
        )),
        [first, ..] => Ok(*first),
    }
}

/// Whether nothing in the image writes resolv.conf(5) of what the program is told.
fn needs_resolver(program: NetworkProgram, system: &Path) -> Result<bool, Error> {
    let is_told = match program {
        NetworkProgram::NetworkManager => true,
        NetworkProgram::Networkd | NetworkProgram::Netplan => false,
        NetworkProgram::Ifupdown => {
            let mut found = false;
            for program in RESOLVCONF {
                found |= file(system, program)?.is_some();
            }
            found
        }
    };
    Ok(!is_told && !is_enabled(system, RESOLVER)?)
}

/// Whether a unit starts by itself.
fn is_enabled(system: &Path, unit: &str) -> Result<bool, Error> {
    let mut inside = InRoot::open(system)?;
    let mask = inside.link(&format!("/etc/systemd/system/{unit}"))?;
    if mask.is_some_and(|target| target == b"/dev/null") {
        return Ok(false);
    }
    for folder in UNITS {
        for wanting in names(system, folder)? {
            let wants = [".wants", ".requires"]
                .iter()
                .any(|end| wanting.ends_with(end));
            if wants
                && names(system, &format!("{folder}/{wanting}"))?
                    .iter()
                    .any(|one| one == unit)
            {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// What an image lacks for its host.
pub(super) fn refused(why: String, hint: &str) -> Error {
    Error::Host {
        why,
        hint: hint.to_owned(),
    }
}
