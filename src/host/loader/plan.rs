//! What is to be done about the boot loader, decided by what is there.
//!
//! Nothing that a start may need is ever written in place. A new pair goes into a folder of its own and
//! gets an entry of its own, which the firmware tries once. Only when the machine came up by it does
//! the entry come first; from then on that folder is what starts, and the pairs in the other folders,
//! for starts without an entry, can be replaced file by file.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::entry::{self, Partition};
use super::firmware::Firmware;
use super::operation::Operation;
use super::pair::{Names, OWN, Pair, REMOVABLE, ROLES};
use super::sbat::revoked_by;
use crate::host::configuration::LoaderUpdates;
use crate::package::compare_versions;

/// What is there.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub names: Names,
    /// The pair of the running image.
    pub image: Pair,
    /// The pairs in the folders below EFI, as far as they are whole.
    pub folders: BTreeMap<String, Pair>,
    /// Files and folders below EFI/terroir, and what an interrupted run left beside the others.
    pub leftovers: Leftovers,
    pub firmware: Firmware,
    pub partition: Partition,
    /// The pair that was given to the firmware to be tried.
    pub trial: Option<Trial>,
    /// The pair that did not start this machine.
    pub failed: Option<String>,
    pub updates: LoaderUpdates,
}

/// A pair that the firmware was told to try.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    pub pair: String,
    /// Whether this is still the start in which that was done.
    pub same_start: bool,
    /// Whether the machine came up by it.
    pub came_up: bool,
}

/// What may be lying about.
#[derive(Clone, Debug, Default)]
pub(super) struct Leftovers {
    /// Files by each own folder (the id of its pair).
    pub own: BTreeMap<String, Vec<String>>,
    /// Half written files of the other folders.
    pub halves: Vec<String>,
}

/// What becomes of the boot loader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It is the image's.
    Current,
    /// The image's is tried at the next start.
    Waiting,
    /// The image's gets its try at the next start now.
    Try(String),
    /// The one that this start tried comes first from now on.
    Keep(String),
    /// The one that was tried did not come up.
    GiveUp(String),
    /// The image's did not come up before.
    GivenUp,
    /// The image's is older.
    Older,
    /// The firmware would refuse the present one, by this component, once the image's has started.
    NoWayBack(String),
    /// The owner wants none.
    Never,
    /// The ESP has no shim and GRUB where firmware looks for them.
    Unknown,
}

impl Seen {
    /// The folder whose pair started the machine.
    pub(super) fn started(&self) -> String {
        let current = self.firmware.current;
        let entry = current.and_then(|number| self.firmware.entries.get(&number));
        let path = entry.and_then(|entry| {
            let here = entry.partition == Some(self.partition.uuid);
            entry.path.as_deref().filter(|_| here)
        });
        let folder = path.and_then(folder_of);
        let same = |known: &&String| {
            folder
                .as_ref()
                .is_some_and(|folder| folder.eq_ignore_ascii_case(known))
        };
        let known = self.folders.keys().find(same);
        known.cloned().unwrap_or_else(|| REMOVABLE.to_owned())
    }

    /// The pair that started the machine, as far as it is still there.
    pub(super) fn present(&self) -> Option<&Pair> {
        self.folders.get(&self.started())
    }

    /// The entry of an own folder.
    fn entry_of(&self, id: &str) -> Option<u16> {
        let wanted = own(id);
        let mut entries = self.firmware.entries.iter();
        let found = entries.find(|(_, entry)| {
            entry.partition == Some(self.partition.uuid)
                && entry.path.as_deref().and_then(folder_of).as_ref() == Some(&wanted)
        });
        found.map(|(number, _)| *number)
    }

    /// Decides, and says how.
    pub(super) fn plan(&self) -> (Decision, Vec<Operation>) {
        let id = self.image.id();
        let started = self.started();
        let started_own = started.strip_prefix(&format!("{OWN}/"));
        if let Some(trial) = &self.trial {
            let (pair, entry) = (trial.pair.clone(), self.entry_of(&trial.pair));
            if entry.is_some() && self.firmware.next == entry {
                return (Decision::Waiting, Vec::new());
            }
            if trial.came_up {
                let operations = self.keep(&pair);
                return (Decision::Keep(pair), operations);
            }
            if !trial.same_start && started_own != Some(pair.as_str()) {
                let operations = self.forget(&pair);
                return (Decision::GiveUp(pair), operations);
            }
        }
        if let Some(own) = started_own {
            let tried = self.trial.as_ref().is_some_and(|trial| trial.pair == own);
            let is_first = self.firmware.order.first().copied() == self.entry_of(own);
            if tried || own == id || is_first {
                let operations = self.keep(own);
                if !operations.is_empty() {
                    return (Decision::Keep(own.to_owned()), operations);
                }
            }
        }
        let Some(present) = self.present() else {
            return (Decision::Unknown, Vec::new());
        };
        if present.id() == id {
            return (Decision::Current, self.tidy());
        }
        let refused = self.refused(present, &id);
        match refused {
            Some(decision) => (decision, self.tidy()),
            None => (Decision::Try(id), self.attempt()),
        }
    }

    /// Why the image's pair is not tried.
    fn refused(&self, present: &Pair, id: &str) -> Option<Decision> {
        if self.failed.as_deref() == Some(id) {
            return Some(Decision::GivenUp);
        }
        if is_older(&self.image, present) {
            return Some(Decision::Older);
        }
        if self.updates == LoaderUpdates::Never {
            return Some(Decision::Never);
        }
        if self.firmware.is_secure && self.updates != LoaderUpdates::Always {
            let programs = [present.shim.as_slice(), present.grub.as_slice()];
            return revoked_by(&self.image.shim, &programs).map(Decision::NoWayBack);
        }
        None
    }

