//! What a flavour's rules bind: the settings that a finished root is held to.

use super::claims::{Claim, Claims, Exception, Mandatory};
use crate::origin::Diagnostic;
use crate::setting::{Kind, matches};

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

/// Every setting that a rule binds and no exception frees.
pub fn bound<'a>(
    claims: &'a Claims,
    mandatory: &'a [Mandatory],
    exceptions: &'a [Exception],
) -> impl Iterator<Item = Bound<'a>> {
    claims.iter().filter_map(move |(key, chain)| {
        let claim = chain.last()?;
        let (prefix, name) = key.split_once(':')?;
        let kind = Kind::from_prefix(prefix)?;
        let controls = || chain.iter().flat_map(|claim| &claim.controls);
        let binds = |rule: &&Mandatory| match rule.pattern.strip_prefix("control:") {
            Some(pattern) => controls().any(|control| matches(pattern, control)),
            None => matches(&rule.pattern, key),
        };
        let excepted = exceptions.iter().any(|exception| {
            matches(&exception.control, key)
                || controls().any(|control| matches(&exception.control, control))
        });
        let mut rules = mandatory.iter().filter(binds);
        let rule = rules.find(|rule| !(rule.exceptions_allowed && excepted))?;
        Some(Bound {
            key,
            kind,
            name,
            claim,
            rule,
        })
    })
}

/// The exceptions that a flavour states from what a tier above makes mandatory without exceptions.
pub(super) fn forbidden(
    own: &[Exception],
    inherited: &Claims,
    mandatory: &[Mandatory],
) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for exception in own {
        let mut settings = inherited.iter();
        let rule = settings.find_map(|(key, chain)| {
            let controls = || chain.iter().flat_map(|claim| &claim.controls);
            let excepted = matches(&exception.control, key)
                || controls().any(|control| matches(&exception.control, control));
            let binds = |rule: &&Mandatory| match rule.pattern.strip_prefix("control:") {
                Some(pattern) => controls().any(|control| matches(pattern, control)),
                None => matches(&rule.pattern, key),
            };
            let mut rules = mandatory.iter().filter(|_| excepted);
            rules.find(|rule| !rule.exceptions_allowed && binds(rule))
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
