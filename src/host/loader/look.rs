//! What there is: the ESP, the firmware, the pair of the image.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::entry::{Partition, uuid};
use super::firmware::{Start, Variables};
use super::pair::{Names, OWN, Pair, REMOVABLE, ROLES};
use super::plan::{Leftovers, Seen, Trial, own};
use crate::host::configuration::{Configuration, LoaderUpdates};
use crate::host::error::Error;
use crate::host::machine::Machine;
use crate::host::record::{LoaderState, State};

/// Where the ESP is on machines.
const ESP: &str = "efi";

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
        let block = number("../queue/logical_block_size")
            .unwrap_or(512)
            .max(512)
            / 512;
        Some(Partition {
            number: number("partition")?.try_into().ok()?,
            start: number("start")? / block,
            size: number("size")? / block,
            uuid: identity(device)?,
        })
    };
    found().ok_or_else(|| {
        let folder = folder.display();
        Error::State(format!(
            "{folder} is on no partition of a GPT that is known by its id"
        ))
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
