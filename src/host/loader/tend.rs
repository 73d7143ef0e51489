//! The boot loader is looked after: seen, decided about, changed, remembered.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::entry::{Partition, uuid};
use super::firmware::{Start, Variables};
use super::operation::Operation;
use super::pair::{Names, OWN, Pair, REMOVABLE, ROLES};
use super::plan::{Decision, Leftovers, Seen, Trial, own};
use crate::host::configuration::{Configuration, LoaderUpdates};
use crate::host::error::Error;
use crate::host::machine::{Lock, Machine};
use crate::host::record::{EventKind, LoaderState, LoaderTrial, State, note_about};

/// Where the ESP is on machines.
const ESP: &str = "efi";
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

/// What there is to look after.
pub(super) enum Found {
    Seen(Box<Seen>, Place),
    /// The boot loader cannot be looked after, for this reason.
    Not(String),
}

/// Where it is.
pub(super) struct Place {
    pub esp: PathBuf,
    pub variables: Variables,
    pub partition: Partition,
    /// The number of this start of the machine, as its kernel made it up.
    pub start: String,
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
    let mut state = State::read(machine)?;
    let (seen, place) = match look(machine, configuration, &state)? {
        Found::Seen(seen, place) => (seen, place),
        Found::Not(why) => return Ok(Tended::Cannot(why)),
    };
    let (decision, operations) = seen.plan();
    let note = |kind, text: &str| {
        let origin = machine.booted()?.origin.as_ref();
        note_about(machine, (kind, now), origin, vec![text.to_owned()])
    };
    let done = match decision {
        Decision::Try(pair) => {
            let text = format!("the next start tries {}", named(&seen.image));
            has_room(&place.esp, &operations)?;
            run(&operations, &place)?;
            // Last: a try that was not begun is not one that failed.
            state.loader.trial = Some(LoaderTrial {
                pair,
                start: place.start.clone(),
                came_up: false,
            });
            state.write(machine)?;
            note(EventKind::LoaderTried, &text)?;
            text
        }
        Decision::Keep(pair) => {
            let kept = seen.folders.get(&own(&pair)).map(named).unwrap_or_default();
            let text = format!("{kept} started this machine and stays");
            // First: what came up is not given up because the rest of this is cut off.
            if let Some(trial) = state.loader.trial.as_mut().filter(|trial| trial.pair == pair) {
                trial.came_up = true;
                state.write(machine)?;
            }
            run(&operations, &place)?;
            state.loader.trial = None;
            state.write(machine)?;
            note(EventKind::LoaderUpdated, &text)?;
            text
        }
        Decision::GiveUp(pair) => {
            let text = "the machine did not come up by the new boot loader when that was tried; the \
                        one before stays"
                .to_owned();
            state.loader.failed = Some(pair);
            state.loader.trial = None;
            state.write(machine)?;
            run(&operations, &place)?;
            note(EventKind::LoaderKept, &text)?;
            text
        }
        _ => {
            run(&operations, &place)?;
            return Ok(Tended::Nothing);
        }
    };
    Ok(Tended::Done(done))
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

/// Looks at the ESP, the firmware and the image.
pub(super) fn look(
    machine: &Machine,
    configuration: &Configuration,
    state: &State,
) -> Result<Found, Error> {
    let not = |why: &str| Ok(Found::Not(why.to_owned()));
    let root = machine.sysroot().path();
    let variables = match Start::of(root) {
        Start::Uefi(variables) => variables,
        Start::Silent => {
            return not(
                "the firmware shows none of its variables (is efivarfs mounted at \
                 /sys/firmware/efi/efivars?), so no boot loader can be tried",
            );
        }
        Start::Other => {
            return not(
                "this machine starts without UEFI; its GRUB was written with the disk, and \
                 terroir does not update it",
            );
        }
    };
    let esp = root.join(ESP);
    let device = |path: &Path| fs::metadata(path).map(|found| found.dev()).ok();
    let is_mounted = !machine.is_live() || device(&esp) != device(root);
    if !esp.join("EFI").is_dir() || !is_mounted {
        return not("the ESP is not mounted at /efi, so its boot loader stays as it is");
    }
    let partition = match machine.is_live() {
        true => partition(&esp)?,
        false => Partition::default(),
    };
    let place = Place {
        variables,
        partition,
        start: fs::read_to_string(root.join("proc/sys/kernel/random/boot_id"))
            .unwrap_or_default()
            .trim()
            .to_owned(),
        esp,
    };
    let of_image = Pair::of_image(machine.root())?;
    let seen = see(&place, of_image, &state.loader, configuration.boot_loader)?;
    Ok(Found::Seen(Box::new(seen), place))
}

/// Looks at the ESP and the firmware.
pub(super) fn see(
    place: &Place,
    (names, image): (Names, Pair),
    state: &LoaderState,
    updates: LoaderUpdates,
) -> Result<Seen, Error> {
    let esp = &place.esp;
    let leftovers = leftovers(esp, &names)?;
    let own_folders = leftovers.own.keys().map(|id| own(id));
    let mut folders = BTreeMap::new();
    for folder in own_folders.chain([REMOVABLE.to_owned(), names.vendor.clone()]) {
        let found = Pair::on_esp(esp, &folder, &names)?;
        folders.extend(found.map(|pair| (folder, pair)));
    }
    let trial = state.trial.as_ref().map(|trial| Trial {
        pair: trial.pair.clone(),
        same_start: trial.start == place.start,
        came_up: trial.came_up,
    });
    Ok(Seen {
        names,
        image,
        folders,
        leftovers,
        firmware: place.variables.read()?,
        partition: place.partition,
        trial,
        failed: state.failed.clone(),
        updates,
    })
}

fn run(operations: &[Operation], place: &Place) -> Result<(), Error> {
    let mut operations = operations.iter();
    operations.try_for_each(|one| one.run(&place.esp, &place.variables))
}

/// A pair in words.
pub(super) fn named(pair: &Pair) -> String {
    let or_unknown = |version: Option<String>| version.unwrap_or_else(|| "?".to_owned());
    let (shim, grub) = pair.versions();
    format!("shim {} with GRUB {}", or_unknown(shim), or_unknown(grub))
}

/// What lies below EFI/terroir, and half written files elsewhere.
fn leftovers(esp: &Path, names: &Names) -> Result<Leftovers, Error> {
    let efi = esp.join("EFI");
    let mut found = Leftovers::default();
    for id in listed(&efi.join(OWN))? {
        let files = listed(&efi.join(own(&id)))?;
        found.own.insert(id, files);
    }
    for folder in [REMOVABLE, names.vendor.as_str()] {
        for role in ROLES {
            let half = format!("EFI/{folder}/{}.new", names.name(folder, role));
            if esp.join(&half).exists() {
                found.halves.push(half);
            }
        }
    }
    Ok(found)
}

/// The names in a folder, in order; none where there is no such folder.
fn listed(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(Error::file("reading", folder))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(Error::file("reading", folder))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
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

/// The partition that a folder is the mounted file system of.
fn partition(folder: &Path) -> Result<Partition, Error> {
    let device = fs::metadata(folder).map_err(Error::file("reading", folder))?;
    let device = device.dev();
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    let about = PathBuf::from(format!("/sys/dev/block/{major}:{minor}"));
    let number = |name: &str| {
        let text = fs::read_to_string(about.join(name)).ok()?;
        text.trim().parse::<u64>().ok()
    };
    let found = || {
        // Sizes are in units of 512 bytes there, and in blocks of the disk for the firmware.
        let block = number("../queue/logical_block_size").unwrap_or(512).max(512) / 512;
        Some(Partition {
            number: number("partition")?.try_into().ok()?,
            start: number("start")? / block,
            size: number("size")? / block,
            uuid: identity(device)?,
        })
    };
    found().ok_or_else(|| {
        let folder = folder.display();
        Error::State(format!("{folder} is on no partition of a GPT that is known by its id"))
    })
}

/// The identity of the partition that is a device.
fn identity(device: u64) -> Option<[u8; 16]> {
    let links = fs::read_dir("/dev/disk/by-partuuid").ok()?;
    links.filter_map(Result::ok).find_map(|link| {
        let found = fs::metadata(link.path()).ok()?;
        let name = link.file_name().into_string().ok()?;
        uuid(&name).filter(|_| found.rdev() == device)
    })
}
