//! Cuts of the power at any moment of an update: the disk as it was then, examined and started.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::cut::{Cut, Known, System, copy};
use super::guest::Guest;
use super::images::Images;
use super::write_log::{Unflushed, WriteLog};
use crate::machines::{is_wanted, took};

/// What the update brings beside a file: another initramfs, and another command line.
const SECOND: &str = "modules:
  - type: kargs
    kargs: [terroir.second=1]
  - type: files
    files:
      - { source: files/key.pub, destination: /etc/second, mode: \"0644\" }
      - { source: files/second.conf, destination: /usr/lib/dracut/dracut.conf.d/80-second.conf, mode: \"0644\" }
";

/// The moments of an update, by numbers of requests in the log.
#[derive(Clone, Copy)]
struct Moments {
    begin: usize,
    staged: usize,
    end: usize,
}

/// A machine makes an update and is switched off; all that it writes is in a log.
fn update(images: &Images, disk: &Path, image: &str, log: &Path) -> Moments {
    let file = format!("drive.disk.log.filename={}", log.display());
    let words = [
        "--",
        "-set",
        "drive.disk.format=blklogwrites",
        "-set",
        "drive.disk.log.driver=file",
        "-set",
        &file,
    ];
    File::create(log).expect("writable");
    let mut guest = Guest::start(disk, &images.key(), &words);
    guest.ready();
    guest.run("echo local > /etc/local && sync");
    let begin = WriteLog::count(log);
    guest.run(&format!("terroir {} host switch {image}", images.plain_http()));
    guest.run("sync");
    let staged = WriteLog::count(log);
    guest.off();
    Moments {
        begin,
        staged,
        end: WriteLog::count(log),
    }
}

/// Thirty points: those of the import lie evenly, those of the shutdown before and after flushes.
fn points(log: &WriteLog, moments: Moments) -> Vec<usize> {
    let Moments { begin, staged, end } = moments;
    let mut points = vec![begin, staged, end];
    points.extend((1..10).map(|part| begin + (staged - begin) * part / 10));
    let flushes: Vec<usize> = (staged..end)
        .filter(|index| log.entries[*index].is_flush)
        .collect();
    for part in 0..9 {
        let flush = flushes[flushes.len() * part / 9];
        points.extend([flush, flush + 1]);
    }
    points.sort_unstable();
    points
}

/// The systems of a disk, by the places of their kernels.
fn system(disk: &Path, name: &'static str, place: &Path) -> (String, System) {
    let cut = Cut::new(disk, place);
    let start = cut.start().expect("an entry");
    cut.folder(&format!("{}/usr", start.deployment), place);
    let folder = start.kernel.rsplit_once('/').expect("a folder").0;
    let usr = place.join("usr");
    (folder.to_owned(), System { name, usr })
}

/// Examines a disk; says what starts, or what is wrong.
fn examine(disk: &Path, work: &Path, known: &Known) -> Result<String, String> {
    let copied = work.join("examined.raw");
    copy(disk, &copied);
    let cut = Cut::new(&copied, work);
    let (_, name) = cut
        .starts(known)
        .map_err(|why| format!("as GRUB sees it: {why}"))?;
    cut.check()?;
    let (start, after) = cut
        .starts(known)
        .map_err(|why| format!("after the journal: {why}"))?;
    cut.is_whole(&start, known)?;
    let state = cut.file("/ostree/deploy/terroir/var/lib/terroir-host/host.json");
    if !state.is_empty() && serde_json::from_slice::<serde_json::Value>(&state).is_err() {
        return Err("host.json is not whole".to_owned());
    }
    let tries = start.tries.unwrap_or_default();
    Ok(format!("{name:<4} {after:<4} tries={tries}"))
}

#[test]
fn an_update_survives_a_power_cut_at_any_moment() {
    if !is_wanted("life") {
        return;
    }
    let began = Instant::now();
    let since = |what: &str| took("power", what, began.elapsed().as_secs_f64());
    let images = Images::new();
    images.base("trixie");
    let first = images.tested("first", "base.yml");
    images.publish(&first, "first");
    let pristine = images.disk(&first, "pristine.raw");
    let conf = images.place("recipes/test/files/second.conf");
    std::fs::write(conf, "install_items+=\" /etc/second \"\n").expect("writable");
    let second = images.recipe("second", "first.yml", SECOND);
    let second = images.publish(&second, "second");
    since("the images and the disk");
    let (disk, log) = (images.place("disk.raw"), images.place("log"));
    copy(&pristine, &disk);
    let moments = update(&images, &disk, &second, &log);
    since("the update");

    let work = images.place("work");
    let known: Known = BTreeMap::from([
        system(&pristine, "old", &images.place("old")),
        system(&disk, "new", &images.place("new")),
    ]);
    assert_eq!(known.len(), 2, "{known:?}");
    let log = WriteLog::open(&log);
    let mut wrong = Vec::new();
    let mut table = String::from("point  phase     writes     starts\n");
    let mut done = 0;
    let cut = images.place("cut.raw");
    let base = File::options().write(true).open(&pristine).expect("there");
    for (number, point) in points(&log, moments).into_iter().enumerate() {
        let flushed = log.entries[..point].iter().rposition(|one| one.is_flush);
        let flushed = flushed.unwrap_or(0).max(done);
        log.replay(done, flushed, &base, Unflushed::Kept);
        done = flushed;
        for unflushed in [Unflushed::Kept, Unflushed::Lost(number as u64 + 1)] {
            copy(&pristine, &cut);
            let file = File::options().write(true).open(&cut).expect("there");
            log.replay(done, point, &file, unflushed);
            let phase = match point {
                _ if point <= moments.staged => "import",
                _ => "shutdown",
            };
            let found = examine(&cut, &work, &known);
            let what = format!("{unflushed:?}");
            let shown = found.clone().unwrap_or_else(|why| format!("WRONG {why}"));
            let _ = writeln!(table, "{point:>6} {phase:<9} {what:<10} {shown}");
            if let Err(why) = found {
                wrong.push(format!("{point} {what}: {why}"));
            }
        }
    }
    since(&format!("thirty points\n{table}"));
    assert!(wrong.is_empty(), "{wrong:#?}");
    let _: Vec<PathBuf> = Vec::new();
}
