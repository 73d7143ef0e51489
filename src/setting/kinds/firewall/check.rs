//! Whether the firewall of a finished root lets in what is demanded and nothing else.

use serde_json::Value;

use super::declare::{FirewallPart, FirewallValue, Program};
use super::render::{FIREWALLD, NFTABLES, TRUSTED, UFW, UFW_DEFAULTS, UFW_RULES, ZONE, ufw_policy};
use super::{firewalld, nftables, ufw};
use crate::setting::contract::check::{Checked, Place, Reads, Unexamined};
use crate::setting::contract::kind::Kind;
use crate::setting::contract::refusal::examined;
use crate::setting::input::place::constant;
use crate::tree::Snapshot;

/// Looks at the files of the program.
pub(in crate::setting) fn check(
    name: &str,
    value: &Value,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    let value: FirewallValue = examined(Kind::FIREWALL, name, value)?;
    match value.program {
        Program::Nftables => {
            let path = constant(NFTABLES);
            let Some(text) = root.text(&path)? else {
                return Ok(Checked::unmet(format!("{NFTABLES} is not there"), None));
            };
            Ok(match nftables::fault(&value, &text) {
                None => Checked::met("it lets in what is named", Some(Place::file(&path))),
                Some((found, Some(index))) => {
                    Checked::unmet(found, Some(Place::line(&path, index)))
                }
                Some((found, None)) => Checked::unmet(found, Some(Place::file(&path))),
            })
        }
        Program::Ufw => of_ufw(&value, root),
        Program::Firewalld => of_firewalld(&value, root),
    }
}

/// The value of `KEY=value` in a file, quotes taken off, with its line.
fn assigned(text: &str, key: &str) -> Option<(usize, String)> {
    let lines = text.lines().enumerate();
    let found = lines.filter_map(|(index, line)| {
        let value = line.trim().strip_prefix(key)?.strip_prefix('=')?;
        Some((index, value.trim().trim_matches('"').to_owned()))
    });
    found.last()
}

fn of_ufw(value: &FirewallValue, root: &Snapshot) -> Result<Checked, Unexamined> {
    let policy = ufw_policy(value.policy);
    let about_policy = value.is_about(FirewallPart::Policy);
    for (path, key, demanded) in [
        (UFW, "ENABLED", "yes"),
        (UFW_DEFAULTS, "DEFAULT_INPUT_POLICY", policy),
        (UFW_DEFAULTS, "DEFAULT_FORWARD_POLICY", policy),
    ] {
        if path == UFW_DEFAULTS && !about_policy {
            continue;
        }
        let path = constant(path);
        let text = root.text(&path)?.unwrap_or_default();
        let Some((index, found)) = assigned(&text, key) else {
            return Ok(Checked::unmet(format!("{key} is not set"), None));
        };
        if !found.eq_ignore_ascii_case(demanded) {
            let place = Some(Place::line(&path, index));
            return Ok(Checked::unmet(format!("{key} is {found}"), place));
        }
    }
    for (path, is_v6) in UFW_RULES {
        let path = constant(path);
        let text = root.text(&path)?.unwrap_or_default();
        let found = ufw::section(&text).map_or("", |(_, rules, _)| rules);
        let rules = |text: &str| -> Vec<String> {
            let mut rules: Vec<String> = text
                .lines()
                .filter(|line| line.starts_with("-A "))
                .map(str::to_owned)
                .collect();
            rules.sort();
            rules
        };
        let (found, demanded) = (rules(found), rules(&ufw::rules(value, is_v6)));
        let other = found.iter().find(|rule| !demanded.contains(rule));
        let other = other.filter(|_| value.is_about(FirewallPart::Open));
        let missing = demanded.iter().find(|rule| !found.contains(rule));
        let place = Some(Place::file(&path));
        if let Some(rule) = other {
            return Ok(Checked::unmet(
                format!("another rule is there: {rule}"),
                place,
            ));
        }
        if let Some(rule) = missing {
            return Ok(Checked::unmet(format!("a rule is missing: {rule}"), place));
        }
    }
    Ok(Checked::met("it lets in what is named", None))
}

fn of_firewalld(value: &FirewallValue, root: &Snapshot) -> Result<Checked, Unexamined> {
    let path = constant(FIREWALLD);
    let text = root.text(&path)?.unwrap_or_default();
    let zone = assigned(&text, "DefaultZone");
    if zone.as_ref().is_none_or(|(_, zone)| zone != "terroir") {
        let (place, zone) = match zone {
            Some((index, zone)) => (Some(Place::line(&path, index)), zone),
            None => (None, "not set".to_owned()),
        };
        return Ok(Checked::unmet(format!("the default zone is {zone}"), place));
    }
    let trusted = value
        .loopback
        .then_some((TRUSTED, firewalld::TRUSTED.to_owned()));
    for (path, demanded) in trusted.into_iter().chain([(ZONE, firewalld::zone(value))]) {
        let path = constant(path);
        if root.text(&path)?.as_deref() != Some(demanded.as_str()) {
            let place = root.followed(&path).map(|(path, _)| Place::file(&path));
            return Ok(Checked::unmet(format!("{path} is another zone"), place));
        }
    }
    Ok(Checked::met(
        "it lets in what is named",
        Some(Place::file(&path)),
    ))
}

/// The files of all programs.
pub(in crate::setting) fn reads() -> Vec<Reads> {
    let files = [NFTABLES, UFW_DEFAULTS].map(Reads::at);
    let folders = ["/etc/ufw", "/etc/firewalld"].map(Reads::below);
    files.into_iter().chain(folders).collect()
}
