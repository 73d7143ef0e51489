//! A machine with an ESP and firmware, as far as its boot loader goes.

use std::fs;
use std::path::{Path, PathBuf};

use crate::host::configuration::LoaderUpdates;
use crate::host::loader::entry::{self, Partition};
use crate::host::loader::firmware::{Start, Variables};
use crate::host::loader::look::{Place, see};
use crate::host::loader::operation::Operation;
use crate::host::loader::pair::{Names, Pair, REMOVABLE, ROLES, Role};
use crate::host::loader::plan::Decision;
use crate::host::loader::sbat::tests::program;
use crate::host::record::{LoaderState, LoaderTrial};

const GLOBAL: &str = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
pub(super) const VENDOR: &str = "debian";

/// A machine with an ESP and firmware.
pub(super) struct World {
    folder: tempfile::TempDir,
    pub state: LoaderState,
    pub start: u32,
    pub image: Pair,
    pub updates: LoaderUpdates,
    /// The pair that does not start the machine.
    pub broken: Option<Pair>,
}

fn names() -> Names {
    Names {
        vendor: VENDOR.to_owned(),
        suffix: "x64",
    }
}

/// A folder in memory, where there is one: every step is forced to the disk.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    match memory.is_dir() {
        true => tempfile::tempdir_in(memory).expect("a folder"),
        false => tempfile::tempdir().expect("a folder"),
    }
}

/// A pair of a version; its shim demands GRUB of that generation.
pub(super) fn pair(version: &str, generation: u32) -> Pair {
    let sbat =
        format!("sbat,1,x,x,1,x\ngrub,{generation},FSF,grub,1,x\ngrub.t,1,T,grub2,{version},x\n");
    let shim = format!("sbat,1,x,x,1,x\nshim,4,x,shim,1,x\nshim.t,1,T,shim,{version},x\n");
    let level = format!("sbat,1,2025010100\nshim,4\ngrub,{generation}\n");
    Pair {
        shim: program(&shim, Some(&level)),
        grub: program(&sbat, None),
        manager: Some(format!("manager {version}").into_bytes()),
    }
}

impl World {
    /// A machine as it comes from its disk, with one entry that the firmware made.
    pub(super) fn new(old: &Pair, image: &Pair) -> Self {
        let world = Self {
            folder: folder(),
            state: LoaderState::default(),
            start: 1,
            image: image.clone(),
            updates: LoaderUpdates::default(),
            broken: None,
        };
        for folder in [REMOVABLE, VENDOR] {
            let place = world.esp().join("EFI").join(folder);
            fs::create_dir_all(&place).expect("made");
            for role in ROLES {
                let bytes = old.get(role).expect("whole");
                fs::write(place.join(names().name(folder, role)), bytes).expect("written");
            }
        }
        fs::create_dir_all(world.efivars()).expect("made");
        // An entry of the firmware's own: a disk, and no file.
        let mut option = entry::write("disk", &Partition::default(), "");
        let end = option.len() - 4;
        option.truncate(end - 6);
        option.extend([0x7f, 0xff, 4, 0]);
        let length = u16::from_le_bytes([option[4], option[5]]) - 6;
        option[4..6].copy_from_slice(&length.to_le_bytes());
        world.set("Boot0000", &option);
        world.set("BootOrder", &0_u16.to_le_bytes());
        world.set("BootCurrent", &0_u16.to_le_bytes());
        world
    }

    pub(super) fn esp(&self) -> PathBuf {
        self.folder.path().join("efi")
    }

    pub(super) fn efivars(&self) -> PathBuf {
        self.folder.path().join("sys/firmware/efi/efivars")
    }

