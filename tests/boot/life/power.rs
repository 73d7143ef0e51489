//! Cuts of the power at any moment of an update: the disk as it was then, examined and started.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::cut::{Cut, Known, System, copy, partition};
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
#[derive(Clone, Copy, Debug)]
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
        // QEMU's log takes at most 1,022 buffers at once; merged requests have more.
        "-global",
        "virtio-blk-device.request-merging=off",
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
    guest.switch(images, image);
    guest.run("sync");
    let staged = WriteLog::count(log);
    guest.off();
    Moments {
        begin,
        staged,
        end: WriteLog::count(log),
    }
}

/// Thirty points: those of the import lie evenly, those of the shutdown before and after flushes that
/// bring something to /boot, which lies in a range of the disk.
fn points(log: &WriteLog, moments: Moments, boot: Range<u64>) -> Vec<usize> {
    let Moments { begin, staged, end } = moments;
    let mut points = vec![begin, staged, end];
    points.extend((1..10).map(|part| begin + (staged - begin) * part / 10));
    let brings = |index: &usize| {
        let before = log.entries[..*index].iter().rev();
        let mut written = before.take_while(|one| !one.is_flush);
        log.entries[*index].is_flush && written.any(|one| boot.contains(&one.at))
    };
    let flushes: Vec<usize> = (staged..end - 1).filter(brings).collect();
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

/// Examines a disk, of which it changes nothing: which system starts, now and once the journals were
/// replayed, and how many tries it has; or what is wrong. The whole system is looked at only when that
/// is asked for.
fn examine(
    disk: &Path,
    work: &Path,
    (known, whole): (&Known, bool),
) -> Result<(&'static str, String), String> {
    let mut cut = Cut::new(disk, work);
    let (taken, before) = cut
        .starts(known)
        .map_err(|why| format!("as GRUB sees it: {why}"))?;
    cut.check()?;
    let (start, after) = cut
        .starts(known)
        .map_err(|why| format!("after the journal: {why}"))?;
    // GRUB reads no journal, so what it takes may be one step behind; the root must have that, too.
    if whole {
        cut.is_whole(&taken, known)?;
    }
    if whole && start != taken {
        cut.is_whole(&start, known)?;
    }
    let state = cut.file("/ostree/deploy/terroir/var/lib/terroir-host/host.json");
    if !state.is_empty() && serde_json::from_slice::<serde_json::Value>(&state).is_err() {
        return Err("host.json is not whole".to_owned());
    }
    let tries = start.tries.unwrap_or_else(|| "-".to_owned());
    Ok((before, format!("{before:<6} {after:<6} {tries}")))
}

/// Disks that are started, by what they show; each with the system that starts.
type Kept = BTreeMap<&'static str, (PathBuf, &'static str)>;

/// The disks of all points, examined one after the other.
struct Cuts<'a> {
    images: &'a Images,
    log: &'a WriteLog,
    moments: Moments,
    known: &'a Known,
    table: String,
    wrong: Vec<String>,
    kept: Kept,
}

impl Cuts<'_> {
    /// Makes the disk of each point and examines it; keeps five.
    fn everywhere(&mut self) {
        let base = self.images.place("pristine.raw");
        let disk = File::options().write(true).open(&base).expect("there");
        let (start, size) = partition(&base, "boot");
        let mut done = 0;
        let points = points(self.log, self.moments, start..start + size);
        for (number, point) in points.into_iter().enumerate() {
            let before = &self.log.entries[..point];
            let flushed = before.iter().rposition(|one| one.is_flush);
            let flushed = flushed.unwrap_or(0).max(done);
            self.log.replay(done, flushed, &disk, Unflushed::Kept);
            done = flushed;
            self.one((number, done, point), Unflushed::Kept);
            self.one((number, done, point), Unflushed::Lost(number as u64 + 1));
        }
        took("power", &format!("thirty points\n{}", self.table), 0.0);
        assert!(self.wrong.is_empty(), "{:#?}", self.wrong);
    }

    /// Examines the disk of a point, whose writes before another are on it for good.
    fn one(&mut self, (number, done, point): (usize, usize, usize), unflushed: Unflushed) {
        let cut = self.images.place("cut.raw");
        copy(&self.images.place("pristine.raw"), &cut);
        let file = File::options().write(true).open(&cut).expect("there");
        self.log.replay(done, point, &file, unflushed);
        let is_lost = unflushed != Unflushed::Kept;
        let work = self.images.place("work");
        let found = examine(&cut, &work, (self.known, is_lost));
        let what = if is_lost { "lost" } else { "kept" };
        let is_import = point <= self.moments.staged;
        let phase = if is_import { "import" } else { "shutdown" };
        let shown = match &found {
            Ok((_, shown)) => shown.clone(),
            Err(why) => format!("WRONG {why}"),
        };
        let number_shown = number + 1;
        // Writing to a text does not fail.
        let _ = writeln!(
            self.table,
            "{number_shown:>5}  {point:>7}  {phase:<8}  {what:<9}  {shown}"
        );
        match found {
            Ok((name, _)) if is_lost => self.keep(&cut, (number, is_import, name)),
            Ok(_) => {}
            Err(why) => self.wrong.push(format!("{point} {what}: {why}")),
        }
    }

    /// Keeps a disk that is to be started.
    fn keep(&mut self, cut: &Path, (number, is_import, name): (usize, bool, &'static str)) {
        let moment = match (number, name) {
            (0, _) => "before",
            (4, _) => "early",
            (29, _) => "after",
            (_, "old") if !is_import => "in the middle",
            (_, "new") if !self.kept.contains_key("at") => "at",
            _ => return,
        };
        let place = self
            .images
            .place(&format!("{}.raw", moment.replace(' ', "-")));
        copy(cut, &place);
        self.kept.insert(moment, (place, name));
    }
}

/// Starts a disk; one that was cut early makes the update again.
fn starts(images: &Images, (moment, disk, name): (&str, &Path, &str), image: &str) {
    let mut guest = Guest::start(disk, &images.key(), &[]);
    let report = guest.ready();
    let failed = report["failedUnits"].as_array().map(Vec::len);
    assert_eq!(failed, Some(0), "{moment}: {report}");
    let line = report["commandLine"].as_str().expect("a line");
    let is_new = line.contains("terroir.second=1");
    assert_eq!(is_new, name == "new", "{moment}: {report}");
    if moment == "early" {
        guest.switch(images, image);
        guest.run("ostree fsck --quiet");
    }
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
    since(&format!("the update, {moments:?}"));

    let known: Known = BTreeMap::from([
        system(&pristine, "old", &images.place("old")),
        system(&disk, "new", &images.place("new")),
    ]);
    let console = std::fs::read(disk.with_extension("console")).unwrap_or_default();
    let console = String::from_utf8_lossy(&console);
    assert_eq!(known.len(), 2, "{known:?}\n{console}");
    let mut cuts = Cuts {
        images: &images,
        log: &WriteLog::open(&log),
        moments,
        known: &known,
        table: "point  request  of        unflushed  before after  tries\n".to_owned(),
        wrong: Vec::new(),
        kept: Kept::new(),
    };
    cuts.everywhere();
    since("thirty points");
    assert_eq!(cuts.kept.len(), 5, "{:?}", cuts.kept);
    for (moment, (disk, name)) in &cuts.kept {
        starts(&images, (moment, disk, name), &second);
        since(&format!("a start, cut {moment}"));
    }
}
