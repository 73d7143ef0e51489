//! Settings merged over those of the ancestors, within the rules and without contradictions.

use super::chain::{Claim, Claims, Exception, Mandatory, Proposal};
use crate::origin::{Diagnostic, Tier};
use crate::setting::{Kind, Setting, matches, named};

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
    /// Whether all is known of what it derives from.
    pub informed: bool,
}

impl Claims {
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

    /// Merges a setting without checking rules; a repeated statement is
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
        let chain = self.chain_mut(setting.key());
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
