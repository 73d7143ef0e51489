//! `terroir install`: installs the machine that an installer runs on.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use super::finish::finish;
use crate::cli::arguments::installer::Install;
use crate::cli::bootable::disk::isolation;
use crate::cli::context::platform::host;
use crate::cli::context::runner::plain_runner;
use crate::cli::context::session::Session;
use crate::cli::context::signals::watch_signals;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::{Failure, Kind};
use crate::installer::{
    Document, Facts, InstallError, Installed, MARK, Phase, Report, Say, Token, Work, fill,
    install as write, masked, named, select, wipe, work_in_memory, write_name_servers,
};
use crate::process::{Program, run};
use crate::recipe::Sources;
use crate::registry::{Page, Settings};
use crate::sandbox::Isolation;
use crate::store::Store;

/// The document that an installer may have with it.
const CARRIED: &str = "/etc/terroir/host.json";
/// Most bytes of a document.
const MAX_DOCUMENT: u64 = 1 << 20;
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
            "boot what `terroir installer` makes; --document with --disk-file tries a document on a \
             file that stands for the disk",
        ));
    }
    if inside {
        let written = write_name_servers(Path::new("/"));
        written.map_err(|error| failure(&InstallError::io("writing /etc/resolv.conf")(error)))?;
    }
    let lines = Arc::new(Mutex::new(Vec::new()));
    let document = read(session, arguments.document.as_deref())?;
    let telling = Telling {
        document: &document,
        settings: session.settings(),
        lines: Arc::clone(&lines),
        session,
    };
    if document.wipe {
        clear(&telling, arguments.disk_file.as_deref())?;
        return match inside && arguments.disk_file.is_none() {
            true => finish(document.then),
            false => Ok(()),
        };
    }
    let installed = match &arguments.disk_file {
        Some(file) => onto_file(session, &telling, file),
        None => onto_machine(session, &telling),
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
    match inside && arguments.disk_file.is_none() {
        true => finish(document.then),
        false => Ok(()),
    }
}

type Done = Result<(PathBuf, Installed), Failure>;

/// Installs to the disk of this machine that the document means.
fn onto_machine(session: &Session, telling: &Telling<'_>) -> Done {
    let memory = work_in_memory().map_err(|error| failure(&error))?;
    let disk = look(telling)?;
    let store = Store::open(&memory.join("store"));
    let work = Work {
        store: store.map_err(|error| Failure::new(Kind::Outside, &error))?,
        in_memory: true,
        // The root of an initramfs is one that nothing can be moved away from.
        runner: plain_runner(session, Isolation::Chroot, None),
        settings: session.settings(),
        platform: host(),
        token: Token::read(&command_line()),
        say: telling.say(),
    };
    onto(telling, disk, &work)
}

/// Installs to a file that stands for a disk.
fn onto_file(session: &Session, telling: &Telling<'_>, file: &Path) -> Done {
    let file = stand_in(file)?;
    let work = Work {
        store: session.store()?,
        in_memory: false,
        runner: plain_runner(session, isolation("a disk")?, None),
        settings: session.settings(),
        platform: host(),
        token: Token::read(&command_line()),
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
        let settled = run(&Program {
            name: "udevadm",
            arguments: &["settle", "--timeout=60"],
            input: b"",
            search: None,
            limit: Duration::from_secs(90),
        });
        settled.map_err(|error| Failure::new(Kind::Outside, &error))?;
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

/// What the kernel was started with.
fn command_line() -> String {
    fs::read_to_string("/proc/cmdline").unwrap_or_default()
}

/// Reads the document, from wherever it is.
fn read(session: &Session, named_here: Option<&str>) -> Result<Document, Failure> {
    let line = command_line();
    let carried = || Path::new(CARRIED).is_file().then(|| CARRIED.to_owned());
    let place = named_here
        .map(str::to_owned)
        .or_else(|| named(&line))
        .or_else(carried);
    let Some(place) = place else {
        let message = format!("nothing names the document of this host, and there is no {CARRIED}");
        return Err(Failure::say(Kind::Usage, message).hint(
            "add terroir.host=http://install.example.org/{mac}.json to the kernel arguments",
        ));
    };
    let is_page = ["http://", "https://"]
        .iter()
        .any(|scheme| place.starts_with(scheme));
    let (place, text) = match is_page {
        true => {
            let facts = Facts::read(Path::new("/"), &line);
            let address = fill(&place, &facts).map_err(|error| failure(&error))?;
            session.printer.note(&format!("reading {address}"));
            let bytes =
                Page::at(session.settings(), &address).and_then(|page| page.get(MAX_DOCUMENT));
            let bytes = bytes.map_err(|error| failure(&InstallError::from(error)))?;
            (address, String::from_utf8_lossy(&bytes).into_owned())
        }
        false => {
            let text = fs::read_to_string(&place);
            let read = text.map_err(|error| {
                Failure::say(Kind::Usage, format!("{place} cannot be read: {error}"))
            });
            (place, read?)
        }
    };
    Document::read(&place, &text).map_err(|problems| {
        session.keep(&Sources::of(&place, &masked(&text)));
        let shown = &session.sources();
        session.printer.diagnostics(&problems, shown);
        failure(&InstallError::Document(problems))
    })
}

/// The failure for an error.
fn failure(error: &InstallError) -> Failure {
    let failure = match error {
        InstallError::Engine(error) => fail(error),
        InstallError::Document(_) | InstallError::Address { .. } => {
            Failure::new(Kind::Usage, error)
        }
        InstallError::Disk(_) | InstallError::Platform { .. } => Failure::new(Kind::No, error),
        _ => Failure::new(Kind::Outside, error),
    };
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
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
