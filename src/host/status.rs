//! The state of the machine, for people and scripts.

use jiff::Timestamp;
use serde::Serialize;

use super::changes::{Changed, changes};
use super::configuration::Configuration;
use super::error::Error;
use super::loader::{Loader, loader};
use super::machine::{Deployment, Machine};
use super::record::{Failed, State};
use crate::bootable::ostree::Repository;

/// The state of the machine.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// How it is updated.
    pub life_cycle: &'static str,
    /// The image that it follows; empty when nobody said.
    pub image: String,
    /// Its deployments, the one that starts next first.
    pub deployments: Vec<Deployed>,
    /// How many more times the newest deployment is tried; none when it is confirmed.
    pub tries: Option<u32>,
    /// `confirmed`, or `unconfirmed` while tries are counted.
    pub health: &'static str,
    /// When the registry was asked last.
    pub checked: Option<Timestamp>,
    /// Images that did not work here.
    pub failed: Vec<Failed>,
    /// The boot loader on the ESP.
    pub loader: Loader,
    /// Files of /etc that are not as the image has them.
    pub etc: Vec<Changed>,
}

/// A deployment.
#[derive(Clone, Debug, Serialize)]
pub struct Deployed {
    /// Its commit.
    pub commit: String,
    /// Its version.
    pub version: String,
    /// The image, as somebody named it.
    pub image: String,
    /// The digest of its manifest.
    pub manifest: String,
    /// Whether it runs.
    pub booted: bool,
    /// Whether it is completed at shutdown.
    pub staged: bool,
    /// Whether it starts next.
    pub next: bool,
    /// Whether nothing removes it.
    pub pinned: bool,
}

/// Looks at the machine.
pub fn status(machine: &Machine, configuration: &Configuration) -> Result<Status, Error> {
    let repository = machine.repository()?;
    let state = State::read(machine)?;
    let mut deployments = Vec::new();
    for (staged, index, one) in all(machine) {
        let booted = !staged && index == machine.booted_index();
        let next = staged || (index == 0 && machine.staged().is_none());
        deployments.push(Deployed {
            booted,
            staged,
            next,
            ..deployed(&repository, one)?
        });
    }
    let tries = machine.tries()?;
    let loader = loader(machine, configuration, &state);
    let followed = machine.next().and_then(|next| next.origin.as_ref());
    let followed = followed.map(|origin| origin.reference.clone());
    let followed = followed.filter(|reference| !reference.is_empty());
    Ok(Status {
        life_cycle: "ostree",
        image: followed.or(state.image).unwrap_or_default(),
        deployments,
        tries,
        health: match tries {
            None => "confirmed",
            Some(_) => "unconfirmed",
        },
        checked: state.checked,
        loader,
        failed: state.failed,
        etc: changes(machine)?,
    })
}

/// Every deployment, the staged one first.
fn all(machine: &Machine) -> impl Iterator<Item = (bool, usize, &Deployment)> {
    let staged = machine.staged().map(|one| (true, 0, one));
    let menu = machine.menu().iter().enumerate();
    staged
        .into_iter()
        .chain(menu.map(|(index, one)| (false, index, one)))
}

fn deployed(repository: &Repository, one: &Deployment) -> Result<Deployed, Error> {
    let origin = one.origin.as_ref();
    Ok(Deployed {
        commit: one.commit.to_string(),
        version: repository.version(&one.commit)?.unwrap_or_default(),
        image: origin
            .map(|origin| origin.reference.clone())
            .unwrap_or_default(),
        manifest: origin
            .map(|origin| origin.manifest.to_string())
            .unwrap_or_default(),
        booted: false,
        staged: false,
        next: false,
        pinned: one.is_pinned,
    })
}
