//! The update: asked for, fetched, imported, made ready for the next start.

use std::env::consts::ARCH;
use std::time::Duration;

use jiff::Timestamp;

use super::archive::from_archive;
use super::conflict::{Conflict, conflicts};
use super::find::{Found, ask, followed, mirrored};
use super::keep::forget_unused;
use super::step::Step;
use crate::bootable::ostree::{
    self, Archive, Commit, Deployment, Layers, Origin, Repository, changed_arguments, import,
    layer_reference,
};
use crate::host::configuration::check_policy;
use crate::host::error::Error;
use crate::host::expected::unmet;
use crate::host::loader::withdraw;
use crate::host::machine::{Lock, Machine, failed_units, writable};
use crate::host::record::{EventKind, State, note_about};
use crate::oci::{BlobSource, PlatformImage};
use crate::registry::{Blobs, Reference, Registry};

/// What is asked for.
#[derive(Debug)]
pub struct Request<'a> {
    /// The client of registries.
    pub registry: &'a Registry,
    /// The image to follow from now on; the one that is followed when absent.
    pub target: Option<Reference>,
    /// A registry that is asked first.
    pub mirror: Option<&'a str>,
    /// An archive that commits are fetched from where the registry states them.
    pub archive: Option<&'a Archive>,
    /// Whether an update is only looked for.
    pub check: bool,
    /// Whether nobody watches: an image that did not work here is not taken again.
    pub unattended: bool,
    /// How long a command of the image's tests may take; without it the tests do not count.
    pub tests: Option<Duration>,
    /// The time.
    pub now: Timestamp,
}

/// What came of an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The machine runs the newest image.
    Current(Found),
    /// The newest image starts next already.
    Ready(Found),
    /// There is a new image, and it was only looked for.
    Available {
        /// The image.
        found: Found,
        /// How many of its layers are new.
        layers: usize,
        /// Their size, in bytes.
        bytes: u64,
    },
    /// The newest image did not work on this machine.
    HeldBack {
        /// The image.
        found: Found,
        /// What was wrong with it.
        why: Vec<String>,
    },
    /// A new image starts next.
    Staged {
        /// The image.
        found: Found,
        /// What was imported.
        commit: Commit,
        /// What merging /etc keeps from the new image.
        conflicts: Vec<Conflict>,
    },
}

/// Updates the machine, or looks for an update. Whatever happens on the way, the system that runs
/// now starts again: the boot loader's menu changes last, and at once.
pub fn upgrade(
    machine: &Machine,
    request: &Request<'_>,
    step: &mut dyn FnMut(Step),
) -> Result<Outcome, Error> {
    if !request.check {
        writable(machine)?;
    }
    let _lock = match request.check {
        true => None,
        false => Some(Lock::take(machine)?),
    };
    let mut state = State::read(machine)?;
    let reference = match &request.target {
        Some(target) => target.clone(),
        None => followed(machine, &state)?,
    };
    check_policy(machine, &reference)?;
    let (image, blobs, places) = find(request, &reference, step)?;
    let layers = Layers::of(&image, &blobs)?;
    let found = Found {
        reference: reference.to_string(),
        manifest: layers.manifest,
        version: layers.version.clone(),
    };
    if !request.check {
        state.checked = Some(request.now);
        state.found = Some(found.manifest);
        if !request.unattended {
            // Whoever asks by hand gives the boot loader another try as well.
            state.loader.failed = None;
        }
        state.write(machine)?;
    }
    if let Some(outcome) = settled(machine, request, &state, &found)? {
        return Ok(outcome);
    }
    let repository = machine.repository()?;
    if request.check {
        return available(&repository, &layers, found);
    }
    step(Step::Found(found.clone()));
    let stage = Stage {
        machine,
        repository: &repository,
        request,
        places,
    };
    stage.run(&layers, &blobs, found, step)
}

/// Asks the mirror, then the registry itself; gives the places to ask further, the one that answered
/// first.
fn find(
    request: &Request<'_>,
    reference: &Reference,
    step: &mut dyn FnMut(Step),
) -> Result<(PlatformImage, Blobs, Vec<Reference>), Error> {
    if let Some(mirror) = request.mirror {
        let found = mirrored(reference, mirror).and_then(|there| {
            let (image, blobs) = ask(request.registry, &there)?;
            Ok((image, blobs, vec![there, reference.clone()]))
        });
        match found {
            Ok(found) => return Ok(found),
            Err(error) => step(Step::MirrorFailed(error.to_string())),
        }
    }
    let (image, blobs) = ask(request.registry, reference)?;
    Ok((image, blobs, vec![reference.clone()]))
}

