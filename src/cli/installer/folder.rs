//! `terroir installer`: writes what machines boot to be installed.

use std::fs;
use std::io;
use std::path::Path;

use crate::cli::arguments::installer::Installer;
use crate::cli::arguments::options::Compression;
use crate::cli::bootable::disk::{followed, isolation};
use crate::cli::context::runner::plain_runner;
use crate::cli::context::session::Session;
use crate::cli::context::signals::watch_signals;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::target::find::find_for;
use crate::cli::target::record::read_record;
use crate::engine::Reach;
use crate::installer::{FolderError, FolderWish, LISTING, write_folder};

/// Makes an installer of one platform of a target.
pub(in crate::cli) fn installer(session: &Session, arguments: &Installer) -> Result<(), Failure> {
    let output = &arguments.output;
    may_write(output, arguments.overwrite)?;
    let program = match &arguments.program {
        Some(program) => program.clone(),
        None => std::env::current_exe().map_err(|error| {
            Failure::new(Kind::Outside, &error).hint("name the program with --program")
        })?,
    };
    let runner = plain_runner(session, isolation("an installer")?, None);
    // The unfinished folder goes before a signal ends the process: it is dropped before these two.
    let _watch = watch_signals(&runner.stop)?;
    let _active = runner.stop.active();
    let unwritten = |error: io::Error| {
        let message = format!("{} cannot be written: {error}", output.display());
        Failure::say(Kind::Outside, message)
    };
    let unfinished = beside(output).map_err(unwritten)?;
    let store = session.store()?;
    let _lock = store
        .shared()
        .map_err(|error| Failure::new(Kind::Outside, &error))?;
    let outside = session
        .outside(store, Reach::Missing, Compression::Zstd)
        .confining(runner.isolation);
    let asked = (arguments.target.as_str(), arguments.platform.as_ref());
    let (chosen, source, _) = find_for(session, &outside, asked)?;
    let (_, record) = read_record(&chosen, &source, &outside)?;
    let name = record.as_ref().map(|record| record.flavour().name.clone());
    let published = record.map(|record| record.reference.clone());
    // A path of this machine says nothing elsewhere.
    let reference = match followed(&arguments.target, published) {
        path if path == arguments.target && !path.contains('@') => name.unwrap_or(path),
        known => known,
    };
    let wish = FolderWish {
        reference,
        program,
        into: unfinished.path().to_path_buf(),
    };
    session.printer.progress("making kernel and initramfs");
    write_folder(&chosen, &source, (&runner, &outside), &wish).map_err(|error| failure(&error))?;
    settle(unfinished.path(), output).map_err(unwritten)?;
    session.printer.note(&format!(
        "{} has the installer of {}; {LISTING} says how it is booted",
        output.display(),
        arguments.target,
    ));
    Ok(())
}

fn failure(error: &FolderError) -> Failure {
    let failure = match error {
        FolderError::Engine(error) => fail(error),
        FolderError::Program(_) => Failure::new(Kind::Usage, error),
        FolderError::Io { .. } => Failure::new(Kind::Outside, error),
        _ => Failure::new(Kind::No, error),
    };
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
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

/// A folder for the work, on the same file system as its place.
fn beside(output: &Path) -> io::Result<tempfile::TempDir> {
    let output = std::path::absolute(output)?;
    let parent = output.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(parent)?;
    tempfile::Builder::new()
        .prefix(".terroir-installer-")
        .tempdir_in(parent)
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
