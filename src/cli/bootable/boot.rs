//! `terroir boot`: starts a virtual machine from a disk, or from a disk made of an image.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::disk::temporary_disk;
use super::inside::{Tests, telling};
use super::started::{Started, failure, is_disk};
use crate::audit::Format;
use crate::bootable::machine::{
    Acceleration, Firmware, Guest, Report, Tpm, probe, run_on_terminal, wait_until_ready,
};
use crate::cli::arguments::machine_image::Boot;
use crate::cli::context::platform::{host, platforms};
use crate::cli::context::session::Session;
use crate::cli::context::signals::watch_signals;
use crate::cli::output::failure::{Failure, Kind};
use crate::engine::Target;
use crate::recipe::Base;
use crate::registry::is_short;
use crate::sandbox::Stop;

/// The first port that is tried for SSH.
const FIRST_PORT: u16 = 2222;

/// Starts a machine.
pub(in crate::cli) fn boot(session: &Session, arguments: &Boot) -> Result<(), Failure> {
    check(arguments)?;
    is_there(session, &arguments.target)?;
    let stop = Stop::default();
    // The folder goes before a signal ends the process: it is dropped before these two.
    let _watch = watch_signals(&stop)?;
    let _active = stop.active();
    let folder = tempfile::Builder::new()
        .prefix("terroir-boot-")
        .tempdir()
        .map_err(|error| Failure::new(Kind::Outside, &error))?;
    let platform = match &arguments.platform {
        Some(name) => platforms(std::slice::from_ref(name))?.remove(0),
        None => host(),
    };
    let architecture = platform.architecture().to_string();
    let tests = match arguments.test {
        Some(_) => Some(Tests::new(session, arguments, &architecture)?),
        None => None,
    };
    let disk = disk(session, &stop, arguments, folder.path())?;
    session.printer.progress("trying KVM");
    let acceleration = probe(&architecture, folder.path());
    let guest = Guest {
        inside: tests.as_ref().map(|tests| tests.inside.clone()),
        ..guest(arguments, (architecture, acceleration), disk)?
    };
    session.printer.note(&format!(
        "starting a machine by {}; its SSH server is at 127.0.0.1 port {}",
        acceleration.name(),
        guest.ssh_port
    ));
    let started = Started {
        guest: &guest,
        folder: folder.path(),
        stop: &stop,
    };
    match (arguments.until_ready, tests) {
        (_, Some(tests)) => tests.run(session, &started, arguments),
        (Some(seconds), None) => {
            let limit = Duration::from_secs(seconds);
            let report = until_ready(session, &started, (arguments, limit))?;
            tell(session, &report, arguments.format)
        }
        (None, None) => {
            session.printer.note("Ctrl-A X ends it");
            session.printer.clear();
            run_on_terminal(&guest, folder.path(), &|| stop.wished())
                .map_err(|error| failure(&error))
        }
    }
}

/// Refuses options that have no effect.
fn check(arguments: &Boot) -> Result<(), Failure> {
    let ends = arguments.until_ready.is_some() || arguments.test.is_some();
    if arguments.console.is_some() && !ends {
        let message = "without --until-ready or --test the console is the terminal";
        return Err(Failure::say(Kind::Usage, message).hint("leave --console out"));
    }
    let of_readiness = [Format::Text, Format::Json];
    match arguments.test {
        Some(_) => telling(arguments).check(),
        None if of_readiness.contains(&arguments.format) => Ok(()),
        None => {
            let message = format!("readiness is not reported as {}", arguments.format);
            Err(Failure::say(Kind::Usage, message).hint("write text or json"))
        }
    }
}

/// How the names of disks end.
const DISKS: [&str; 4] = [".raw", ".img", ".qcow2", ".vmdk"];

/// Refuses a target that is neither a file, nor in the store, nor in a registry.
fn is_there(session: &Session, target: &str) -> Result<(), Failure> {
    let Target::Base(Base::Image(name)) = Target::parse(target) else {
        return Ok(());
    };
    let is_path = target.starts_with(['/', '.']) || DISKS.iter().any(|end| target.ends_with(end));
    if is_disk(target) || !(is_path || is_short(&name)) {
        return Ok(());
    }
    let tags = session.reader()?.tags();
    let tags = tags.map_err(|error| Failure::new(Kind::Outside, &error))?;
    if tags.iter().any(|(held, _)| *held == name) {
        return Ok(());
    }
    let message = match Path::new(target).is_dir() {
        true => format!("{target} is a folder, and not the file of a disk"),
        false => format!("there is neither a file nor a flavour `{target}`"),
    };
    Err(Failure::say(Kind::Usage, message).hint(
        "`terroir disk` makes a disk, `terroir ls` lists the flavours in the store, and a recipe is \
         named with its .yml",
    ))
}

