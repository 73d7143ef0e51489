//! What is known of all hosts, as it is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::serve::answer::Server;
use crate::serve::error::Error;
use crate::serve::fleet::{FleetRow, Wanted, Why, fleet};
use crate::serve::served::Served;
use crate::serve::state::{HostState, State};

/// What is known of all hosts.
#[derive(Debug)]
pub(super) struct View {
    /// The last line of the log, as of before anything else was read.
    pub(super) last: i64,
    pub(super) served: Arc<Served>,
    pub(super) states: BTreeMap<String, HostState>,
    /// The hosts of the inventory, then those that were in it.
    pub(super) rows: Vec<FleetRow>,
}

impl View {
    pub(super) fn of(server: &Server) -> Result<Self, Error> {
        let last = server.ledger().last()?;
        let served = server.served();
        let states = server.ledger().hosts()?;
        let wanted = served
            .hosts()
            .map(|(name, image)| (name, image.map(Wanted::new)));
        let wanted: BTreeMap<&str, Option<Wanted>> = wanted.collect();
        let hosts = wanted.iter().map(|(name, image)| (*name, image.as_ref()));
        let mut rows = fleet(hosts, &states);
        let left = states
            .iter()
            .filter(|(name, _)| !wanted.contains_key(name.as_str()));
        rows.extend(left.map(|(name, state)| {
            let row = FleetRow::new(name, state, None);
            let is_retired = matches!(state.state, State::Retired | State::Wiped);
            FleetRow {
                why: row.why.filter(|_| is_retired).or(Some(Why::NotInInventory)),
                ..row
            }
        }));
        drop(wanted);
        Ok(Self {
            last,
            served,
            states,
            rows,
        })
    }

    /// A host.
    pub(super) fn row(&self, host: &str) -> Option<&FleetRow> {
        self.rows.iter().find(|row| row.host == host)
    }

    /// The tokens of all attempts, which nobody is shown.
    pub(super) fn tokens(&self) -> BTreeSet<&str> {
        let states = self.states.values();
        let tokens = states.flat_map(|state| [state.token.as_str(), state.running.as_str()]);
        tokens.filter(|token| !token.is_empty()).collect()
    }

    /// How many hosts have each state.
    pub(super) fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts: BTreeMap<&'static str, usize> = State::ALL
            .into_iter()
            .map(|state| (state.word(), 0))
            .collect();
        for row in &self.rows {
            *counts.entry(row.state.word()).or_insert(0) += 1;
        }
        counts
    }
}
