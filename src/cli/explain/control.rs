//! `terroir explain TARGET CONTROL`: a control with its settings, who demands it, the rules that make
//! it mandatory, and the exceptions from it.

use serde_json::{Value, json};

use crate::cli::arguments::options::Format;
use crate::cli::arguments::recipe::Explain;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::layer::{Control, ControlId, SHIPPED};
use crate::origin::did_you_mean;
use crate::recipe::{Claim, Claims, Exception, Mandatory};
use crate::setting::{Kind as SettingKind, matches};

/// The settings and rules of a target.
#[derive(Clone, Copy)]
pub(in crate::cli) struct Explained<'a> {
    /// All settings.
    pub claims: &'a Claims,
    /// The rules of all tiers.
    pub mandatory: &'a [Mandatory],
    /// The exceptions of all tiers.
    pub exceptions: &'a [Exception],
}

/// The control that a key names: `cis/5.1.4` or `control:cis/5.1.4`; none when it names settings.
pub(in crate::cli) fn control_of(key: &str) -> Option<&str> {
    match key.strip_prefix("control:") {
        Some(id) => Some(id),
        None => ControlId::parse(key).is_ok().then_some(key),
    }
}

/// Shows all that is known of the controls that an id, a section or a pattern names.
pub(in crate::cli) fn explain_control<'a>(
    session: &Session,
    arguments: &Explain,
    wanted: &'a str,
    of: Explained<'a>,
) -> Result<(), Failure> {
    let shipped = shipped(wanted);
    let demanded = demanded(wanted, of.claims);
    if shipped.is_empty() && demanded.is_empty() {
        let message = format!("no control {wanted} is known in {}", arguments.target);
        let all = all_ids();
        let failure = Failure::say(Kind::No, message);
        return Err(match did_you_mean(wanted, all.iter().map(String::as_str)) {
            Some(near) => failure.hint(format!("did you mean {near}?")),
            None => failure.hint("a control is a benchmark and a number, as in cis/5.1.20"),
        });
    }
    let rules = of.mandatory.iter().filter(|rule| binds(rule, &demanded));
    let exceptions = of.exceptions.iter();
    let exceptions = exceptions.filter(|one| excepts(one, wanted, &demanded));
    let told = Told {
        wanted,
        rules: rules.collect(),
        exceptions: exceptions.collect(),
        shipped,
        demanded,
    };
    match arguments.print.format {
        Format::Json => session.printer.json(&told.json()),
        Format::Text => told
            .lines()
            .into_iter()
            .for_each(|line| session.printer.line(line)),
    }
    Ok(())
}

/// All that is shown of a control.
struct Told<'a> {
    wanted: &'a str,
    shipped: Vec<Control>,
    demanded: Vec<(&'a str, &'a [Claim])>,
    rules: Vec<&'a Mandatory>,
    exceptions: Vec<&'a Exception>,
}

impl Told<'_> {
    fn json(&self) -> Value {
        let titles = self.shipped.iter().map(|one| {
            let ids: Vec<&str> = one.ids.iter().map(|id| id.as_str()).collect();
            json!({ "ids": ids, "title": one.title.value, "why": one.why, "breaks": one.breaks })
        });
        let settings = self.demanded.iter();
        let settings = settings.map(|(key, chain)| ((*key).to_owned(), json!(chain)));
        json!({
            "control": self.wanted,
            "titles": titles.collect::<Vec<_>>(),
            "settings": settings.collect::<serde_json::Map<String, Value>>(),
            "mandatory": self.rules,
            "exceptions": self.exceptions,
        })
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for control in &self.shipped {
            let ids: Vec<&str> = control.ids.iter().map(|id| id.as_str()).collect();
            lines.push(format!("{}  {}", ids.join(", "), control.title.value));
            lines.extend(control.why.iter().map(|why| format!("  why      {why}")));
            lines.extend(
                control
                    .breaks
                    .iter()
                    .map(|what| format!("  breaks   {what}")),
            );
        }
        if self.shipped.is_empty() {
            lines.push(self.wanted.to_owned());
        }
        lines.push(String::new());
        lines.extend(settings(&self.demanded));
        lines.extend(self.rules.iter().map(|rule| {
            let how = match rule.exceptions_allowed {
                true => "exceptions are allowed",
                false => "no exceptions",
            };
            format!(
                "mandatory since {} ({}), {}; {how}",
                rule.flavour, rule.tier, rule.origin
            )
        }));
        lines.extend(self.exceptions.iter().map(|one| {
            format!(
                "excepted by {} until {}: {}; its owner is {} ({})",
                one.flavour, one.expires, one.reason, one.owner, one.origin
            )
        }));
        lines
    }
}

