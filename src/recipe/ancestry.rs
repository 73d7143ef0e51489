//! What a flavour takes over from its parent, wherever the parent comes from.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::claims::{Claims, Exception, Mandatory};
use super::entries::Read;
use super::facts::Facts;
use super::flavour::{Base, Flavour, Parent, Publish};
use super::load::Loader;
use super::record::Ancestor;
use crate::oci::Platform;
use crate::origin::{Diagnostic, Origin, Sourced, Tier};

/// What a flavour takes over from its parent.
#[derive(Clone, Debug, Default)]
pub(super) struct Inheritance {
    /// The flavours above.
    pub ancestry: Vec<Ancestor>,
    /// The facts, once known.
    pub facts: Option<Facts>,
    /// Variables.
    pub vars: BTreeMap<String, Value>,
    /// Settings.
    pub claims: Claims,
    /// Rules.
    pub mandatory: Vec<Mandatory>,
    /// Deviations.
    pub exceptions: Vec<Exception>,
    /// What could not be checked.
    pub notes: Vec<Diagnostic>,
    /// Where the parent is named, or its own recipe.
    place: Option<Origin>,
}

/// Gathers what a parent hands down.
pub(super) fn inherit(
    loader: &Loader<'_>,
    parent: &Parent,
    platform: &Platform,
) -> Result<Inheritance, Vec<Diagnostic>> {
    let base = match parent {
        Parent::Flavour(flavour) => return Ok(of_flavour(flavour)),
        Parent::Base(base) => base,
    };
    let known = loader.parents.known(&base.value, platform).map_err(|why| {
        vec![Diagnostic::error(
            &base.origin,
            format!("{} cannot be used: {why}", base.value.describe()),
        )]
    })?;
    let mut inheritance = Inheritance {
        place: Some(base.origin.clone()),
        ..Inheritance::default()
    };
    match known {
        Some(known) => {
            inheritance.facts = Some(known.facts);
            if let Some(record) = known.record {
                inheritance.ancestry.clone_from(&record.ancestry);
                inheritance.vars.clone_from(&record.vars);
                inheritance.claims.clone_from(&record.settings);
                inheritance.mandatory.clone_from(&record.mandatory);
                inheritance.exceptions.clone_from(&record.exceptions);
            }
        }
        None => match &base.value {
            Base::Bootstrap(bootstrap) => {
                let (distribution, suite) = (&bootstrap.distribution, &bootstrap.suite);
                inheritance.facts = Facts::of_suite(distribution, suite, &bootstrap.architecture);
                if inheritance.facts.is_none() {
                    inheritance
                        .notes
                        .push(unknown(base, "its facts are known once it is built"));
                }
            }
            _ => {
                let what = "it is not in the store, so neither its facts nor its settings could be checked";
                inheritance.notes.push(unknown(base, what));
            }
        },
    }
    Ok(inheritance)
}

fn unknown(base: &Sourced<Base>, what: &str) -> Diagnostic {
    Diagnostic::warning(&base.origin, format!("{}: {what}", base.value.describe()))
        .hint("--fetch gets what is missing")
}

fn of_flavour(flavour: &Flavour) -> Inheritance {
    Inheritance {
        ancestry: flavour.ancestry.clone(),
        facts: flavour.facts.clone(),
        vars: flavour.vars.clone(),
        claims: flavour.claims.clone(),
        mandatory: flavour.mandatory.clone(),
        exceptions: flavour.exceptions.clone(),
        notes: flavour.notes.clone(),
        place: Some(Origin::of_file(&flavour.recipe)),
    }
}

impl Inheritance {
    /// The tier of the parent; universal for what no recipe of terroir made.
    pub(super) fn tier(&self) -> Tier {
        self.ancestry
            .last()
            .map_or(Tier::Universal, |parent| parent.tier)
    }

