//! A boot loader that is updated while the power is cut after every step, and in the middle of it.

mod world;

use std::fs;

use super::operation::Operation;
use super::pair::{Pair, REMOVABLE};
use super::plan::{Decision, own};
use crate::host::configuration::LoaderUpdates;
use world::{VENDOR, World, pair};

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
            assert!(
                known.iter().any(|one| pair.as_ref() == Some(one)),
                "{point}"
            );
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
    assert_eq!(
        world.pair(REMOVABLE),
        Some(old),
        "written before it came up"
    );
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
    assert_eq!(
        fs::read_dir(world.esp().join("EFI/terroir"))
            .expect("there")
            .count(),
        1
    );
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
