//! `terroir disk`: makes a disk that a machine starts from.

use std::fs::File;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use super::encrypt::{encryption, may_encrypt};
use super::installer::{in_registry, installer};
use super::unfinished::Unfinished;
use crate::bootable::disk::{self, Device, Encryption, Format, Installer, Made, Own};
use crate::cli::arguments::machine_image::{Disk, DiskFormat};
use crate::cli::arguments::options::Compression;
use crate::cli::context::isolation::default_isolation;
use crate::cli::context::random::random;
use crate::cli::context::runner::plain_runner;
use crate::cli::context::session::Session;
use crate::cli::context::signals::watch_signals;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::target::find::find_for;
use crate::cli::target::record::read_record;
use crate::engine::{DiskWish, Reach, Runner, make_disk};
use crate::sandbox::{Isolation, Stop, missing_ids};

/// Makes a disk of one platform of a target.
pub(in crate::cli) fn disk(session: &Session, arguments: &Disk) -> Result<(), Failure> {
    let installer = installer(arguments)?;
    let encryption = encryption(arguments)?;
    if arguments.device {
        return to_device(session, arguments, (encryption, installer));
    }
    may_write(&arguments.output, arguments.overwrite)?;
    let runner = plain_runner(session, isolation("a disk")?, None);
    // What is not finished goes before a signal ends the process: it is dropped before these two.
    let _watch = watch_signals(&runner.stop)?;
    let _active = runner.stop.active();
    let place = &arguments.output;
    let unwritten = |error| unwritten(place, &error);
    let output = Unfinished::new(place).map_err(unwritten)?;
    let wish = DiskWish {
        reference: arguments.target.clone(),
        output: output.path(),
        format: format(arguments),
        size: arguments.size,
        seed: arguments.random_uuids.then(seed).transpose()?,
        encryption,
        installer,
        own: Own::default(),
    };
    let made = make(session, &runner, &wish, arguments.platform.as_ref())?;
    let placed = output.finish(place, arguments.overwrite);
    placed.map_err(unwritten)?;
    tell(session, arguments, &made);
    Ok(())
}

/// Makes a disk of the size of a device and writes it there.
fn to_device(
    session: &Session,
    arguments: &Disk,
    (encryption, installer): (Option<Encryption>, Option<Installer>),
) -> Result<(), Failure> {
    if format(arguments) != Format::Raw {
        return Err(Failure::say(
            Kind::Usage,
            "a device holds a raw disk, no other format",
        ));
    }
    let refused = |error: &disk::Error| Failure::new(Kind::Usage, error);
    let device = Device::open(&arguments.output).map_err(|error| refused(&error))?;
    let runner = plain_runner(session, isolation("a disk")?, None);
    let _watch = watch_signals(&runner.stop)?;
    let _active = runner.stop.active();
    let folder = tempfile::tempdir().map_err(|error| Failure::new(Kind::Outside, &error))?;
    let path = folder.path().join("disk.img");
    File::create(&path).map_err(|error| unwritten(&path, &error))?;
    let wish = DiskWish {
        reference: arguments.target.clone(),
        output: path.clone(),
        format: Format::Raw,
        size: Some(device.size()),
        seed: arguments.random_uuids.then(seed).transpose()?,
        encryption,
        installer,
        own: Own::default(),
    };
    let made = make(session, &runner, &wish, arguments.platform.as_ref())?;
    session.printer.progress("writing to the device");
    device
        .write(&path)
        .map_err(|error| Failure::new(Kind::Outside, &error))?;
    tell(session, arguments, &made);
    Ok(())
}

fn tell(session: &Session, arguments: &Disk, made: &Made) {
    for note in &made.notes {
        session.printer.note(note);
    }
    session.printer.note(&format!(
        "{} is a disk of {} MiB for {} ({})",
        arguments.output.display(),
        made.size >> 20,
        arguments.target,
        made.life_cycle,
    ));
}

