//! The packages of a step: those of the lock, those that were found before, or those of today.

use crate::action::Packages;
use crate::engine::error::Error;
use crate::engine::lock::Pinned;
use crate::engine::outside::Reach;
use crate::engine::parent::chain;
use crate::engine::run::{RunContext, fetch_packages, resolve_all};
use crate::oci::{Digest, sorted_json};
use crate::package::Resolution;
use crate::recipe::{Entry, LockedPackages, request_name};

use super::entry_error::at_entry;
use super::needs::requests;
use super::stack::Stack;

/// The kind of note that keeps exact packages.
const RESOLUTIONS: &str = "resolutions";

impl Stack<'_> {
    /// The exact packages of an entry. None when nothing is built and they are not known.
    pub(in crate::engine) fn packages(
        &self,
        entry: &Entry,
        below: &Digest,
        context: Option<RunContext<'_>>,
    ) -> Result<Option<Vec<Resolution>>, Error> {
        let names = self.names(entry);
        if names.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let pinned = self
            .pinned(&names)
            .map_err(|error| at_entry(entry, error))?;
        let Some(found) = self.find_out(entry, (below, &pinned), context)? else {
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
        context: Option<RunContext<'_>>,
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
        let noted = match (outside.reach(), context) {
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
        let Some(context) = context else {
            return Ok(None);
        };
        let found = resolve_all(&entry.actions, &self.state, context, (&entry.label, pinned))
            .map_err(|source| at_entry(entry, source))?;
        let note = sorted_json(&found);
        outside.store().put_note(RESOLUTIONS, &asked, &note)?;
        Ok(Some(found))
    }

    /// Finds out what an entry's packages are, without installing them; fetches them if wanted.
    pub(in crate::engine) fn resolve(
        &mut self,
        entry: &Entry,
        fetching: bool,
    ) -> Result<(), Error> {
        let Some(standing) = self.standing()? else {
            return Ok(());
        };
        let Some(context) = standing.context(self.with) else {
            return Ok(());
        };
        let found = self.packages(entry, &chain(&standing.layers), Some(context))?;
        if fetching {
            for resolution in found.iter().flatten() {
                fetch_packages(resolution, context).map_err(|source| at_entry(entry, source))?;
            }
        }
        Ok(())
    }
}