fn guest(
    arguments: &Boot,
    (architecture, acceleration): (String, Acceleration),
    disk: PathBuf,
) -> Result<Guest, Failure> {
    Ok(Guest {
        architecture,
        disk,
        write: arguments.write,
        seed: arguments.seed.as_deref().map(seed).transpose()?,
        inside: None,
        memory: (arguments.memory >> 20).max(256),
        cpus: arguments.cpus.max(1),
        ssh_port: match arguments.ssh_port {
            Some(port) => port,
            None => free_port(),
        },
        firmware: match (arguments.secure_boot, arguments.bios) {
            (true, _) => Firmware::Secure,
            (_, true) => Firmware::Bios,
            _ => Firmware::Uefi,
        },
        tpm: match &arguments.tpm_state {
            Some(folder) => Some(Tpm::Kept(folder.clone())),
            None => arguments.tpm.then_some(Tpm::New),
        },
        acceleration,
        more: arguments.qemu.clone(),
    })
}

/// The file of a seed, by its whole path.
fn seed(path: &Path) -> Result<PathBuf, Failure> {
    let failed = |error| {
        let failure = Failure::new(Kind::Outside, &error);
        failure.hint(format!("--seed names {}", path.display()))
    };
    std::fs::File::open(path).map_err(failed)?;
    std::path::absolute(path).map_err(failed)
}

/// The disk to start from: a file as it is, or one that is made of an image.
fn disk(
    session: &Session,
    stop: &Stop,
    arguments: &Boot,
    folder: &Path,
) -> Result<PathBuf, Failure> {
    let target = &arguments.target;
    if is_disk(target) {
        let path = std::path::absolute(target);
        return path.map_err(|error| Failure::new(Kind::Outside, &error));
    }
    if arguments.write {
        return Err(Failure::say(
            Kind::Usage,
            "--write keeps what a machine writes to a disk, and a disk that is made of an image goes \
             with the machine",
        )
        .hint("make a disk with `terroir disk` and start that"));
    }
    let disk = folder.join("disk.img");
    temporary_disk(session, stop, (target, arguments.platform.as_ref()), &disk)?;
    Ok(disk)
}

fn until_ready(
    session: &Session,
    started: &Started<'_>,
    (arguments, limit): (&Boot, Duration),
) -> Result<Report, Failure> {
    let console = started.console(arguments);
    session.printer.progress("waiting for the readiness report");
    let wished = || started.stop.wished();
    let report = wait_until_ready(started.guest, started.folder, (&console, limit), &wished);
    report.map_err(|error| failure(&error))
}

/// Prints a report; units that failed are the answer no.
fn tell(session: &Session, report: &Report, format: Format) -> Result<(), Failure> {
    let failed = report.failed_units.join(", ");
    match format {
        Format::Json => session.printer.json(report),
        _ => {
            let mut text = format!("ready after {:.1} s\n", report.boot_time);
            let shown = if failed.is_empty() { "none" } else { &failed };
            let fell_back = match report.fell_back {
                true => "yes: a newer deployment did not start",
                false => "",
            };
            let rows = [
                ("kernel", &*report.kernel),
                ("command line", &report.command_line),
                ("image", &report.image),
                ("digest", &report.digest),
                ("version", &report.version),
                ("deployment", &report.deployment),
                ("fell back", fell_back),
                ("failed units", shown),
            ];
            for (name, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
                // Writing to a text does not fail.
                let _ = writeln!(text, "{name:<13} {value}");
            }
            session.printer.line(text.trim_end());
        }
    }
    match report.failed_units.len() {
        0 => Ok(()),
        1 => Err(Failure::say(Kind::No, format!("the unit {failed} failed"))),
        count => Err(Failure::say(
            Kind::No,
            format!("{count} units failed: {failed}"),
        )),
    }
}

/// A port that nobody listens at, by the tables of the kernel (proc(5)).
fn free_port() -> u16 {
    let mut taken = Vec::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let text = std::fs::read_to_string(table).unwrap_or_default();
        for line in text.lines() {
            let local = line.split_whitespace().nth(1);
            let port = local.and_then(|local| local.rsplit_once(':'));
            taken.extend(port.and_then(|(_, port)| u16::from_str_radix(port, 16).ok()));
        }
    }
    let mut ports = FIRST_PORT..u16::MAX;
    ports
        .find(|port| !taken.contains(port))
        .unwrap_or(FIRST_PORT)
}
