//! What happened on the machine, a line each.

use std::fs::{self, File};
use std::io::{self, Write as _};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bootable::ostree::Origin;
use crate::host::error::Error;
use crate::host::machine::Machine;

/// The file below the machine's state.
const FILE: &str = "history.jsonl";

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// When.
    pub when: Timestamp,
    /// What.
    pub what: EventKind,
    /// The image that it happened to, as somebody named it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub image: String,
    /// The digest of its manifest.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub manifest: String,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<String>,
}

/// The kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// An image was made ready for the next start.
    Staged,
    /// A new image passed its checks.
    Confirmed,
    /// A new image did not pass its checks.
    Unhealthy,
    /// The machine went back to the image before.
    WentBack,
    /// Somebody asked for the image before.
    RolledBack,
    /// A new boot loader gets its one try at the next start.
    LoaderTried,
    /// A new boot loader started the machine, and stays.
    LoaderUpdated,
    /// A new boot loader did not start the machine, and the one before stays.
    LoaderKept,
}

impl EventKind {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Confirmed => "confirmed",
            Self::Unhealthy => "unhealthy",
            Self::WentBack => "went-back",
            Self::RolledBack => "rolled-back",
            Self::LoaderTried => "loader-tried",
            Self::LoaderUpdated => "loader-updated",
            Self::LoaderKept => "loader-kept",
        }
    }
}

/// Adds an event about an image.
pub(in crate::host) fn note_about(
    machine: &Machine,
    (what, when): (EventKind, Timestamp),
    origin: Option<&Origin>,
    why: Vec<String>,
) -> Result<(), Error> {
    let manifest = origin.map(|origin| origin.manifest.to_string());
    let event = Event {
        when,
        what,
        image: origin
            .map(|origin| origin.reference.clone())
            .unwrap_or_default(),
        manifest: manifest.unwrap_or_default(),
        why,
    };
    note(machine, &event)
}

/// Adds an event.
fn note(machine: &Machine, event: &Event) -> Result<(), Error> {
    let folder = machine.state();
    let path = folder.join(FILE);
    let failed = |source| Error::file("writing", &path)(source);
    fs::create_dir_all(&folder).map_err(failed)?;
    let mut line = serde_json::to_string(event).map_err(|error| failed(error.into()))?;
    line.push('\n');
    let open = File::options().create(true).append(true).open(&path);
    let mut file = open.map_err(failed)?;
    file.write_all(line.as_bytes()).map_err(failed)?;
    file.sync_all().map_err(failed)
}

/// Everything that happened, the oldest first; a line that a power cut left half written is passed
/// over.
pub fn events(machine: &Machine) -> Result<Vec<Event>, Error> {
    let path = machine.state().join(FILE);
    match fs::read_to_string(&path) {
        Ok(text) => {
            let lines = text.lines().map(serde_json::from_str);
            Ok(lines.filter_map(Result::ok).collect())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Error::file("reading", path)(error)),
    }
}
