//! `terroir install`: installs the machine that an installer runs on.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use super::document::{Told, command_line, settle, told};
use super::failure::failure;
use super::finish::finish;
use crate::cli::arguments::installer::Install;
use crate::cli::bootable::disk::isolation;
use crate::cli::context::platform::host;
use crate::cli::context::runner::plain_runner;
use crate::cli::context::session::Session;
use crate::cli::context::signals::watch_signals;
use crate::cli::output::failure::{Failure, Kind};
use crate::installer::{
    Document, InstallError, Installed, MARK, MediumFolder, Phase, Report, Say, Token, Work,
    install as write, select, wipe, work_in_memory, write_name_servers,
};
use crate::kickstart::Finish;
use crate::registry::Settings;
use crate::sandbox::Isolation;
use crate::store::Store;

/// How often, and after which pauses, a disk is looked for: drivers take their time.
const LOOKS: u32 = 4;
const PAUSE: Duration = Duration::from_secs(5);
/// Most lines that a report has.
const LINES: usize = 100;

/// Installs a machine, or tries a document on a file.
pub(in crate::cli) fn install(session: &Session, arguments: &Install) -> Result<(), Failure> {
    let inside = ["/etc/initrd-release", MARK]
        .iter()
        .all(|path| Path::new(path).is_file());
    if !inside && arguments.disk_file.is_none() {
        let message = "this machine runs no installer, and none of its disks is written to";
        return Err(Failure::say(Kind::Usage, message).hint(
            "boot what `terroir installer` makes; --document or --medium with --disk-file tries a document or \
             a medium on a file that stands for the disk",
        ));
    }
    if inside {
        let written = write_name_servers(Path::new("/"));
        written.map_err(|error| failure(&InstallError::io("writing /etc/resolv.conf")(error)))?;
    }
    let lines = Arc::new(Mutex::new(Vec::new()));
    let told = told(session, arguments, inside)?;
    let document = &told.document;
    let telling = Telling {
        document,
        settings: session.settings(),
        lines: Arc::clone(&lines),
        session,
    };
    if document.wipe {
        clear(&telling, arguments.disk_file.as_deref())?;
        return end(session, arguments, (inside, &told));
    }
    let installed = match &arguments.disk_file {
        Some(file) => onto_file(session, (&telling, &told), file),
        None => onto_machine(session, (&telling, &told)),
    };
    let (disk, installed) = installed?;
    for note in &installed.notes {
        session.printer.note(note);
    }
    session.printer.note(&format!(
        "installed {} with the manifest {} on {}",
        document.image,
        installed.digest,
        disk.display(),
    ));
    telling.post(Phase::Installed, &disk, Some(&installed), None);
    end(session, arguments, (inside, &told))
}

/// Starts the machine again, or switches it off; a file that stood for a disk needs neither.
fn end(
    session: &Session,
    arguments: &Install,
    (inside, told): (bool, &Told),
) -> Result<(), Failure> {
    if !inside || arguments.disk_file.is_some() {
        return Ok(());
    }
    if told.leaves_medium && told.document.then == Finish::Reboot {
        // Firmware may well prefer the medium, which would install again.
        session
            .printer
            .note("the machine is switched off: remove the medium, and start it again");
        return finish(Finish::Poweroff);
    }
    finish(told.document.then)
}

type Done = Result<(PathBuf, Installed), Failure>;

