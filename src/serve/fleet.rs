//! Hosts as they are to be and as they are: what differs, and why.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};

use super::said::Booted;
use super::state::{HostState, State};
use crate::registry::Reference;

/// Why a host is not as wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// It is in no inventory any more.
    NotInInventory,
    /// It is not used any more.
    Retired,
    /// Its disk is to be cleared.
    Wiping,
    /// Its disk was cleared.
    Wiped,
    /// Its installation, or something on it, failed.
    Failed,
    /// Its installation is under way, or is to begin.
    Installing,
    /// Nothing was installed on it.
    NeverInstalled,
    /// It is installed, and did not say that it started.
    NeverReported,
    /// It said that it started, and not which image.
    NoDigest,
    /// The inventory names no digest, and it was not looked up.
    NotResolved,
    /// It went back to another image after an update.
    FellBack,
    /// It started another image.
    OtherDigest,
}

impl Why {
    /// Every reason.
    pub const ALL: [Self; 12] = [
        Self::NotInInventory,
        Self::Retired,
        Self::Wiping,
        Self::Wiped,
        Self::Failed,
        Self::Installing,
        Self::NeverInstalled,
        Self::NeverReported,
        Self::NoDigest,
        Self::NotResolved,
        Self::FellBack,
        Self::OtherDigest,
    ];

    /// The words for it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NotInInventory => "not in the inventory",
            Self::Retired => "retired",
            Self::Wiping => "wiping",
            Self::Wiped => "wiped",
            Self::Failed => "failed",
            Self::Installing => "installing",
            Self::NeverInstalled => "never installed",
            Self::NeverReported => "never reported",
            Self::NoDigest => "reported no digest",
            Self::NotResolved => "wanted digest unknown",
            Self::FellBack => "fell back",
            Self::OtherDigest => "other digest",
        }
    }
}

/// The image that a host is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The reference, as the inventory has it.
    pub reference: String,
    /// Its digest, and those of the images for platforms that it stands for.
    pub digests: BTreeSet<String>,
    /// The digest that is shown.
    pub digest: Option<String>,
}

impl Wanted {
    /// An image by its reference, with the digest that the reference has.
    #[must_use]
    pub fn new(reference: &str) -> Self {
        let parsed = Reference::parse(reference).ok();
        let digest = parsed.and_then(|parsed| parsed.digest().map(ToString::to_string));
        Self {
            reference: reference.to_owned(),
            digests: digest.iter().cloned().collect(),
            digest,
        }
    }
}

/// A host as it is to be and as it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct FleetRow {
    /// The host.
    pub host: String,
    /// Its state.
    pub state: State,
    /// Since when, in seconds since 1970.
    pub since: u64,
    /// How often it was armed.
    pub attempt: u32,
    /// The image that it is to have; none where packages are installed.
    pub image: Option<String>,
    /// The digest of that image.
    pub wanted: Option<String>,
    /// The digest that it started last.
    pub booted: Option<String>,
    /// What it said of its last start.
    pub report: Option<Booted>,
    /// Why it is not as wanted; none if it is.
    pub why: Option<Why>,
    /// What it said last.
    pub message: String,
}

impl FleetRow {
    /// A host of an inventory.
    #[must_use]
    pub fn new(host: &str, state: &HostState, wanted: Option<&Wanted>) -> Self {
        Self {
            host: host.to_owned(),
            state: state.state,
            since: state.since,
            attempt: state.attempt,
            image: wanted.map(|wanted| wanted.reference.clone()),
            wanted: wanted.and_then(|wanted| wanted.digest.clone()),
            booted: state.digest.clone(),
            report: state.booted.clone(),
            why: why(state, wanted),
            message: state.message.clone(),
        }
    }
}

impl FleetRow {
    /// The row for programs, with what follows from the time.
    #[must_use]
    pub fn json(&self, now: u64) -> Value {
        let mut value = json!(self);
        if let Some(value) = value.as_object_mut() {
            value.insert("as-wanted".to_owned(), json!(self.why.is_none()));
            let report = self.report.as_ref();
            let age = report.map(|report| now.saturating_sub(report.time));
            value.insert("report-age-seconds".to_owned(), json!(age));
        }
        value
    }
}

fn why(state: &HostState, wanted: Option<&Wanted>) -> Option<Why> {
    let started = state.booted.is_some() || state.digest.is_some();
    match state.state {
        State::Retired => return Some(Why::Retired),
        State::Wiping => return Some(Why::Wiping),
        State::Wiped => return Some(Why::Wiped),
        State::Failed => return Some(Why::Failed),
        State::Armed | State::Fetched | State::Installing => return Some(Why::Installing),
        State::Known if !started => return Some(Why::NeverInstalled),
        State::Installed => return Some(Why::NeverReported),
        State::Known | State::Booted => {}
    }
    // Packages have no digest that could be another.
    let wanted = wanted?;
    let Some(digest) = &state.digest else {
        return Some(Why::NoDigest);
    };
    if wanted.digests.is_empty() {
        return Some(Why::NotResolved);
    }
    if wanted.digests.contains(digest) {
        return None;
    }
    let fell_back = state.booted.as_ref().is_some_and(|said| said.fell_back);
    Some(if fell_back {
        Why::FellBack
    } else {
        Why::OtherDigest
    })
}

/// The hosts of an inventory, and what is known of each.
pub fn fleet<'a>(
    hosts: impl Iterator<Item = (&'a str, Option<&'a Wanted>)>,
    states: &BTreeMap<String, HostState>,
) -> Vec<FleetRow> {
    let new = HostState::new(0);
    hosts
        .map(|(host, wanted)| FleetRow::new(host, states.get(host).unwrap_or(&new), wanted))
        .collect()
}
