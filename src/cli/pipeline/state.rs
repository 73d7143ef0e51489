//! What registries have: whether an image is there, and what it was built of.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::cli::target::inputs::stated_inputs;
use crate::engine::Inputs;
use crate::oci::Digest;
use crate::pipeline::State;
use crate::registry::{Error, Reference, Registry};

/// An image that a registry is asked for.
pub(super) struct Asked<'a> {
    /// Where it is published.
    pub reference: &'a str,
    /// What it would be built of now.
    pub inputs: &'a Inputs,
}

/// Registries, and those among them that did not answer.
pub(super) struct Registries {
    registry: Registry,
    /// What went wrong, by the registry's name: it is not asked again.
    troubles: Mutex<BTreeMap<String, String>>,
}

impl Registries {
    /// None was asked yet.
    pub(super) fn new(registry: Registry) -> Self {
        Self {
            registry,
            troubles: Mutex::default(),
        }
    }

    /// What went wrong with registries.
    pub(super) fn troubles(&self) -> Vec<String> {
        let troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        troubles.values().cloned().collect()
    }

    /// The digest that a reference stands for now, if that can be found out.
    pub(super) fn digest(&self, name: &str) -> Option<Digest> {
        let reference = Reference::parse(name).ok()?;
        if let Some(digest) = reference.digest() {
            return Some(*digest);
        }
        self.resolve(&reference).ok()?
    }

    /// Whether the image is there, built of the same inputs.
    pub(super) fn state(&self, asked: &Asked<'_>) -> State {
        match self.look(asked) {
            Ok(state) => state,
            Err(why) => State::Stale(format!("whether it is there cannot be told: {why}")),
        }
    }

    fn look(&self, asked: &Asked<'_>) -> Result<State, String> {
        let reference = Reference::parse(asked.reference).map_err(|error| error.to_string())?;
        let Some(digest) = self.resolve(&reference)? else {
            return Ok(State::Stale(format!("{} is not there", asked.reference)));
        };
        let open: Vec<&str> = asked.inputs.open.iter().map(String::as_str).collect();
        if let [first, rest @ ..] = open.as_slice() {
            let more = match rest.len() {
                0 => String::new(),
                count => format!(" and {count} more"),
            };
            return Ok(State::Stale(format!("not in terroir.lock: {first}{more}")));
        }
        let stated = stated_inputs(&self.registry, &reference, &digest);
        Ok(match self.noted(&reference, stated)? {
            Some(key) if key == asked.inputs.key => State::Fresh(digest),
            Some(_) => State::Stale("what it is built of changed".to_owned()),
            None => State::Stale("nothing states what it was built of".to_owned()),
        })
    }

    /// The digest of a reference; none when it is not there.
    fn resolve(&self, reference: &Reference) -> Result<Option<Digest>, String> {
        let host = reference.registry();
        let troubles = || self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = troubles().get(host) {
            return Err(known.clone());
        }
        let found = match self.registry.resolve(reference) {
            Ok(found) => Ok(found.digest().to_string().parse().ok()),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        };
        self.noted(reference, found)
    }

    /// Notes what went wrong, so that a registry which is down is waited for once.
    fn noted<T>(&self, reference: &Reference, found: Result<T, Error>) -> Result<T, String> {
        found.map_err(|error| {
            let text = error.to_string();
            let mut troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
            troubles.insert(reference.registry().to_owned(), text.clone());
            text
        })
    }
}