/// What there is to say when there is nothing to do.
fn settled(
    machine: &Machine,
    request: &Request<'_>,
    state: &State,
    found: &Found,
) -> Result<Option<Outcome>, Error> {
    let is_found = |origin: Option<&Origin>| {
        origin.is_some_and(|origin| {
            origin.manifest == found.manifest && origin.reference == found.reference
        })
    };
    let booted = machine.booted()?;
    let next = machine.next().and_then(|next| next.origin.as_ref());
    if is_found(next) {
        let runs = is_found(booted.origin.as_ref()) && machine.staged().is_none();
        let outcome = match runs && machine.booted_index() == 0 {
            true => Outcome::Current(found.clone()),
            false => Outcome::Ready(found.clone()),
        };
        return Ok(Some(outcome));
    }
    if !request.unattended {
        return Ok(None);
    }
    if is_found(booted.origin.as_ref()) {
        return Ok(Some(Outcome::Current(found.clone())));
    }
    Ok(state
        .failure(&found.manifest)
        .filter(|failed| failed.given_up)
        .map(|failed| Outcome::HeldBack {
            found: found.clone(),
            why: failed.why.clone(),
        }))
}

fn available(repository: &Repository, image: &Layers, found: Found) -> Result<Outcome, Error> {
    let (mut layers, mut bytes) = (0, 0);
    for (layer, diff_id) in image.layers.iter().zip(&image.diff_ids) {
        if repository.resolve(&layer_reference(diff_id))?.is_none() {
            layers += 1;
            bytes += layer.size();
        }
    }
    Ok(Outcome::Available {
        found,
        layers,
        bytes,
    })
}

/// An update that is made.
struct Stage<'a> {
    machine: &'a Machine,
    repository: &'a Repository,
    request: &'a Request<'a>,
    /// Where statements about the image are.
    places: Vec<Reference>,
}

impl Stage<'_> {
    fn run(
        &self,
        layers: &Layers,
        source: &dyn BlobSource,
        found: Found,
        step: &mut dyn FnMut(Step),
    ) -> Result<Outcome, Error> {
        let (machine, repository) = (self.machine, self.repository);
        if let Some(archive) = self.request.archive {
            let places = (self.request.registry, self.places.as_slice());
            from_archive(archive, repository, layers, places, step)?;
        }
        let mut progress = |progress| step(Step::Import(progress));
        let commit = import(repository, layers, source, &mut progress).map_err(explained)?;
        step(Step::Staging);
        let booted = machine.booted()?;
        let old = repository.kernel_arguments(&booted.commit, ARCH);
        let new = repository.kernel_arguments(&commit.checksum, ARCH)?;
        // The arguments that came with an image which cannot be read any more are the machine's own.
        let arguments = changed_arguments(&booted.arguments, &old.unwrap_or_default(), &new);
        let conflicts = conflicts(machine, repository, (&booted.commit, &commit.checksum))?;
        let origin = Origin {
            reference: found.reference.clone(),
            manifest: found.manifest,
        };
        // One thing is tried at a time.
        withdraw(machine)?;
        // First, so that no power cut lets a new image start without being counted.
        self.remember(&found)?;
        if machine.is_live() {
            machine.begin_tries()?;
        }
        let deployed = machine.sysroot().deploy(&Deployment {
            commit: &commit.checksum,
            arguments: &arguments,
            origin: &origin,
            generator: machine.generator().as_deref(),
            staged: machine.is_live(),
        });
        if let Err(error) = deployed {
            machine.clear_tries()?;
            return Err(explained(error));
        }
        let event = (EventKind::Staged, self.request.now);
        note_about(machine, event, Some(&origin), Vec::new())?;
        forget_unused(machine, repository, &commit.checksum)?;
        Ok(Outcome::Staged {
            found,
            commit,
            conflicts,
        })
    }

    /// Remembers what the new image is not to be blamed for. Whoever asks for an image by hand gives
    /// it another try.
    fn remember(&self, found: &Found) -> Result<(), Error> {
        let mut state = State::read(self.machine)?;
        state
            .failed
            .retain(|failed| failed.manifest != found.manifest);
        state.failed_units = match self.machine.is_live() {
            true => failed_units()?,
            false => Vec::new(),
        };
        state.failed_tests = match self.request.tests {
            Some(limit) => unmet(self.machine, limit)?
                .into_iter()
                .map(|unmet| unmet.name)
                .collect(),
            None => Vec::new(),
        };
        state.write(self.machine)
    }
}

/// Says of a full disk what to do about it.
fn explained(error: ostree::Error) -> Error {
    match error {
        ostree::Error::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
            Error::State(
                "the disk is full; the system that runs stays as it is. Free some space below /var, or \
                 remove a deployment with `ostree admin undeploy`, and run this again: layers \
                 that were imported are kept"
                    .to_owned(),
            )
        }
        other => Error::Ostree(other),
    }
}
