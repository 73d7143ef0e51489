//! The settings of a flavour with every claim on them, and the rules of upper tiers.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::origin::{Origin, Tier};
use crate::setting::{Kind, Setting};

/// One statement of a value for a setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Claim {
    /// The canonical value, as the setting's kind writes it.
    pub value: Value,
    /// Where it was written.
    pub origin: Origin,
    /// The flavour whose recipe states it.
    pub flavour: String,
    /// The tier of that flavour.
    pub tier: Tier,
    /// The controls that demand it, if a layer's control does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<String>,
    /// Whether it was allowed to replace another value of the same recipe.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overrides: bool,
}

/// A pattern of settings or controls that lower tiers may not weaken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mandatory {
    /// `kind:name` or `control:id`, with `*` for any run of characters.
    pub pattern: String,
    /// Whether a flavour below may except a control, with reason, owner and expiry.
    pub exceptions_allowed: bool,
    /// The flavour that insists.
    pub flavour: String,
    /// Its tier.
    pub tier: Tier,
    /// Who to ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Where it is written.
    pub origin: Origin,
}

/// A stated deviation from a control or setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exception {
    /// The control's id, or a setting's `kind:name`.
    pub control: String,
    /// Why it is needed.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Last day on which it holds, `YYYY-MM-DD`.
    pub expires: String,
    /// The flavour that states it.
    pub flavour: String,
    /// Where it is written.
    pub origin: Origin,
}

/// Every setting of a flavour, by key; the last claim of a chain is in force.
///
/// Chains are shared with the flavours above until one of the holders adds to them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Claims(BTreeMap<String, Arc<Vec<Claim>>>);

/// A setting about to be merged.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The setting.
    pub setting: Setting,
    /// The controls that demand it.
    pub controls: Vec<String>,
    /// Whether the entry says `override: true`.
    pub overrides: bool,
}

impl Claims {
    /// The claim in force for a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Claim> {
        self.0.get(key).and_then(|chain| chain.last())
    }

    /// All claims on a key, the oldest first.
    #[must_use]
    pub fn chain(&self, key: &str) -> &[Claim] {
        self.0.get(key).map_or(&[], |chain| chain.as_slice())
    }

    /// The keys and their chains in the order of keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[Claim])> {
        self.0
            .iter()
            .map(|(key, chain)| (key.as_str(), chain.as_slice()))
    }

    /// The values in force of one kind, by name.
    #[must_use]
    pub fn of_kind(&self, kind: Kind) -> BTreeMap<String, Value> {
        let prefix = format!("{}:", kind.prefix());
        self.0
            .iter()
            .filter_map(|(key, chain)| {
                Some((
                    key.strip_prefix(&prefix)?.to_owned(),
                    chain.last()?.value.clone(),
                ))
            })
            .collect()
    }

    /// The keys from one to before another, with their chains.
    pub(in crate::recipe) fn between(
        &self,
        from: &str,
        to: &str,
    ) -> impl Iterator<Item = (&str, &[Claim])> {
        let range = self
            .0
            .range::<str, _>((Bound::Included(from), Bound::Excluded(to)));
        range.map(|(key, chain)| (key.as_str(), chain.as_slice()))
    }

    /// The claims on the keys from one to before another.
    pub(in crate::recipe) fn claims_between(
        &mut self,
        from: &str,
        to: &str,
    ) -> impl Iterator<Item = &mut Claim> {
        let bounds = (Bound::Included(from), Bound::Excluded(to));
        let chains = self.0.range_mut::<str, _>(bounds);
        chains.flat_map(|(_, chain)| Arc::make_mut(chain))
    }

    /// All claims on a key, for adding to them.
    pub(in crate::recipe) fn chain_mut(&mut self, key: String) -> &mut Vec<Claim> {
        Arc::make_mut(self.0.entry(key).or_default())
    }
}
