//! What a flavour's rules bind: the settings that a finished root is held to.

use super::claims::{Claim, Claims, Exception, Mandatory};
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
