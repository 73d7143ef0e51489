//! `terroir installer -o FILE.iso`: writes the image of a medium that installs.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::hosts::{Hosts, hosts};
use super::place::beside;
use super::target::{Chosen, chosen, failure, program};
use crate::bootable::disk::missing_for_medium;
use crate::cli::arguments::installer::Installer;
use crate::cli::arguments::options::Compression;
use crate::cli::bootable::disk::{isolation, unwritten};
use crate::cli::bootable::installer::in_registry;
use crate::cli::context::runner::plain_runner;
use crate::cli::context::session::Session;
use crate::cli::context::signals::watch_signals;
use crate::cli::output::failure::{Failure, Kind};
use crate::engine::Reach;
use crate::installer::{
    Carried, Contents, FolderError, FolderWish, MediumImage, MediumWish, WrittenMedium,
    write_folder, write_medium,
};

/// Makes the image of a medium for one platform of a target.
pub(super) fn medium(session: &Session, arguments: &Installer) -> Result<(), Failure> {
    let output = &arguments.output;
    may_write(output, arguments.overwrite)?;
    check_arguments(&arguments.argument)?;
    let program = program(arguments)?;
    missing_for_medium().map_err(|error| failure(&FolderError::from(error)))?;
    let runner = plain_runner(session, isolation("an installer")?, None);
    // The unfinished folder goes before a signal ends the process: it is dropped before these two.
    let _watch = watch_signals(&runner.stop)?;
    let _active = runner.stop.active();
    let unwritten = |error| unwritten(output, &error);
    let unfinished = beside(output).map_err(unwritten)?;
    let [into, boot, work] = folders(unfinished.path()).map_err(unwritten)?;
    let store = session.store()?;
    let _lock = store
        .shared()
        .map_err(|error| Failure::new(Kind::Outside, &error))?;
    let outside = session
        .outside(store, Reach::Missing, Compression::Zstd)
        .confining(runner.isolation);
    let chosen = chosen(session, &outside, arguments)?;
    let hosts = match &arguments.inventory {
        Some(inventory) => hosts(
            session,
            (&outside, &chosen.platform),
            (inventory, arguments),
        )?,
        None => Hosts::default(),
    };
    let wish = FolderWish {
        reference: chosen.reference.clone(),
        program,
        into,
        boot: Some(boot),
    };
    session.printer.progress("making kernel and initramfs");
    let made = write_folder(&chosen.image, &chosen.source, (&runner, &outside), &wish);
    let made = made.map_err(|error| failure(&error))?;
    session.printer.progress("writing the medium");
    let file = unfinished.path().join("medium");
    let written = write_medium(&MediumWish {
        folder: &wish.into,
        made: &made,
        boot: wish.boot.as_deref().unwrap_or(&work),
        work: &work,
        contents: &contents(&chosen, &hosts),
        images: &images(chosen, &hosts),
        documents: &hosts.documents,
        secrets: &hosts.secrets,
        arguments: &arguments.argument,
        output: &file,
    });
    let written = written.map_err(|error| failure(&error))?;
    place(&file, (output, arguments.overwrite)).map_err(unwritten)?;
    tell(session, arguments, (&written, &hosts));
    Ok(())
}

/// The folders of the work.
fn folders(unfinished: &Path) -> io::Result<[PathBuf; 3]> {
    let folders = ["installer", "boot", "work"].map(|name| unfinished.join(name));
    for folder in &folders {
        fs::create_dir(folder)?;
    }
    Ok(folders)
}

/// What is on the medium.
fn contents(chosen: &Chosen, hosts: &Hosts) -> Contents {
    let image = MediumImage {
        reference: chosen.reference.clone(),
        digest: chosen.image.document.descriptor.digest().to_string(),
        follow: in_registry(&chosen.reference).filter(|reference| !reference.contains('@')),
    };
    Contents::new(image, hosts.entries.clone())
}

/// The images: the one of the installer, and those of hosts.
fn images(chosen: Chosen, hosts: &Hosts) -> Vec<Carried> {
    let own = Carried {
        digest: chosen.image.document.descriptor.digest().to_string(),
        image: chosen.image,
        source: chosen.source,
    };
    let others = hosts.images.iter().cloned();
    std::iter::once(own).chain(others).collect()
}

/// Refuses what is not one argument each.
fn check_arguments(arguments: &[String]) -> Result<(), Failure> {
    let is_wrong = |argument: &&String| {
        argument.is_empty() || argument.contains(|c: char| c.is_whitespace() || c.is_control())
    };
    match arguments.iter().find(is_wrong) {
        None => Ok(()),
        Some(wrong) => {
            let message = format!("`{}` is not one kernel argument", wrong.escape_debug());
            let hint = "write each argument by itself: --argument ip=dhcp --argument quiet";
            Err(Failure::say(Kind::Usage, message).hint(hint))
        }
    }
}

/// Refuses a place that holds something.
fn may_write(output: &Path, overwrite: bool) -> Result<(), Failure> {
    let Ok(found) = output.metadata() else {
        return Ok(());
    };
    let shown = output.display();
    match (found.is_file(), overwrite) {
        (true, true) => Ok(()),
        (true, false) => Err(Failure::say(Kind::Usage, format!("{shown} exists"))
            .hint("name a new file with -o, or add --overwrite")),
        (false, _) => Err(
            Failure::say(Kind::Usage, format!("{shown} is there and is not a file"))
                .hint("name a new file with -o; a stick is written from the file: dd if=FILE.iso of=/dev/STICK bs=4M"),
        ),
    }
}

/// Puts the finished file in its place.
fn place(file: &Path, (output, overwrite): (&Path, bool)) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o644))?;
    File::open(file)?.sync_all()?;
    let file = tempfile::TempPath::try_from_path(file)?;
    let placed = match overwrite {
        true => file.persist(output),
        false => file.persist_noclobber(output),
    };
    placed.map_err(|error| error.error)
}

/// Tells what came of it.
fn tell(session: &Session, arguments: &Installer, (written, hosts): (&WrittenMedium, &Hosts)) {
    let printer = &session.printer;
    if !written.by_bios {
        printer.note(
            "the medium starts by UEFI only: the image lacks grub-pc-bin or grub-common, or is not for amd64",
        );
    }
    for name in &hosts.others {
        printer.note(&format!(
            "{name} is not on the medium: another installer than terroir's own installs it"
        ));
    }
    let names: Vec<&str> = hosts.entries.iter().map(|host| &*host.name).collect();
    if !names.is_empty() {
        printer.note(&format!(
            "it installs {} without questions",
            names.join(", ")
        ));
    }
    printer.note(&format!(
        "{} is a medium with the installer of {}; its label is {}",
        arguments.output.display(),
        arguments.target,
        written.label,
    ));
}
