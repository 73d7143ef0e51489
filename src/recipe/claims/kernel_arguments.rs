//! The kernel arguments of a flavour: one list, kept as settings by name.

use serde_json::Value;

use super::chain::{Claim, Claims, Proposal};
use crate::origin::Diagnostic;
use crate::setting::{KargHeld, KargList, Kind, Setting, karg_after, karg_of_first_format};

/// The first key behind those of kernel arguments.
const BEHIND: &str = "karg;";
const PREFIX: &str = "karg:";
/// Most values of one name, and of all with their history, that a record may hold; Linux reads a
/// command line of some kilobytes.
const MAX_GIVEN: usize = 1024;
const MAX_ALL: usize = 1 << 17;

/// A kernel argument that a flavour gives.
#[derive(Clone, Copy, Debug)]
pub struct KernelArgument<'a> {
    /// The argument, its name with the architectures that it is limited to.
    pub held: KargHeld<'a>,
    /// The claim that brought it.
    pub claim: &'a Claim,
}

impl Claims {
    /// Every kernel argument that is given, in the order in which the kernel reads them.
    #[must_use]
    pub fn kernel_arguments(&self) -> Vec<KernelArgument<'_>> {
        let mut all: Vec<KernelArgument<'_>> = Vec::new();
        for (name, chain) in self.karg_chains() {
            let lists: Vec<KargList> = chain.iter().map(|claim| list(&claim.value)).collect();
            let (Some(last), Some(given)) = (chain.last(), lists.last()) else {
                continue;
            };
            for (at, value) in &given.given {
                let brings = |(_, held): &(&Claim, &KargList)| {
                    held.given.iter().any(|one| one.0 == *at && one.1 == *value)
                };
                let claim = chain.iter().zip(&lists).find(brings);
                let claim = claim.map_or(last, |(claim, _)| claim);
                let held = KargHeld {
                    name,
                    at: *at,
                    value: text(&last.value, *at, value.as_deref()),
                    origin: &claim.origin,
                };
                all.push(KernelArgument { held, claim });
            }
        }
        all.sort_by_key(|argument| argument.held.at);
        all
    }

    /// A proposal whose value is that which comes into force, and what it takes away of kernel
    /// arguments though nobody gives it.
    pub(in crate::recipe) fn resolved(&self, proposal: &Proposal) -> (Proposal, Vec<String>) {
        let Setting { kind, name, .. } = &proposal.setting;
        let mut resolved = proposal.clone();
        if *kind != Kind::KARG {
            return (resolved, Vec::new());
        }
        let arguments = self.kernel_arguments();
        let held: Vec<KargHeld<'_>> = arguments.iter().map(|one| one.held).collect();
        let chains = self.karg_chains().flat_map(|(_, chain)| chain);
        let places = chains.flat_map(|claim| list(&claim.value).given);
        let next = places
            .map(|(at, _)| at)
            .max()
            .unwrap_or_default()
            .saturating_add(1);
        let statement = (name.as_str(), &proposal.setting.value);
        match karg_after(statement, (&held, next), proposal.overrides) {
            Ok((mut list, missing)) => {
                let key = proposal.setting.key();
                let before = self
                    .get(&key)
                    .map(|claim| super::kernel_arguments::list(&claim.value));
                list.first_format = before.is_some_and(|before| before.first_format);
                resolved.setting.value = serde_json::to_value(list).unwrap_or_default();
                (resolved, missing)
            }
            // Rendering says what is wrong with the value.
            Err(_) => (resolved, Vec::new()),
        }
    }

    fn karg_chains(&self) -> impl Iterator<Item = (&str, &[Claim])> {
        let kargs = self.between(PREFIX, BEHIND);
        kargs.filter_map(|(key, chain)| Some((key.strip_prefix(PREFIX)?, chain)))
    }

    /// Turns the values that a record of the first format has into lists, in the order of names,
    /// as that format gave them.
    pub(in crate::recipe) fn read_first_format(&mut self) {
        let mut at = 0;
        for claim in self.claims_between(PREFIX, BEHIND) {
            if let Some(list) = karg_of_first_format(&claim.value, at) {
                at += list.given.len() as u64;
                claim.value = serde_json::to_value(list).unwrap_or_default();
            }
        }
    }

    /// What is wrong with the lists of a record, whose source is not trusted.
    pub(in crate::recipe) fn wrong_kernel_arguments(&self) -> Option<String> {
        let mut all = 0;
        for (name, chain) in self.karg_chains() {
            for claim in chain {
                let Ok(list) = serde_json::from_value::<KargList>(claim.value.clone()) else {
                    return Some(format!("{PREFIX}{name} has no list of values"));
                };
                all += list.given.len();
                if list.given.len() > MAX_GIVEN || all > MAX_ALL {
                    return Some(format!("{PREFIX}{name} has too many values"));
                }
            }
        }
        None
    }

    /// The error for a statement that removes an argument that is not given.
    pub(in crate::recipe) fn absent(&self, setting: &Setting, word: &str) -> Diagnostic {
        let message = format!("`{word}` is not given, so it cannot be taken away");
        let given = self.kernel_arguments();
        let given: Vec<String> = given.iter().map(|one| one.held.word()).collect();
        let hint = match given.is_empty() {
            true => "no parent and no earlier entry gives kernel arguments".to_owned(),
            false => format!("given are: {}", given.join(" ")),
        };
        Diagnostic::error(&setting.origin, message).hint(format!(
            "{hint}; those that a base image has in files of its own go with these files"
        ))
    }
}

fn list(value: &Value) -> KargList {
    serde_json::from_value(value.clone()).unwrap_or_default()
}

/// The text of a value in a stored list, as long as the list lives.
fn text<'v>(stored: &'v Value, at: u64, value: Option<&str>) -> Option<&'v str> {
    let given = stored.get("given").and_then(Value::as_array)?;
    let texts = given
        .iter()
        .filter(|one| one.get(0).and_then(Value::as_u64) == Some(at));
    let mut texts = texts.filter_map(|one| one.get(1).and_then(Value::as_str));
    texts.find(|text| Some(*text) == value)
}
