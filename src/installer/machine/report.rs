//! What an installer tells a server of its work.

use serde::Serialize;

use super::reveal::page;
use crate::registry::{Error, Settings};

/// The number of its form.
const FORMAT: u32 = 1;

/// How far an installation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The disk is known, and nothing is written to it.
    Installing,
    /// The disk is written.
    Installed,
    /// The disk is known, and is about to be cleared.
    Wiping,
    /// The disk is cleared.
    Wiped,
    /// Something went wrong.
    Failed,
}

/// A report.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report<'a> {
    /// The number of its form.
    pub format: u32,
    /// How far it is.
    pub phase: Phase,
    /// The host.
    pub host: &'a str,
    /// What is installed.
    pub image: String,
    /// The digest of the image's manifest, once it is known.
    pub digest: Option<String>,
    /// The disk, once it is known.
    pub disk: Option<String>,
    /// The first error.
    pub error: Option<String>,
    /// The last lines that the installer printed.
    pub log: Vec<String>,
}

impl<'a> Report<'a> {
    /// A report of a phase.
    #[must_use]
    pub fn new(phase: Phase, host: &'a str, image: String) -> Self {
        Self {
            format: FORMAT,
            phase,
            host,
            image,
            digest: None,
            disk: None,
            error: None,
            log: Vec::new(),
        }
    }

    /// Posts it, with the token of this attempt where there is one.
    pub fn post(&self, settings: Settings, to: (&str, Option<&str>)) -> Result<(), Error> {
        let json = serde_json::to_vec(self).unwrap_or_default();
        page(settings, to)?.post(json)
    }
}
