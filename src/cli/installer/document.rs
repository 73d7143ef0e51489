//! Where the document of the host comes from: a server, a file, the medium, or somebody at the console.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use super::ask::ask;
use super::console::Console;
use super::failure::failure;
use crate::cli::arguments::installer::Install;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::installer::{
    Document, Facts, InstallError, MediumFolder, fill, machine, masked, medium_label, mount_medium,
    named,
};
use crate::process::{Program, run};
use crate::recipe::Sources;
use crate::registry::Page;

/// The document that an installer may have with it.
const CARRIED: &str = "/etc/terroir/host.json";
/// Most bytes of a document.
const MAX_DOCUMENT: u64 = 1 << 20;
/// How often, and after which pauses, a medium is looked for: drivers take their time.
const LOOKS: u32 = 12;
const PAUSE: Duration = Duration::from_secs(5);

/// What becomes of this machine.
pub(super) struct Told {
    /// The document.
    pub document: Document,
    /// The medium, where there is one.
    pub medium: Option<MediumFolder>,
    /// The disk, where somebody chose it at the console.
    pub disk: Option<PathBuf>,
    /// Whether nobody may be there at the end, and the medium would be started again.
    pub leaves_medium: bool,
}

/// What the kernel was started with.
pub(super) fn command_line() -> String {
    fs::read_to_string("/proc/cmdline").unwrap_or_default()
}

/// Waits until the kernel's devices are known.
pub(super) fn settle() -> Result<(), Failure> {
    let settled = run(&Program {
        name: "udevadm",
        arguments: &["settle", "--timeout=60"],
        input: b"",
        search: None,
        limit: Duration::from_secs(90),
    });
    settled
        .map(drop)
        .map_err(|error| Failure::new(Kind::Outside, &error))
}

/// Finds out what becomes of this machine.
pub(super) fn told(session: &Session, arguments: &Install, inside: bool) -> Result<Told, Failure> {
    let line = command_line();
    let carried = || Path::new(CARRIED).is_file().then(|| CARRIED.to_owned());
    let place = arguments
        .document
        .clone()
        .or_else(|| named(&line).filter(|_| arguments.medium.is_none()))
        .or_else(|| carried().filter(|_| arguments.medium.is_none()));
    let medium = match &arguments.medium {
        Some(folder) => Some(MediumFolder::open(folder).map_err(|error| failure(&error))?),
        None if inside => match medium(session, &line) {
            // The document and its image may well come from elsewhere.
            Err(error) if place.is_some() => {
                session.printer.note(&format!("warning: {}", error.message));
                None
            }
            found => found?,
        },
        None => None,
    };
    if let Some(place) = place {
        let (place, text) = fetch(session, &place, &line)?;
        return Ok(Told {
            document: document(session, &place, &text)?,
            leaves_medium: medium_label(&line).is_some(),
            medium,
            disk: None,
        });
    }
    let Some(medium) = medium else {
        let message = format!("nothing names the document of this host, and there is no {CARRIED}");
        return Err(Failure::say(Kind::Usage, message).hint(
            "add terroir.host=http://install.example.org/{mac}.json to the kernel arguments, or start a \
             medium: `terroir installer TARGET -o FILE.iso`",
        ));
    };
    let own = medium.document(&machine(Path::new("/"), &line));
    if let Some((place, text)) = own.map_err(|error| failure(&error))? {
        session.printer.note(&format!("reading {place}"));
        return Ok(Told {
            document: document(session, &place, &text)?,
            medium: Some(medium),
            disk: None,
            leaves_medium: true,
        });
    }
    let mut console = Console::open(inside)?;
    let (document, disk) = ask(
        &mut console,
        &medium.contents,
        arguments.disk_file.as_deref(),
    )?;
    Ok(Told {
        document,
        medium: Some(medium),
        disk: Some(disk),
        leaves_medium: true,
    })
}

/// The medium that the kernel was started from, once its device is there.
fn medium(session: &Session, line: &str) -> Result<Option<MediumFolder>, Failure> {
    let Some(label) = medium_label(line) else {
        return Ok(None);
    };
    session
        .printer
        .note(&format!("looking for the medium {label}"));
    let mut looks = 1;
    loop {
        settle()?;
        match mount_medium(&label) {
            Ok(medium) => return Ok(Some(medium)),
            Err(InstallError::NoMedium(_)) if looks < LOOKS => {
                looks += 1;
                sleep(PAUSE);
            }
            Err(error) => return Err(failure(&error)),
        }
    }
}

/// The document at an address or in a file: its place, and its text.
fn fetch(session: &Session, place: &str, line: &str) -> Result<(String, String), Failure> {
    let is_page = ["http://", "https://"]
        .iter()
        .any(|scheme| place.starts_with(scheme));
    if !is_page {
        let text = fs::read_to_string(place);
        let text = text.map_err(|error| {
            Failure::say(Kind::Usage, format!("{place} cannot be read: {error}"))
        })?;
        return Ok((place.to_owned(), text));
    }
    let facts = Facts::read(Path::new("/"), line);
    let address = fill(place, &facts).map_err(|error| failure(&error))?;
    session.printer.note(&format!("reading {address}"));
    let bytes = Page::at(session.settings(), &address).and_then(|page| page.get(MAX_DOCUMENT));
    let bytes = bytes.map_err(|error| failure(&InstallError::from(error)))?;
    Ok((address, String::from_utf8_lossy(&bytes).into_owned()))
}

fn document(session: &Session, place: &str, text: &str) -> Result<Document, Failure> {
    Document::read(place, text).map_err(|problems| {
        session.keep(&Sources::of(place, &masked(text)));
        let shown = &session.sources();
        session.printer.diagnostics(&problems, shown);
        failure(&InstallError::Document(problems))
    })
}
