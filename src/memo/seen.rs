//! What was looked at while something was computed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::fact::{Fact, Facts, Look, Place, kind, listing};
use crate::oci::Digest;

/// The places that one computation looked at; none where not all of them can be known.
pub type Marks = Option<BTreeSet<Place>>;

/// Notes what is looked at, for each of the computations that are under way.
#[derive(Debug, Default)]
pub struct Seen(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    facts: BTreeMap<Place, Fact>,
    /// Places that looked different at two times.
    unsteady: BTreeSet<Place>,
    /// The computations under way, the innermost last.
    open: Vec<Marks>,
}

impl Seen {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a computation inside of those that are under way.
    pub fn begin(&self) {
        self.state().open.push(Some(BTreeSet::new()));
    }

    /// Ends the innermost computation; what it looked at counts for the one around it, too.
    pub fn end(&self) -> Marks {
        let mut state = self.state();
        let marks = state.open.pop().flatten();
        take_in(&mut state, marks.as_ref());
        marks
    }

    /// Counts what an earlier computation looked at for the innermost one.
    pub fn again(&self, marks: &Marks) {
        take_in(&mut self.state(), marks.as_ref());
    }

    /// Says that the innermost computation looks at something that cannot be told again.
    pub fn lose(&self) {
        take_in(&mut self.state(), None);
    }

    /// Notes what was found at a place.
    pub fn note(&self, place: Place, fact: Fact) {
        let mut state = self.state();
        match state.facts.get(&place) {
            Some(known) if *known != fact => {
                state.unsteady.insert(place.clone());
            }
            Some(_) => {}
            None => {
                state.facts.insert(place.clone(), fact);
            }
        }
        if let Some(Some(marks)) = state.open.last_mut() {
            marks.insert(place);
        }
    }

    /// Notes the content of a file that was read; its look is that of before.
    pub fn file(&self, path: &Path, (before, digest): (&Metadata, Digest)) {
        match path.to_str() {
            Some(name) => self.note(
                Place::File(name.to_owned()),
                Fact::Content(Look::of(before), digest),
            ),
            None => self.lose(),
        }
    }

    /// Notes what a folder lists.
    pub fn folder(&self, path: &Path) {
        let look = path.symlink_metadata().map(|look| Look::of(&look));
        match (path.to_str(), look, listing(path)) {
            (Some(name), Ok(look), Ok(listing)) => {
                self.note(Place::Folder(name.to_owned()), Fact::Content(look, listing));
            }
            _ => self.lose(),
        }
    }

    /// Notes what stands at a path.
    pub fn kind(&self, path: &Path) {
        match path.to_str() {
            Some(name) => self.note(Place::Kind(name.to_owned()), Fact::Kind(kind(path))),
            None => self.lose(),
        }
    }

    /// Notes a variable of the environment.
    pub fn variable(&self, name: &str, value: Option<&str>) {
        let digest = value.map(|value| Digest::of(value.as_bytes()));
        self.note(Place::Variable(name.to_owned()), Fact::Value(digest));
    }

    /// The facts at some places; none if not all are known, or one changed meanwhile.
    #[must_use]
    pub fn facts(&self, marks: &Marks) -> Option<Facts> {
        let state = self.state();
        let fact = |place: &Place| {
            let steady = !state.unsteady.contains(place);
            let fact = state.facts.get(place).filter(|_| steady)?;
            Some((place.clone(), fact.clone()))
        };
        marks.as_ref()?.iter().map(fact).collect()
    }
}

/// Counts places for the innermost computation.
fn take_in(state: &mut State, marks: Option<&BTreeSet<Place>>) {
    let Some(open) = state.open.last_mut() else {
        return;
    };
    match (open.as_mut(), marks) {
        (Some(open), Some(marks)) => open.extend(marks.iter().cloned()),
        _ => *open = None,
    }
}