/// The settings of a control in lines, the value in force of each and who set it.
fn settings(demanded: &[(&str, &[Claim])]) -> Vec<String> {
    if demanded.is_empty() {
        return vec!["no setting of this flavour meets it".to_owned()];
    }
    let mut lines = Vec::new();
    for (key, chain) in demanded {
        let Some(last) = chain.last() else { continue };
        let value = shown(key, &last.value);
        lines.push((*key).to_owned());
        lines.push(format!("  {value}  <- {} ({})", last.flavour, last.origin));
        // Who replaced the value of the control is not the one who demands it.
        let demanding = chain.iter().rev().find(|claim| !claim.controls.is_empty());
        if let Some(claim) = demanding.filter(|_| last.controls.is_empty()) {
            let value = shown(key, &claim.value);
            lines.push(format!(
                "  demanded: {value}  <- {} ({})",
                claim.flavour, claim.origin
            ));
        }
    }
    lines
}

/// The controls of the shipped layers that an id, a section or a pattern names.
fn shipped(wanted: &str) -> Vec<Control> {
    let documents = SHIPPED.iter().filter_map(|layer| layer.read().ok());
    let controls = documents.flat_map(|document| document.controls);
    controls
        .filter(|control| {
            let mut ids = control.ids.iter();
            ids.any(|id| names(wanted, id.as_str()))
        })
        .collect()
}

fn all_ids() -> Vec<String> {
    let documents = SHIPPED.iter().filter_map(|layer| layer.read().ok());
    let controls = documents.flat_map(|document| document.controls);
    let ids = controls.flat_map(|control| control.ids);
    ids.map(|id| id.as_str().to_owned()).collect()
}

/// The settings that such controls demand.
fn demanded<'a>(wanted: &str, claims: &'a Claims) -> Vec<(&'a str, &'a [Claim])> {
    let named = |claim: &Claim| claim.controls.iter().any(|id| names(wanted, id));
    let all = claims.iter();
    all.filter(|(_, chain)| chain.iter().any(named)).collect()
}

fn names(wanted: &str, id: &str) -> bool {
    matches(wanted, id) || ControlId::parse(id).is_ok_and(|id| id.is_in(wanted))
}

fn binds(rule: &Mandatory, demanded: &[(&str, &[Claim])]) -> bool {
    let mut demanded = demanded.iter();
    demanded.any(|(key, chain)| match rule.pattern.strip_prefix("control:") {
        Some(pattern) => {
            let mut ids = chain.iter().flat_map(|claim| &claim.controls);
            ids.any(|id| matches(pattern, id))
        }
        None => matches(&rule.pattern, key),
    })
}

fn excepts(exception: &Exception, wanted: &str, demanded: &[(&str, &[Claim])]) -> bool {
    let subject = exception.control.as_str();
    names(subject, wanted)
        || demanded.iter().any(|(key, chain)| {
            let mut ids = chain.iter().flat_map(|claim| &claim.controls);
            matches(subject, key) || ids.any(|id| names(subject, id) && names(wanted, id))
        })
}

/// A setting in words.
pub(in crate::cli) fn shown(key: &str, value: &Value) -> String {
    let parts = key.split_once(':');
    match parts.and_then(|(prefix, name)| Some((SettingKind::from_prefix(prefix)?, name))) {
        Some((kind, name)) => kind.show(name, value),
        None => value.to_string(),
    }
}
