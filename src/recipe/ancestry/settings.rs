//! The settings of a flavour merged over those of its ancestors.

use crate::origin::Diagnostic;
use crate::recipe::claims::binding::forbidden;
use crate::recipe::claims::chain::{Claims, Exception};
use crate::recipe::claims::merge::Claimant;
use crate::recipe::flavour::resolved::{Entry, Flavour};
use crate::setting::{matches, named};

/// Merges the settings of entries over those of the ancestors; gives what is wrong with them.
pub(in crate::recipe) fn merge(
    claims: &mut Claims,
    entries: &[Entry],
    by: Claimant<'_>,
) -> Vec<Diagnostic> {
    let proposals = entries.iter().flat_map(|entry| &entry.proposals);
    proposals
        .filter_map(|proposal| claims.merge(proposal, by).err())
        .collect()
}

impl Flavour {
    /// Merges the settings of all entries; gives what is wrong with them.
    pub(in crate::recipe) fn merge(&mut self) -> Vec<Diagnostic> {
        let mut claims = std::mem::take(&mut self.claims);
        let by = Claimant {
            flavour: &self.name,
            tier: self.tier,
            last_wins: self.last_wins,
            inherited: &self.inherited,
            mandatory: &self.mandatory,
            exceptions: &self.exceptions,
            informed: self.facts.is_some(),
        };
        let mut problems = merge(&mut claims, &self.entries, by);
        self.claims = claims;
        let own = self
            .exceptions
            .iter()
            .filter(|one| one.flavour == self.name);
        let own: Vec<Exception> = own.cloned().collect();
        problems.extend(forbidden(&own, &self.inherited, &self.mandatory));
        problems
    }

    /// Warns of own rules that bind nothing; `inherited` is how many rules came from above.
    pub(in crate::recipe) fn check_rules(&mut self, inherited: usize) {
        for rule in self.mandatory.iter().skip(inherited) {
            let binds = self.claims.iter().any(|(key, chain)| {
                match rule.pattern.strip_prefix("control:") {
                    Some(pattern) => chain.last().is_some_and(|claim| {
                        claim
                            .controls
                            .iter()
                            .any(|control| matches(pattern, control))
                    }),
                    None => {
                        let value = chain.last().map(|claim| claim.value.clone());
                        named(&rule.pattern, key, &value.unwrap_or_default())
                    }
                }
            });
            if !binds {
                self.notes.push(
                    Diagnostic::warning(&rule.origin, format!("the rule `{}` binds nothing", rule.pattern))
                        .hint("a pattern binds settings that have a value at this tier; `terroir explain` lists them"),
                );
            }
        }
    }
}
