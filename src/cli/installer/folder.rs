//! `terroir installer`: writes what machines boot to be installed.

use std::fs;
use std::io;
use std::path::Path;

use super::medium::medium;
use super::place::beside;
use super::target::{chosen, failure, program};
use crate::cli::arguments::installer::Installer;
use crate::cli::arguments::options::Compression;
use crate::cli::bootable::disk::{isolation, unwritten};
use crate::cli::context::runner::plain_runner;
use crate::cli::context::session::Session;
use crate::cli::context::signals::watch_signals;
use crate::cli::output::failure::{Failure, Kind};
use crate::engine::Reach;
use crate::installer::{FolderWish, LISTING, write_folder};

/// Makes an installer of one platform of a target: a folder, or the image of a medium.
pub(in crate::cli) fn installer(session: &Session, arguments: &Installer) -> Result<(), Failure> {
    if is_medium(&arguments.output) {
        return medium(session, arguments);
    }
    for (option, is_there) in [
        ("--inventory", arguments.inventory.is_some()),
        ("--argument", !arguments.argument.is_empty()),
    ] {
        if is_there {
            let message = format!("{option} has no effect on a folder");
            let hint = "it is for a medium, whose name ends in .iso: -o installer.iso";
            return Err(Failure::say(Kind::Usage, message).hint(hint));
        }
    }
    let output = &arguments.output;
    may_write(output, arguments.overwrite)?;
    let program = program(arguments)?;
    let runner = plain_runner(session, isolation("an installer")?, None);
    // The unfinished folder goes before a signal ends the process: it is dropped before these two.
    let _watch = watch_signals(&runner.stop)?;
    let _active = runner.stop.active();
    let unwritten = |error| unwritten(output, &error);
    let unfinished = beside(output).map_err(unwritten)?;
    let store = session.store()?;
    let _lock = store
        .shared()
        .map_err(|error| Failure::new(Kind::Outside, &error))?;
    let outside = session
        .outside(store, Reach::Missing, Compression::Zstd)
        .confining(runner.isolation);
    let chosen = chosen(session, &outside, arguments)?;
    let wish = FolderWish {
        reference: chosen.reference,
        program,
        into: unfinished.path().to_path_buf(),
        boot: None,
    };
    session.printer.progress("making kernel and initramfs");
    let made = write_folder(&chosen.image, &chosen.source, (&runner, &outside), &wish);
    made.map_err(|error| failure(&error))?;
    settle(unfinished.path(), output).map_err(unwritten)?;
    session.printer.note(&format!(
        "{} has the installer of {}; {LISTING} says how it is booted",
        output.display(),
        arguments.target,
    ));
    Ok(())
}

/// Whether a place is that of a medium.
fn is_medium(output: &Path) -> bool {
    let end = output.extension().and_then(|end| end.to_str());
    end.is_some_and(|end| end.eq_ignore_ascii_case("iso"))
}

/// Refuses a place that holds something else than an installer.
fn may_write(output: &Path, overwrite: bool) -> Result<(), Failure> {
    let shown = output.display();
    let Ok(mut entries) = fs::read_dir(output) else {
        return match output.symlink_metadata() {
            Ok(_) => Err(
                Failure::say(Kind::Usage, format!("{shown} is there and is no folder"))
                    .hint("name a new or an empty folder with -o"),
            ),
            Err(_) => Ok(()),
        };
    };
    let is_installer = output.join(LISTING).is_file();
    match (entries.next().is_some(), is_installer, overwrite) {
        (false, ..) | (_, true, true) => Ok(()),
        (_, true, false) => Err(Failure::say(
            Kind::Usage,
            format!("{shown} has an installer already"),
        )
        .hint("add --overwrite, or name a new or an empty folder with -o")),
        _ => Err(
            Failure::say(Kind::Usage, format!("{shown} has other files"))
                .hint("name a new or an empty folder with -o"),
        ),
    }
}

/// Puts what was made in its place: the list last, so that a folder that has one is whole.
fn settle(unfinished: &Path, output: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    match fs::create_dir(output) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    match fs::remove_file(output.join(LISTING)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut names: Vec<_> = fs::read_dir(unfinished)?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<io::Result<_>>()?;
    names.sort_by_key(|name| name == LISTING);
    for name in names {
        let from = unfinished.join(&name);
        fs::set_permissions(&from, fs::Permissions::from_mode(0o644))?;
        fs::File::open(&from)?.sync_all()?;
        fs::rename(from, output.join(&name))?;
    }
    fs::File::open(output)?.sync_all()
}
