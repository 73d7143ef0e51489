//! The settings of a flavour with everybody who set them, and the rules of upper tiers.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::origin::{Diagnostic, Origin, Tier};
use crate::setting::{Kind, Setting, matches, named};

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

/// The recipe on whose behalf settings are merged.
#[derive(Clone, Copy, Debug)]
pub struct Claimant<'a> {
    /// The flavour's name.
    pub flavour: &'a str,
    /// Its tier.
    pub tier: Tier,
    /// Whether a later value of one recipe may replace an earlier one without saying so (BlueBuild).
    pub last_wins: bool,
    /// The settings of its ancestors.
    pub inherited: &'a Claims,
    /// What its ancestors insist on.
    pub mandatory: &'a [Mandatory],
    /// What it excepts itself from.
    pub exceptions: &'a [Exception],
    /// Whether all is known of what it stacks on.
    pub informed: bool,
}

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
    pub(super) fn between(&self, from: &str, to: &str) -> impl Iterator<Item = (&str, &[Claim])> {
        let range = self
            .0
            .range::<str, _>((Bound::Included(from), Bound::Excluded(to)));
        range.map(|(key, chain)| (key.as_str(), chain.as_slice()))
    }

    /// The claims on the keys from one to before another.
    pub(super) fn claims_between(
        &mut self,
        from: &str,
        to: &str,
    ) -> impl Iterator<Item = &mut Claim> {
        let bounds = (Bound::Included(from), Bound::Excluded(to));
        let chains = self.0.range_mut::<str, _>(bounds);
        chains.flat_map(|(_, chain)| Arc::make_mut(chain))
    }

    /// Merges one setting, or says why it may not be merged.
    pub fn merge(&mut self, proposal: &Proposal, by: Claimant<'_>) -> Result<(), Diagnostic> {
        let (resolved, missing) = self.resolved(proposal);
        let Proposal {
            setting, overrides, ..
        } = &resolved;
        if let Some(word) = missing.first().filter(|_| by.informed) {
            return Err(self.absent(setting, word));
        }
        let key = setting.key();
        let above = by.inherited.chain(&key);
        // Whatever the recipe itself said of the key before, its ancestors' word is what binds.
        if let Some((rule, held, control)) = refusing_rule(setting, above, by) {
            return Err(refusal(&key, (setting, held), rule, control));
        }
        let own = self
            .chain(&key)
            .get(above.len()..)
            .and_then(<[Claim]>::last);
        if let Some(held) = own
            && held.value != setting.value
            && !overrides
            && !by.last_wins
            && !changes_list(proposal, setting, held)
        {
            return Err(contradiction(&key, setting, held));
        }
        self.push(resolved, by.flavour, by.tier);
        Ok(())
    }

    /// Merges a setting without asking whether it may be; what says the same again is
    /// not kept twice, but for the controls that demand it.
    pub fn adopt(&mut self, proposal: &Proposal, flavour: &str, tier: Tier) {
        let (resolved, _) = self.resolved(proposal);
        self.push(resolved, flavour, tier);
    }

    fn push(&mut self, resolved: Proposal, flavour: &str, tier: Tier) {
        let Proposal {
            setting,
            controls,
            overrides,
        } = resolved;
        let chain = Arc::make_mut(self.0.entry(setting.key()).or_default());
        if let Some(held) = chain.last_mut()
            && held.flavour == flavour
            && held.value == setting.value
        {
            // Several controls may demand one value; rules and exceptions are by any of them.
            let new = controls.iter();
            let new: Vec<String> = new
                .filter(|id| !held.controls.contains(id))
                .cloned()
                .collect();
            held.controls.extend(new);
            return;
        }
        chain.push(Claim {
            value: setting.value,
            origin: setting.origin,
            flavour: flavour.to_owned(),
            tier,
            controls,
            overrides,
        });
    }
}

/// Tells whether a proposal appends to a list or edits it, and is no second word on what a control
/// of the same recipe demands.
fn changes_list(proposal: &Proposal, resolved: &Setting, held: &Claim) -> bool {
    let Setting {
        kind, name, value, ..
    } = &proposal.setting;
    let demanded = !held.controls.is_empty();
    *kind == Kind::KARG
        && value.is_object()
        && (!demanded || kind.at_least(name, &resolved.value, &held.value))
}

/// The first rule that forbids a value, with the claim that it guards and the control by which it
/// binds, if it does by one.
fn refusing_rule<'a>(
    setting: &Setting,
    above: &'a [Claim],
    by: Claimant<'a>,
) -> Option<(&'a Mandatory, &'a Claim, Option<&'a str>)> {
    let held = above.last()?;
    let kind = setting.kind;
    if kind.at_least(&setting.name, &setting.value, &held.value) {
        return None;
    }
    let key = setting.key();
    // A tier that only repeats a value does not free it of the control that demands it.
    let demanding = above.iter().filter(|claim| claim.value == held.value);
    let controls: Vec<&str> = demanding
        .flat_map(|claim| claim.controls.iter().map(String::as_str))
        .collect();
    let excepted = |exception: &Exception| {
        named(&exception.control, &key, &held.value)
            || controls
                .iter()
                .any(|control| matches(&exception.control, control))
    };
    by.mandatory.iter().find_map(|rule| {
        let control = match rule.pattern.strip_prefix("control:") {
            Some(pattern) => Some(*controls.iter().find(|control| matches(pattern, control))?),
            None => {
                named(&rule.pattern, &key, &held.value).then_some(())?;
                None
            }
        };
        let free = rule.exceptions_allowed && by.exceptions.iter().any(excepted);
        (!free).then_some((rule, held, control))
    })
}

fn contradiction(key: &str, setting: &Setting, held: &Claim) -> Diagnostic {
    let shown = setting.kind.show(&setting.name, &setting.value);
    Diagnostic::error(
        &setting.origin,
        format!("{key} is set twice in one recipe, to two values"),
    )
    .labelled(format!("here: {shown}"))
    .and(
        &held.origin,
        format!("first: {}", setting.kind.show(&setting.name, &held.value)),
    )
    .hint(match setting.kind {
        Kind::KARG => "say `override: true` in the later entry if it shall replace it, or append with `type: kargs`",
        _ => "say `override: true` in the later entry if it shall win",
    })
}

fn refusal(
    key: &str,
    (setting, held): (&Setting, &Claim),
    rule: &Mandatory,
    control: Option<&str>,
) -> Diagnostic {
    let owner = rule
        .owner
        .as_ref()
        .map(|owner| format!(" ({owner})"))
        .unwrap_or_default();
    let hint = if rule.exceptions_allowed {
        let subject = control.map_or(format!("setting: \"{key}\""), |id| format!("control: {id}"));
        format!(
            "keep the value, or add to `exceptions`: {{ {subject}, reason: …, owner: …, expires: YYYY-MM-DD }}"
        )
    } else {
        format!(
            "keep the value, or ask the owner of {}{owner}",
            rule.flavour
        )
    };
    let by = control
        .map(|control| format!(" by control {control}"))
        .unwrap_or_default();
    let message = format!(
        "{key} is mandatory{by} in the {} flavour {}",
        rule.tier, rule.flavour
    );
    Diagnostic::error(&setting.origin, message)
        .labelled(format!(
            "here: {}",
            setting.kind.show(&setting.name, &setting.value)
        ))
        .and(
            &held.origin,
            format!(
                "the mandatory value: {}",
                setting.kind.show(&setting.name, &held.value)
            ),
        )
        .and(&rule.origin, "made mandatory here")
        .hint(hint)
}
