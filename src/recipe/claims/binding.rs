//! The settings that rules bind, and against which a finished root is checked.

use serde_json::Value;

use super::chain::{Claim, Claims, Exception, Mandatory};
use crate::origin::Diagnostic;
use crate::setting::{Kind, matches, named};

/// A setting that a rule makes mandatory.
#[derive(Clone, Copy, Debug)]
pub struct Bound<'a> {
    /// The setting's key.
    pub key: &'a str,
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: &'a str,
    /// The claim in force.
    pub claim: &'a Claim,
    /// The rule that binds it.
    pub rule: &'a Mandatory,
}

/// A setting with all claims on it.
struct Held<'a> {
    key: &'a str,
    kind: Kind,
    name: &'a str,
    chain: &'a [Claim],
    claim: &'a Claim,
    /// Whether an exception is about it.
    excepted: bool,
}

fn held<'a>(claims: &'a Claims, exceptions: &'a [Exception]) -> impl Iterator<Item = Held<'a>> {
    claims.iter().filter_map(move |(key, chain)| {
        let claim = chain.last()?;
        let (prefix, name) = key.split_once(':')?;
        let kind = Kind::from_prefix(prefix)?;
        let mut exceptions = exceptions.iter();
        let excepted = exceptions.any(|exception| excepts(exception, key, chain));
        Some(Held {
            key,
            kind,
            name,
            chain,
            claim,
            excepted,
        })
    })
}

/// Every setting that a rule binds and no exception frees.
pub fn bound<'a>(
    claims: &'a Claims,
    mandatory: &'a [Mandatory],
    exceptions: &'a [Exception],
) -> impl Iterator<Item = Bound<'a>> {
    held(claims, exceptions).filter_map(move |held| {
        let mut rules = mandatory.iter();
        let rule = rules.find(|rule| {
            binds(rule, held.key, held.chain) && !(rule.exceptions_allowed && held.excepted)
        })?;
        Some(Bound {
            key: held.key,
            kind: held.kind,
            name: held.name,
            claim: held.claim,
            rule,
        })
    })
}

/// Every setting that no exception frees: its key, kind, name and the claim in force.
pub fn in_force<'a>(
    claims: &'a Claims,
    exceptions: &'a [Exception],
) -> impl Iterator<Item = (&'a str, Kind, &'a str, &'a Claim)> {
    held(claims, exceptions)
        .filter(|held| !held.excepted)
        .map(|held| (held.key, held.kind, held.name, held.claim))
}

/// Tells whether a rule is about a setting, by its key or by a control that demands it.
fn binds(rule: &Mandatory, key: &str, chain: &[Claim]) -> bool {
    match rule.pattern.strip_prefix("control:") {
        Some(pattern) => controls(chain).any(|control| matches(pattern, control)),
        None => named(&rule.pattern, key, &value_in_force(chain)),
    }
}

/// Tells whether an exception is about a setting, by its key or by a control that demands it.
fn excepts(exception: &Exception, key: &str, chain: &[Claim]) -> bool {
    let pattern = &exception.control;
    named(pattern, key, &value_in_force(chain))
        || controls(chain).any(|control| matches(pattern, control))
}

fn value_in_force(chain: &[Claim]) -> Value {
    chain
        .last()
        .map(|claim| claim.value.clone())
        .unwrap_or_default()
}

fn controls(chain: &[Claim]) -> impl Iterator<Item = &String> {
    chain.iter().flat_map(|claim| &claim.controls)
}

/// The exceptions that a flavour states from what a tier above makes mandatory without exceptions.
pub(in crate::recipe) fn forbidden(
    own: &[Exception],
    inherited: &Claims,
    mandatory: &[Mandatory],
) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for exception in own {
        let mut settings = inherited.iter();
        let rule = settings.find_map(|(key, chain)| {
            let excepted = excepts(exception, key, chain);
            let mut rules = mandatory.iter().filter(|_| excepted);
            rules.find(|rule| !rule.exceptions_allowed && binds(rule, key, chain))
        });
        if let Some(rule) = rule {
            let message = format!(
                "{} is mandatory in the {} flavour {}, which allows no exceptions",
                exception.control, rule.tier, rule.flavour
            );
            let owner = rule.owner.as_ref().map(|owner| format!(" ({owner})"));
            problems.push(
                Diagnostic::error(&exception.origin, message)
                    .and(&rule.origin, "made mandatory here")
                    .hint(format!(
                        "ask the owner of {}{} to write `exceptions: allowed`",
                        rule.flavour,
                        owner.unwrap_or_default()
                    )),
            );
        }
    }
    problems
}