/// Makes a raw disk that goes with the folder it is in.
pub(super) fn temporary_disk(
    session: &Session,
    stop: &Stop,
    (target, platform): (&str, Option<&String>),
    path: &Path,
) -> Result<(), Failure> {
    let mut runner = plain_runner(session, isolation("a disk")?, None);
    runner.stop = stop.clone();
    File::create(path).map_err(|error| unwritten(path, &error))?;
    let wish = DiskWish {
        reference: target.to_owned(),
        output: path.to_path_buf(),
        format: Format::Raw,
        size: None,
        seed: None,
        encryption: None,
        installer: None,
        own: Own::default(),
    };
    make(session, &runner, &wish, platform).map(drop)
}

fn make(
    session: &Session,
    runner: &Runner,
    wish: &DiskWish,
    platform: Option<&String>,
) -> Result<Made, Failure> {
    let store = session.store()?;
    let _lock = store
        .shared()
        .map_err(|error| Failure::new(Kind::Outside, &error))?;
    let outside = session
        .outside(store, Reach::Missing, Compression::Zstd)
        .confining(runner.isolation);
    let (chosen, source, _) = find_for(session, &outside, (&wish.reference, platform))?;
    if let Some(encryption) = &wish.encryption {
        session
            .printer
            .progress("looking for what opens an encrypted root");
        may_encrypt(&chosen, source.as_ref(), encryption.method())?;
    }
    let (_, record) = read_record(&chosen, &source, &outside)?;
    let published = record.map(|record| record.reference.clone());
    let reference = followed(&wish.reference, published);
    let installer = wish.installer.clone().map(|installer| Installer {
        follows: in_registry(&reference),
        ..installer
    });
    let wish = DiskWish {
        reference,
        installer,
        ..wish.clone()
    };
    let made = make_disk(&chosen, source.as_ref(), (runner, &outside), &wish);
    made.map_err(|error| fail(&error))
}

/// The image that machines of the disk follow: a registry's under its own name, any other under the
/// one that its recipe publishes it by.
pub(in crate::cli) fn followed(target: &str, published: Option<String>) -> String {
    let local = ["oci:", "oci-archive:"]
        .iter()
        .any(|kind| target.starts_with(kind));
    let recipe = [".yml", ".yaml"].iter().any(|end| target.ends_with(end));
    let published = published.filter(|name| name.contains('/'));
    match published {
        Some(published) if local || recipe || !target.contains('/') => published,
        _ => target.to_owned(),
    }
}

/// Refuses a place that holds something.
fn may_write(path: &Path, overwrite: bool) -> Result<(), Failure> {
    let Ok(found) = path.metadata() else {
        return Ok(());
    };
    let shown = path.display();
    let kind = found.file_type();
    let refused = |what: &str| Failure::say(Kind::Usage, format!("{shown} {what}"));
    if kind.is_block_device() || kind.is_char_device() {
        return Err(refused("is a device, all of which would be overwritten")
            .hint("name a file with -o; with --device --yes the device itself is overwritten"));
    }
    if !kind.is_file() {
        return Err(refused("is there and is not a file").hint("name a new file with -o"));
    }
    match overwrite {
        true => Ok(()),
        false => Err(refused("exists").hint("name a new file with -o, or add --overwrite")),
    }
}

/// How the work is isolated: where the ids of an image's files exist.
pub(in crate::cli) fn isolation(what: &str) -> Result<Isolation, Failure> {
    match (default_isolation(), missing_ids()) {
        (Isolation::SingleId, Some(why)) => {
            let message = format!("{what} has files of several owners: {why}");
            Err(Failure::say(Kind::Outside, message).hint(
                "run `usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER` as root, \
                 or do it as root",
            ))
        }
        (isolation, _) => Ok(isolation),
    }
}

fn format(arguments: &Disk) -> Format {
    let named = arguments.output.extension().and_then(|end| end.to_str());
    match (arguments.format, named) {
        (Some(DiskFormat::Qcow2), _) | (None, Some("qcow2")) => Format::Qcow2,
        (Some(DiskFormat::Vmdk), _) | (None, Some("vmdk")) => Format::Vmdk,
        _ => Format::Raw,
    }
}

/// The error of a file or folder that cannot be written.
pub(in crate::cli) fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    let message = format!("{} cannot be written: {error}", path.display());
    Failure::say(Kind::Outside, message)
}

/// What random identifiers derive from.
fn seed() -> Result<String, Failure> {
    random().map(|number| number.to_string())
}