    /// The image's pair into a folder of its own, and its one try.
    fn attempt(&self) -> Vec<Operation> {
        let id = self.image.id();
        let folder = own(&id);
        let mut operations = Vec::new();
        if self.folders.get(&folder) != Some(&self.image) {
            for role in ROLES {
                operations.extend(self.image.get(role).map(|bytes| Operation::Write {
                    path: format!("EFI/{folder}/{}", self.names.name(&folder, role)),
                    bytes: bytes.to_vec(),
                }));
            }
        }
        let number = self.entry_of(&id).unwrap_or_else(|| self.free_number());
        let shim = self.names.name(&folder, super::pair::Role::Shim);
        let path = format!("\\EFI\\{OWN}\\{id}\\{shim}");
        operations.push(Operation::SetEntry {
            number,
            option: entry::write(&format!("terroir {id}"), &self.partition, &path),
        });
        operations.push(Operation::SetNext(Some(number)));
        operations
    }

    /// A pair that came up comes first, takes the other folders, and the last own one goes.
    fn keep(&self, id: &str) -> Vec<Operation> {
        let (Some(entry), Some(pair)) = (self.entry_of(id), self.folders.get(&own(id))) else {
            return Vec::new();
        };
        let mut operations = Vec::new();
        let others = self.firmware.order.iter().filter(|one| **one != entry);
        let order: Vec<u16> = std::iter::once(entry).chain(others.copied()).collect();
        if order != self.firmware.order {
            operations.push(Operation::SetOrder(order.clone()));
        }
        for folder in [REMOVABLE, self.names.vendor.as_str()] {
            operations.extend(self.replace(folder, pair));
        }
        let old: Vec<&String> = self.leftovers.own.keys().filter(|one| *one != id).collect();
        let numbers: Vec<u16> = old.iter().filter_map(|one| self.entry_of(one)).collect();
        let left: Vec<u16> = order
            .iter()
            .copied()
            .filter(|one| !numbers.contains(one))
            .collect();
        if left != order {
            operations.push(Operation::SetOrder(left));
        }
        for one in old {
            operations.extend(self.forget(one));
        }
        operations.extend(self.leftovers.halves.iter().cloned().map(Operation::Remove));
        operations
    }

    /// What an interrupted run left behind, where no entry is needed.
    fn tidy(&self) -> Vec<Operation> {
        let started = self.started();
        let own_folders = self.leftovers.own.keys();
        let unused = own_folders.filter(|id| {
            let entry = self.entry_of(id);
            own(id) != started && entry.is_none_or(|entry| !self.firmware.order.contains(&entry))
        });
        let mut operations: Vec<Operation> = unused.flat_map(|id| self.forget(id)).collect();
        operations.extend(self.leftovers.halves.iter().cloned().map(Operation::Remove));
        operations
    }

    /// The programs of a folder are replaced, GRUB first: an older shim starts a newer GRUB, while a
    /// newer shim may refuse an older GRUB.
    fn replace(&self, folder: &str, pair: &Pair) -> Vec<Operation> {
        let there = self.folders.get(folder);
        let mut operations = Vec::new();
        for role in ROLES {
            let (old, new) = (there.and_then(|there| there.get(role)), pair.get(role));
            let path = format!("EFI/{folder}/{}", self.names.name(folder, role));
            match new {
                Some(new) if old != Some(new) => {
                    let beside = format!("{path}.new");
                    operations.push(Operation::Write {
                        path: beside.clone(),
                        bytes: new.to_vec(),
                    });
                    operations.push(Operation::Rename {
                        from: beside,
                        to: path,
                    });
                }
                _ => {}
            }
        }
        operations
    }

    /// An own folder goes, with its entry.
    fn forget(&self, id: &str) -> Vec<Operation> {
        let mut operations = Vec::new();
        if let Some(entry) = self.entry_of(id) {
            if self.firmware.next == Some(entry) {
                operations.push(Operation::SetNext(None));
            }
            operations.push(Operation::RemoveEntry(entry));
        }
        let folder = format!("EFI/{}", own(id));
        let files = self.leftovers.own.get(id).into_iter().flatten();
        operations.extend(files.map(|name| Operation::Remove(format!("{folder}/{name}"))));
        operations.push(Operation::RemoveFolder(folder));
        operations
    }

    fn free_number(&self) -> u16 {
        let used = |number: &u16| {
            self.firmware.entries.contains_key(number) || self.firmware.order.contains(number)
        };
        (0..=u16::MAX)
            .find(|number| !used(number))
            .unwrap_or_default()
    }
}

/// The folder of the pair with an id.
pub(super) fn own(id: &str) -> String {
    format!("{OWN}/{id}")
}

/// The folder below EFI of a file that an entry names.
fn folder_of(path: &str) -> Option<String> {
    let path = path.replace('\\', "/");
    let (folder, _) = path.trim_start_matches('/').rsplit_once('/')?;
    let (efi, folder) = folder.split_once('/')?;
    efi.eq_ignore_ascii_case("EFI").then(|| folder.to_owned())
}

/// Whether one of the programs is of an older version; those that do not say theirs are not.
fn is_older(one: &Pair, other: &Pair) -> bool {
    let (one, other) = (one.versions(), other.versions());
    let pairs = [(one.0, other.0), (one.1, other.1)];
    pairs.iter().any(|(one, other)| match (one, other) {
        (Some(one), Some(other)) => compare_versions(one, other) == Ordering::Less,
        _ => false,
    })
}