    pub(super) fn variables(&self) -> Variables {
        match Start::of(self.folder.path()) {
            Start::Uefi(variables) => variables,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn set(&self, name: &str, value: &[u8]) {
        let content = [&[7, 0, 0, 0], value].concat();
        fs::write(self.efivars().join(format!("{name}-{GLOBAL}")), content).expect("written");
    }

    pub(super) fn place(&self) -> Place {
        Place {
            esp: self.esp(),
            variables: self.variables(),
            partition: Partition::default(),
            start: self.start.to_string(),
        }
    }

    pub(super) fn plan(&self) -> (Decision, Vec<Operation>) {
        let image = (names(), self.image.clone());
        let seen = see(&self.place(), image, &self.state, self.updates);
        seen.expect("looked at").plan()
    }

    /// The whole pair in a folder.
    pub(super) fn pair(&self, folder: &str) -> Option<Pair> {
        Pair::on_esp(&self.esp(), folder, &names()).expect("read")
    }

    pub(super) fn copy(&self) -> Self {
        let folder = folder();
        copy(self.folder.path(), folder.path());
        Self {
            folder,
            state: self.state.clone(),
            start: self.start,
            image: self.image.clone(),
            updates: self.updates,
            broken: self.broken.clone(),
        }
    }

    /// The firmware starts what its variables say, once more when that does not work; the folder.
    pub(super) fn boot(&mut self) -> String {
        self.start += 1;
        for _ in 0..3 {
            let variables = self.variables();
            let firmware = variables.read().expect("read");
            variables.set_next(None).expect("removed");
            let mut wanted: Vec<u16> = firmware.next.into_iter().collect();
            wanted.extend(&firmware.order);
            let file = |number: &u16| {
                let path = firmware.entries.get(number)?.path.clone()?;
                let path = path.trim_start_matches("\\EFI\\").replace('\\', "/");
                path.rsplit_once('/').map(|(folder, _)| folder.to_owned())
            };
            let found = wanted.iter().find_map(|number| {
                let folder = file(number).unwrap_or_else(|| REMOVABLE.to_owned());
                let name = names().name(&folder, Role::Shim);
                let is_there = self.esp().join("EFI").join(&folder).join(name).exists();
                is_there.then_some((*number, folder))
            });
            let (number, folder) = found.expect("something starts");
            let pair = self.pair(&folder);
            if pair.is_some() && pair == self.broken {
                continue;
            }
            self.set("BootCurrent", &number.to_le_bytes());
            return folder;
        }
        panic!("the machine does not start any more");
    }

    /// What `terroir host health` does, without the power being cut.
    pub(super) fn tend(&mut self) -> Decision {
        let (decision, operations) = self.plan();
        self.before(&decision);
        let place = self.place();
        for operation in &operations {
            operation.run(&place.esp, &place.variables).expect("done");
        }
        self.after(&decision);
        decision
    }

    /// What is remembered before the steps.
    pub(super) fn before(&mut self, decision: &Decision) {
        match decision {
            Decision::Keep(_) => {
                if let Some(trial) = &mut self.state.trial {
                    trial.came_up = true;
                }
            }
            Decision::GiveUp(pair) => {
                self.state = LoaderState {
                    trial: None,
                    failed: Some(pair.clone()),
                };
            }
            _ => {}
        }
    }

    /// What is remembered after them.
    fn after(&mut self, decision: &Decision) {
        match decision {
            Decision::Try(pair) => {
                self.state.trial = Some(LoaderTrial {
                    pair: pair.clone(),
                    start: self.start.to_string(),
                    came_up: false,
                });
            }
            Decision::Keep(_) => self.state.trial = None,
            _ => {}
        }
    }

    /// Starts and looks after the boot loader until nothing is left to be done.
    pub(super) fn settle(&mut self) -> Decision {
        for _ in 0..6 {
            self.boot();
            let decision = self.tend();
            let is_last = matches!(decision, Decision::Current | Decision::GivenUp);
            if is_last {
                return decision;
            }
        }
        panic!("it does not settle: {:?}", self.plan());
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for entry in fs::read_dir(from).expect("there") {
        let entry = entry.expect("read");
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).expect("copied")),
        }
    }
}
