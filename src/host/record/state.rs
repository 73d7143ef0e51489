//! The state of updates on the machine.

use std::fs::{self, File};
use std::io::{self, Write as _};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::host::error::Error;
use crate::host::machine::Machine;
use crate::oci::Digest;

/// The file below the machine's state.
const FILE: &str = "host.json";

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct State {
    /// The image that the machine follows; the origin of the running deployment when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// When the registry was asked last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked: Option<Timestamp>,
    /// The newest image that the registry named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<Digest>,
    /// Units that had failed when the last update was made; a new image is not blamed for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed_units: Vec<String>,
    /// Tests that did not hold then; a new image is not blamed for them either.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed_tests: Vec<String>,
    /// Images that did not work on this machine; they are not taken again unasked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<Failed>,
    /// What is remembered of the boot loader.
    #[serde(skip_serializing_if = "is_empty")]
    pub loader: LoaderState,
}

/// What is remembered of the boot loader.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LoaderState {
    /// The pair of shim and GRUB that the firmware was told to try.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial: Option<LoaderTrial>,
    /// The pair that did not start this machine; it is not tried again unasked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// A pair that is tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoaderTrial {
    /// Its id.
    pub pair: String,
    /// The start of the machine in which the firmware was told, as the kernel numbers it.
    pub start: String,
    /// Whether the machine came up by it.
    #[serde(default)]
    pub came_up: bool,
}

fn is_empty(loader: &LoaderState) -> bool {
    *loader == LoaderState::default()
}

/// An image that did not work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failed {
    /// The image.
    pub manifest: Digest,
    /// When it was seen last.
    pub when: Timestamp,
    /// What was wrong.
    pub why: Vec<String>,
    /// Whether the machine gave it up.
    pub given_up: bool,
}

impl State {
    /// Reads the state; an empty one where there is none.
    pub fn read(machine: &Machine) -> Result<Self, Error> {
        let path = machine.state().join(FILE);
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| Error::file("reading", &path)(error.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::file("reading", &path)(error)),
        }
    }

    /// Writes the state, whole or not at all.
    pub(in crate::host) fn write(&self, machine: &Machine) -> Result<(), Error> {
        let folder = machine.state();
        let path = folder.join(FILE);
        let failed = |source| Error::file("writing", &path)(source);
        fs::create_dir_all(&folder).map_err(failed)?;
        let mut file = tempfile::NamedTempFile::new_in(&folder).map_err(failed)?;
        let text = serde_json::to_string_pretty(self).map_err(|error| failed(error.into()))?;
        writeln!(file, "{text}").map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&path).map_err(|error| failed(error.error))?;
        File::open(&folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)
    }

    /// What is known of an image that did not work.
    pub(in crate::host) fn failure(&self, manifest: &Digest) -> Option<&Failed> {
        self.failed.iter().find(|one| one.manifest == *manifest)
    }

    /// Remembers that an image did not work.
    pub(in crate::host) fn fail(&mut self, failed: Failed) {
        self.failed.retain(|one| one.manifest != failed.manifest);
        self.failed.push(failed);
        // A machine that fails ten images in a row is looked at by people.
        let surplus = self.failed.len().saturating_sub(10);
        self.failed.drain(..surplus);
    }
}