    /// Refuses a flavour that nests on a lower tier than its own.
    pub(super) fn check_tier(&self, tier: &Sourced<Tier>) -> Result<(), Vec<Diagnostic>> {
        let Some(parent) = self
            .ancestry
            .last()
            .filter(|parent| parent.tier > tier.value)
        else {
            return Ok(());
        };
        let message = format!(
            "a {} flavour cannot nest on the {} flavour {}",
            tier.value, parent.tier, parent.name
        );
        let mut error =
            Diagnostic::error(&tier.origin, message).labelled(format!("{} here", tier.value));
        if let Some(place) = &self.place {
            error = error.and(place, format!("{} is {}", parent.name, parent.tier));
        }
        Err(vec![error.hint(format!(
            "tiers go universal, group, local; make this one {}, or stack it on something above",
            parent.tier
        ))])
    }
}

/// What a recipe itself says, besides its entries.
#[derive(Debug)]
pub(super) struct Own {
    /// The name.
    pub name: String,
    /// One line for people.
    pub description: Option<String>,
    /// The version.
    pub version: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The tier.
    pub tier: Tier,
    /// The recipe file.
    pub recipe: Arc<str>,
    /// The platform that is resolved.
    pub platform: Platform,
    /// All platforms.
    pub platforms: Vec<Platform>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Where it is published.
    pub publish: Option<Publish>,
    /// Variables.
    pub vars: BTreeMap<String, Value>,
    /// Whether a later entry wins without saying so.
    pub last_wins: bool,
    /// Deviations.
    pub exceptions: Vec<Exception>,
    /// Rules for nested flavours.
    pub mandatory: Vec<Mandatory>,
}

impl Inheritance {
    /// Joins what is inherited, what the recipe says and its entries; or gives all that is wrong.
    pub(super) fn flavour(
        self,
        own: Own,
        parent: Parent,
        read: Read,
    ) -> Result<Flavour, Vec<Diagnostic>> {
        let mut ancestry = self.ancestry;
        ancestry.push(Ancestor {
            name: own.name.clone(),
            tier: own.tier,
            version: own.version.clone(),
            owner: own.owner.clone(),
            recipe: own.recipe.to_string(),
        });
        let mut flavour = Flavour {
            name: own.name,
            description: own.description,
            version: own.version,
            owner: own.owner,
            tier: own.tier,
            recipe: own.recipe,
            platform: own.platform,
            platforms: own.platforms,
            labels: own.labels,
            publish: own.publish,
            parent,
            facts: self.facts,
            vars: self.vars,
            entries: read.entries,
            inherited: self.claims.clone(),
            claims: self.claims,
            last_wins: own.last_wins,
            mandatory: self.mandatory,
            exceptions: self.exceptions,
            ancestry,
            notes: self.notes,
        };
        flavour.notes.extend(read.notes);
        flavour.vars.extend(own.vars);
        flavour.exceptions.extend(own.exceptions);
        let mut problems = read.problems;
        // The rules of this recipe bind those below it, not itself.
        problems.extend(flavour.merge());
        let inherited = flavour.mandatory.len();
        flavour.mandatory.extend(own.mandatory);
        flavour.check_rules(inherited);
        if problems.is_empty() {
            Ok(flavour)
        } else {
            Err(problems)
        }
    }
}

impl Flavour {
    /// Merges the settings of all entries; gives what is wrong with them.
    fn merge(&mut self) -> Vec<Diagnostic> {
        let mut claims = std::mem::take(&mut self.claims);
        let claimant = super::claims::Claimant {
            flavour: &self.name,
            tier: self.tier,
            last_wins: self.last_wins,
            mandatory: &self.mandatory,
            exceptions: &self.exceptions,
        };
        let proposals = self.entries.iter().flat_map(|entry| &entry.proposals);
        let problems = proposals
            .filter_map(|proposal| claims.merge(proposal, claimant).err())
            .collect();
        self.claims = claims;
        problems
    }

    /// Warns of own rules that bind nothing; `inherited` is how many rules came from above.
    fn check_rules(&mut self, inherited: usize) {
        for rule in self.mandatory.iter().skip(inherited) {
            let binds = self.claims.iter().any(|(key, chain)| {
                match rule.pattern.strip_prefix("control:") {
                    Some(pattern) => chain.last().is_some_and(|claim| {
                        claim
                            .controls
                            .iter()
                            .any(|control| super::claims::matches(pattern, control))
                    }),
                    None => super::claims::matches(&rule.pattern, key),
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