/// Installs to the disk of this machine that the document means.
fn onto_machine(session: &Session, (telling, told): (&Telling<'_>, &Told)) -> Done {
    let memory = work_in_memory().map_err(|error| failure(&error))?;
    let disk = match &told.disk {
        Some(disk) => disk.clone(),
        None => look(telling)?,
    };
    let store = Store::open(&memory.join("store"));
    let work = Work {
        store: store.map_err(|error| Failure::new(Kind::Outside, &error))?,
        in_memory: true,
        // The root of an initramfs is one that nothing can be moved away from.
        runner: plain_runner(session, Isolation::Chroot, None),
        settings: session.settings(),
        platform: host(),
        token: Token::read(&command_line()),
        images: told.medium.as_ref().map(MediumFolder::images),
        say: telling.say(),
    };
    onto(telling, disk, &work)
}

/// Installs to a file that stands for a disk.
fn onto_file(session: &Session, (telling, told): (&Telling<'_>, &Told), file: &Path) -> Done {
    let file = stand_in(file)?;
    let work = Work {
        store: session.store()?,
        in_memory: false,
        runner: plain_runner(session, isolation("a disk")?, None),
        settings: session.settings(),
        platform: host(),
        token: Token::read(&command_line()),
        images: told.medium.as_ref().map(MediumFolder::images),
        say: telling.say(),
    };
    onto(telling, file, &work)
}

/// A file that stands for a disk.
fn stand_in(file: &Path) -> Result<PathBuf, Failure> {
    let is_file = file
        .metadata()
        .is_ok_and(|found| found.is_file() && found.len() > 0);
    if !is_file {
        let message = format!("{} is no file of the size of a disk", file.display());
        let hint = format!("make one: truncate -s 8G {}", file.display());
        return Err(Failure::say(Kind::Usage, message).hint(hint));
    }
    std::path::absolute(file).map_err(|error| Failure::new(Kind::Outside, &error))
}

/// Clears the disk that the document means, or a file that stands for it.
fn clear(telling: &Telling<'_>, file: Option<&Path>) -> Result<(), Failure> {
    let disk = match file {
        Some(file) => stand_in(file)?,
        None => look(telling)?,
    };
    telling.post(Phase::Wiping, &disk, None, None);
    match wipe(&disk) {
        Ok(cleared) => {
            (telling.say())(&format!("{}: {cleared}", disk.display()));
            telling.post(Phase::Wiped, &disk, None, None);
            Ok(())
        }
        Err(error) => {
            telling.fail(&error, Some(&disk));
            Err(Failure::say(failure(&error).kind, ""))
        }
    }
}

fn onto(telling: &Telling<'_>, disk: PathBuf, work: &Work) -> Done {
    let _watch = watch_signals(&work.runner.stop)?;
    let _active = work.runner.stop.active();
    telling.post(Phase::Installing, &disk, None, None);
    let lock = work.store.shared();
    let _lock = lock.map_err(|error| Failure::new(Kind::Outside, &error))?;
    let failed = |error: &InstallError| telling.fail(error, Some(&disk));
    match write(telling.document, &disk, work, &failed) {
        Ok(installed) => Ok((disk, installed)),
        // It was told before anything was cleaned.
        Err(error) => Err(Failure::say(failure(&error).kind, "")),
    }
}

/// Looks for the disk until it is there.
fn look(telling: &Telling<'_>) -> Result<PathBuf, Failure> {
    let mut looks = 1;
    loop {
        settle()?;
        match select(telling.document) {
            Ok(disk) => return Ok(disk),
            Err(InstallError::Disk(_)) if looks < LOOKS => {
                looks += 1;
                sleep(PAUSE);
            }
            Err(error) => {
                telling.fail(&error, None);
                return Err(Failure::say(failure(&error).kind, ""));
            }
        }
    }
}

/// What is told of an installation, on the console and to a server.
struct Telling<'a> {
    session: &'a Session,
    document: &'a Document,
    settings: Settings,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Telling<'_> {
    /// Prints each line, and keeps it for reports.
    fn say(&self) -> Say {
        let (printer, lines) = (self.session.printer.clone(), Arc::clone(&self.lines));
        Arc::new(move |what| {
            printer.note(what);
            keep(&lines, what);
        })
    }

    /// Tells an error, of which nothing is said any more afterwards.
    fn fail(&self, error: &InstallError, disk: Option<&Path>) {
        let text = failure(error).to_string();
        self.session.printer.error(&text);
        keep(&self.lines, &text);
        self.post(
            Phase::Failed,
            disk.unwrap_or(Path::new("")),
            None,
            Some(text.trim()),
        );
    }

    /// Posts a report, where the document says so; one that nobody takes stops nothing.
    fn post(&self, phase: Phase, disk: &Path, installed: Option<&Installed>, error: Option<&str>) {
        let Some(address) = &self.document.report else {
            return;
        };
        let disk = disk.display().to_string();
        let log = self
            .lines
            .lock()
            .map(|lines| lines.clone())
            .unwrap_or_default();
        let report = Report {
            digest: installed.map(|installed| installed.digest.clone()),
            disk: Some(disk).filter(|disk| !disk.is_empty()),
            error: error.map(str::to_owned),
            log,
            ..Report::new(
                phase,
                &self.document.host.value,
                self.document.image.to_string(),
            )
        };
        let token = Token::read(&command_line());
        let token = token.as_ref().and_then(|token| token.to(address));
        if let Err(error) = report.post(self.settings.clone(), (address, token)) {
            let what = format!("warning: the report could not be posted: {error}");
            self.session.printer.note(&what);
        }
    }
}

/// Keeps a line for reports.
fn keep(lines: &Mutex<Vec<String>>, what: &str) {
    if let Ok(mut lines) = lines.lock() {
        if lines.len() == LINES {
            lines.remove(0);
        }
        lines.push(what.to_owned());
    }
}
