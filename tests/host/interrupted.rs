//! Updates that something breaks: the line, the power, a full disk, another update.

use std::fs;
use std::time::{Duration, Instant};

use terroir::host::{Lock, Machine};

use crate::foreign::{Member, file};
use crate::site::{Site, base};
use crate::support::registry::{Lie, faults};

/// A layer of so many bytes that do not compress.
pub(crate) fn large(bytes: usize) -> Vec<Member> {
    let mut state = 7_u64;
    let noise = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b' ' + u8::try_from(state >> 58).unwrap_or(0))
    });
    let text: String = noise.take(bytes).collect();
    vec![file("/usr/large", 0o644, &text)]
}

#[test]
fn a_cut_line_is_taken_up_again() {
    let Some(site) = Site::new() else { return };
    site.publish("2", &[base(), large(3 << 20)]);
    site.registry
        .become_faulty(faults(|f| f.dropped_downloads = 2));
    site.host(0, &["upgrade"]).expect(0, &["starts next"]);
    assert_eq!(site.registry.faults_left(), 0);
    assert!(
        site.registry
            .requests()
            .iter()
            .any(|one| one.range.is_some())
    );
    site.assert_sound();
}

#[test]
fn what_was_imported_before_the_line_was_cut_stays() {
    let Some(site) = Site::new() else { return };
    let before = site.command_lines();
    let small = vec![file("/usr/small", 0o644, "small")];
    site.publish("2", &[base(), small, large(3 << 20)]);
    // Every blob arrives damaged but those that are known.
    site.registry.become_faulty(faults(|f| f.lie = Lie::Bytes));
    site.host(0, &["upgrade"]).expect(3, &["damaged"]);
    site.registry
        .become_faulty(faults(|f| f.dropped_downloads = 1000));
    site.host(0, &["upgrade"]).expect(3, &[]);
    assert_eq!(site.command_lines(), before);
    site.assert_sound();
    assert_no_rubbish(&site);
    site.registry.become_faulty(Default::default());
    site.host(0, &["upgrade"]).expect(0, &["starts next"]);
}

/// Nothing half written is left in the repository.
fn assert_no_rubbish(site: &Site) {
    let folder = site.sysroot().join("ostree/repo/tmp");
    let names = fs::read_dir(folder).expect("there").filter_map(Result::ok);
    let ours = names.filter(|one| one.file_name().to_string_lossy().starts_with("terroir-"));
    assert_eq!(ours.count(), 0);
}

#[test]
fn a_power_cut_leaves_the_system_that_runs() {
    let Some(site) = Site::new() else { return };
    let before = site.command_lines();
    site.publish("2", &[base(), large(24 << 20)]);
    let mut cut = 0;
    for wait in [0, 20, 60, 120, 200, 300, 450, 650, 900] {
        let mut child = site.start(&["upgrade"]);
        std::thread::sleep(Duration::from_millis(wait));
        let ended = child.try_wait().expect("asked").is_some();
        child.kill().expect("killed");
        child.wait().expect("ended");
        let lines = site.command_lines();
        assert_eq!(lines.last(), before.last(), "after {wait} ms");
        site.assert_sound();
        if ended {
            break;
        }
        cut += 1;
    }
    assert!(cut > 1, "no update was cut off");
    let said = site.host(0, &["upgrade"]);
    assert_eq!(said.code, 0, "{}", said.text);
    assert_eq!(site.command_lines().len(), 2);
    site.assert_sound();
}

#[test]
fn one_update_at_a_time() {
    let Some(site) = Site::new() else { return };
    site.publish("2", &[base(), large(1 << 20)]);
    let machine = Machine::at(&site.sysroot(), 0).expect("a machine");
    let lock = Lock::take(&machine).expect("free");
    let began = Instant::now();
    let said = site.host(0, &["upgrade"]);
    let by = format!(
        "another update is at work on this machine (process {})",
        std::process::id()
    );
    said.expect(3, &[&by]);
    assert!(began.elapsed() < Duration::from_secs(20));
    site.host(0, &["status"]).expect(0, &[]);
    drop(lock);
    site.host(0, &["upgrade"]).expect(0, &["starts next"]);
}

#[test]
fn a_full_disk_leaves_the_system_that_runs() {
    let Some(site) = Site::new() else { return };
    site.publish("2", &[base(), large(3 << 20)]);
    let before = site.command_lines();
    let tmp = site.sysroot().join("ostree/repo/tmp");
    let said = site.short_of_space((&tmp, "1m"), "upgrade");
    assert!(
        said.contains("the disk is full; the system that runs stays"),
        "{said}"
    );
    assert_eq!(site.command_lines(), before);
    site.assert_sound();
    site.host(0, &["upgrade"]).expect(0, &["starts next"]);
}
