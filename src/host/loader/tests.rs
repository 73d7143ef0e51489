//! A boot loader that is updated while the power is cut after every step, and in the middle of it.

use std::fs;
use std::path::{Path, PathBuf};

use super::entry::{self, Partition};
use super::firmware::{Start, Variables};
use super::operation::Operation;
use super::pair::{Names, Pair, REMOVABLE, ROLES, Role};
use super::plan::{Decision, own};
use super::sbat::tests::program;
use super::tend::{Place, see};
use crate::host::configuration::LoaderUpdates;
use crate::host::record::{LoaderState, LoaderTrial};

const GLOBAL: &str = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
const VENDOR: &str = "debian";

/// A machine with an ESP and firmware.
struct World {
    folder: tempfile::TempDir,
    state: LoaderState,
    start: u32,
    image: Pair,
    updates: LoaderUpdates,
    /// The pair that does not start the machine.
    broken: Option<Pair>,
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
fn pair(version: &str, generation: u32) -> Pair {
    let sbat = format!("sbat,1,x,x,1,x\ngrub,{generation},FSF,grub,1,x\ngrub.t,1,T,grub2,{version},x\n");
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
    fn new(old: &Pair, image: &Pair) -> Self {
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

    fn esp(&self) -> PathBuf {
        self.folder.path().join("efi")
    }

    fn efivars(&self) -> PathBuf {
        self.folder.path().join("sys/firmware/efi/efivars")
    }

    fn variables(&self) -> Variables {
        match Start::of(self.folder.path()) {
            Start::Uefi(variables) => variables,
            other => panic!("{other:?}"),
        }
    }

    fn set(&self, name: &str, value: &[u8]) {
        let content = [&[7, 0, 0, 0], value].concat();
        fs::write(self.efivars().join(format!("{name}-{GLOBAL}")), content).expect("written");
    }

    fn place(&self) -> Place {
        Place {
            esp: self.esp(),
            variables: self.variables(),
            partition: Partition::default(),
            start: self.start.to_string(),
        }
    }

    fn plan(&self) -> (Decision, Vec<Operation>) {
        let image = (names(), self.image.clone());
        let seen = see(&self.place(), image, &self.state, self.updates);
        seen.expect("looked at").plan()
    }

    /// The whole pair in a folder.
    fn pair(&self, folder: &str) -> Option<Pair> {
        Pair::on_esp(&self.esp(), folder, &names()).expect("read")
    }

    fn copy(&self) -> Self {
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
    fn boot(&mut self) -> String {
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
    fn tend(&mut self) -> Decision {
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
    fn before(&mut self, decision: &Decision) {
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
    fn settle(&mut self) -> Decision {
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

/// Cuts the power at every point of the steps that are next, and has the machine live on.
fn cut_everywhere(world: &World, known: [&Pair; 2], last: &Pair) -> usize {
    let (decision, operations) = world.plan();
    let mut points = 0;
    for done in 0..=operations.len() {
        for half in [false, true] {
            let mut cut = world.copy();
            cut.before(&decision);
            let place = cut.place();
            for operation in operations.iter().take(done) {
                operation.run(&place.esp, &place.variables).expect("done");
            }
            match operations.get(done) {
                Some(Operation::Write { path, bytes }) if half => {
                    let path = cut.esp().join(path);
                    fs::create_dir_all(path.parent().expect("below")).expect("made");
                    fs::write(path, &bytes[..bytes.len() / 2]).expect("written");
                }
                _ if half => continue,
                _ => {}
            }
            points += 1;
            let point = format!("after {done} of {operations:#?}");
            // A disk that was copied now has no entries.
            let bare = cut.pair(REMOVABLE).unwrap_or_else(|| panic!("{point}"));
            assert!(known.iter().any(|one| one.shim == bare.shim), "{point}");
            assert!(known.iter().any(|one| one.grub == bare.grub), "{point}");
            if bare.shim == last.shim {
                assert_eq!(bare.grub, last.grub, "an older GRUB {point}");
            }
            // The machine itself starts one whole pair.
            let folder = cut.boot();
            let pair = cut.pair(&folder);
            assert!(known.iter().any(|one| pair.as_ref() == Some(one)), "{point}");
            // And ends where it would have ended.
            cut.start -= 1;
            cut.settle();
            let mut entries = cut.variables().read().expect("read").entries;
            entries.remove(&0);
            assert!(entries.len() <= 1, "{entries:?} {point}");
            for folder in [REMOVABLE, VENDOR] {
                assert_eq!(cut.pair(folder).as_ref(), Some(last), "{folder} {point}");
            }
            let own = fs::read_dir(cut.esp().join("EFI/terroir"));
            let own = own.map_or(0, Iterator::count);
            assert_eq!(own, entries.len(), "{point}");
        }
    }
    points
}

#[test]
fn a_new_pair_is_tried_once_and_kept() {
    let (old, new) = (pair("1.0-1", 4), pair("1.0-2", 4));
    let mut world = World::new(&old, &new);
    assert_eq!(world.boot(), REMOVABLE);
    assert_eq!(world.tend(), Decision::Try(new.id()));
    assert_eq!(world.plan().0, Decision::Waiting);
    assert_eq!(world.pair(REMOVABLE), Some(old), "written before it came up");
    assert_eq!(world.boot(), own(&new.id()));
    assert_eq!(world.tend(), Decision::Keep(new.id()));
    assert_eq!(world.plan(), (Decision::Current, Vec::new()));
    let firmware = world.variables().read().expect("read");
    assert_eq!((firmware.order, firmware.next), (vec![1, 0], None));
    for folder in [REMOVABLE, VENDOR] {
        assert_eq!(world.pair(folder).as_ref(), Some(&new));
    }
    // The next one takes its place in the same way.
    let newest = pair("1.0-10", 4);
    world.image = newest.clone();
    assert_eq!(world.settle(), Decision::Current);
    assert_eq!(world.boot(), own(&newest.id()));
    assert_eq!(fs::read_dir(world.esp().join("EFI/terroir")).expect("there").count(), 1);
    // An image of before does not take it back.
    world.image = new;
    assert_eq!(world.tend(), Decision::Older);
}

#[test]
fn every_cut_leaves_a_whole_pair() {
    let (old, new, newest) = (pair("1", 4), pair("2", 4), pair("3", 4));
    let mut points = 0;
    let mut world = World::new(&old, &new);
    world.boot();
    points += cut_everywhere(&world, [&old, &new], &new);
    world.tend();
    world.boot();
    points += cut_everywhere(&world, [&old, &new], &new);
    world.tend();
    world.image = newest.clone();
    points += cut_everywhere(&world, [&new, &newest], &newest);
    world.tend();
    world.boot();
    points += cut_everywhere(&world, [&new, &newest], &newest);
    // One that does not come up is cleared away at any point as well.
    let mut world = World::new(&old, &new);
    world.broken = Some(new.clone());
    world.boot();
    points += cut_everywhere(&world, [&old, &new], &old);
    world.tend();
    world.boot();
    assert!(matches!(world.plan().0, Decision::GiveUp(_)));
    points += cut_everywhere(&world, [&old, &new], &old);
    assert!(points > 60, "{points} points");
}

#[test]
fn a_pair_that_does_not_start_is_given_up() {
    let (old, new) = (pair("1", 4), pair("2", 4));
    let mut world = World::new(&old, &new);
    world.broken = Some(new.clone());
    assert_eq!(world.settle(), Decision::GivenUp);
    assert_eq!(world.boot(), REMOVABLE);
    assert_eq!(world.state.failed, Some(new.id()));
    // Another one is another matter.
    let newer = pair("3", 4);
    world.image = newer.clone();
    assert_eq!(world.settle(), Decision::Current);
    assert_eq!(world.pair(REMOVABLE), Some(newer));
}

#[test]
fn without_a_way_back_nothing_is_tried() {
    let (old, new) = (pair("1", 4), pair("2", 5));
    let mut world = World::new(&old, &new);
    world.set("SecureBoot", &[1]);
    assert_eq!(world.tend(), Decision::NoWayBack("grub".to_owned()));
    world.updates = LoaderUpdates::Always;
    assert_eq!(world.plan().0, Decision::Try(new.id()));
    world.updates = LoaderUpdates::Never;
    assert_eq!(world.plan().0, Decision::Never);
    world.updates = LoaderUpdates::WithWayBack;
    world.set("SecureBoot", &[0]);
    assert_eq!(world.plan().0, Decision::Try(new.id()));
}

#[test]
fn the_firmware_s_own_tool_reads_the_entries() {
    let (old, new) = (pair("1", 4), pair("2", 4));
    let mut world = World::new(&old, &new);
    world.tend();
    #[expect(clippy::disallowed_methods, reason = "another program is asked")]
    let output = std::process::Command::new("efibootmgr")
        .arg("-v")
        .env("EFIVARFS_PATH", format!("{}/", world.efivars().display()))
        .output();
    let Ok(output) = output else { return };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let id = new.id();
    let wanted = [
        "BootNext: 0001".to_owned(),
        "BootOrder: 0000".to_owned(),
        format!("Boot0001* terroir {id}"),
        format!("File(\\EFI\\terroir\\{id}\\shimx64.efi)"),
    ];
    for words in wanted {
        assert!(text.contains(&words), "no {words:?} in {text}");
    }
}
