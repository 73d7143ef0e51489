//! The packages of a step: those of the lock, those that were found before, or those of today.

use crate::action::{Action, Packages};
use crate::oci::{Digest, sorted_json};
use crate::package::Resolution;
use crate::recipe::{Entry, LockedPackages, request_name};

use super::error::Error;
use super::locked::Pinned;
use super::packages::fetch;
use super::roots::environment;
use super::run::{Ground, chain, resolve_all};
use super::stack::Stack;
use super::stack_run::placed;
use super::target::Reach;

/// The kind of note that keeps exact packages.
const RESOLUTIONS: &str = "resolutions";

/// The requests for packages among actions.
pub(super) fn requests(actions: &[Action]) -> impl Iterator<Item = &Packages> {
    actions.iter().filter_map(|action| match action {
        Action::Packages(request) => Some(request.as_ref()),
        _ => None,
    })
}

impl Stack<'_> {
    /// The exact packages of an entry. None when nothing is built and they are not known.
    pub(super) fn packages(
        &self,
        entry: &Entry,
        below: &Digest,
        ground: Option<Ground<'_>>,
    ) -> Result<Option<Vec<Resolution>>, Error> {
        let names = self.names(entry);
        if names.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let pinned = self.pinned(&names).map_err(|error| placed(entry, error))?;
        let Some(found) = self.find_out(entry, (below, &pinned), ground)? else {
            return Ok(None);
        };
        if let Some(locking) = self.with.outside.locking() {
            for ((name, request), resolution) in names.iter().zip(&found) {
                let locked = LockedPackages::new(&entry.label, request, resolution);
                locking.use_packages(self.with.flavour, name, locked);
            }
        }
        Ok(Some(found))
    }

    /// The requests of an entry with their names in the lock.
    fn names<'e>(&self, entry: &'e Entry) -> Vec<(String, &'e Packages)> {
        let mut before: Vec<&Packages> = self
            .steps
            .iter()
            .flat_map(|step| requests(&step.actions))
            .collect();
        let mut names = Vec::new();
        for request in requests(&entry.actions) {
            let same = before.iter().filter(|other| **other == request).count();
            names.push((request_name(request, same), request));
            before.push(request);
        }
        names
    }

    fn pinned(&self, names: &[(String, &Packages)]) -> Result<Vec<Pinned>, Error> {
        let locking = self.with.outside.locking();
        let pin = |(name, request): &(String, &Packages)| match locking {
            Some(locking) => locking.packages(self.with.flavour, name, request),
            None => Ok(Pinned::Open(Vec::new())),
        };
        names.iter().map(pin).collect()
    }

    fn find_out(
        &self,
        entry: &Entry,
        (below, pinned): (&Digest, &[Pinned]),
        ground: Option<Ground<'_>>,
    ) -> Result<Option<Vec<Resolution>>, Error> {
        let known = |one: &Pinned| match one {
            Pinned::Known(resolution) => Some(resolution.clone()),
            Pinned::Open(_) => None,
        };
        if let Some(all) = pinned.iter().map(known).collect() {
            return Ok(Some(all));
        }
        let outside = self.with.outside;
        let asked = Digest::of(&sorted_json(&(below, &entry.actions)));
        let noted = match (outside.reach(), ground) {
            (Reach::Newer, Some(_)) => None,
            _ => outside.store().note(RESOLUTIONS, &asked)?,
        };
        let noted: Option<Vec<Resolution>> =
            noted.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if let Some(noted) = noted.filter(|noted| noted.len() == pinned.len()) {
            let all = pinned.iter().zip(noted);
            return Ok(Some(
                all.map(|(one, noted)| known(one).unwrap_or(noted))
                    .collect(),
            ));
        }
        let Some(ground) = ground else {
            return Ok(None);
        };
        let found = resolve_all(&entry.actions, &self.state, ground, (&entry.label, pinned))
            .map_err(|source| placed(entry, source))?;
        let note = sorted_json(&found);
        outside.store().put_note(RESOLUTIONS, &asked, &note)?;
        Ok(Some(found))
    }

    /// Finds out what an entry's packages are, without installing them; fetches them if wanted.
    pub(super) fn resolve(&mut self, entry: &Entry, fetching: bool) -> Result<(), Error> {
        let (Some(layers), Some(runner)) = (self.layers()?, self.with.runner) else {
            return Ok(());
        };
        let environment = environment(&self.with.parent.config);
        let accounts = self.with.wanted_accounts();
        let ground = Ground {
            accounts: &accounts,
            layers: &layers,
            trees: self.with.trees,
            environment: &environment,
            epoch: self.with.epoch,
            codec: self.with.codec,
            runner,
            outside: self.with.outside,
        };
        let found = self.packages(entry, &chain(&layers), Some(ground))?;
        if fetching {
            for resolution in found.iter().flatten() {
                fetch(resolution, ground).map_err(|source| placed(entry, source))?;
            }
        }
        Ok(())
    }
}
