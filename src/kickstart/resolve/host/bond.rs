//! Bonds of interfaces: names and options checked.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::draft::value;
use crate::kickstart::inventory::host::BondDocument;
use crate::kickstart::model::host::Bond;
use crate::kickstart::value::bond_option;
use crate::kickstart::value::bond_option::BondOption;
use crate::kickstart::value::choice::BondMode;
use crate::kickstart::value::text_rule;
use crate::origin::{Diagnostic, Sourced, did_you_mean};

/// Builds the bond of a host.
pub(in crate::kickstart) fn resolve_bond(
    draft: &Draft<'_>,
    bond: &BondDocument,
    problems: &mut Vec<Diagnostic>,
) -> Bond {
    text_rule::INTERFACE.check_all(&bond.interfaces, problems);
    text_rule::INTERFACE.check_all(&bond.name, problems);
    let mut seen: Vec<&Sourced<String>> = Vec::new();
    for interface in &bond.interfaces {
        if let Some(first) = seen.iter().find(|first| first.value == interface.value) {
            let message = format!("{interface} is in the bond twice");
            problems.push(
                Diagnostic::error(&interface.origin, message).and(&first.origin, "first here"),
            );
        }
        seen.push(interface);
    }
    if bond.interfaces.len() < 2 {
        let origin = bond.interfaces.first().map(|one| &one.origin);
        let message = "a bond needs two interfaces or more";
        problems.push(Diagnostic::error(origin.unwrap_or(draft.origin), message));
    }
    let mode = value(bond.mode.as_ref()).unwrap_or_default();
    Bond {
        name: bond
            .name
            .as_ref()
            .map_or_else(|| "bond0".to_owned(), |name| name.value.clone()),
        interfaces: bond.interfaces.clone(),
        mode,
        options: options(draft, bond, mode, problems),
    }
}

/// The options as the driver prints them; NetworkManager would leave out in silence what it does not
/// know, and netplan refuse the whole file.
fn options(
    draft: &Draft<'_>,
    bond: &BondDocument,
    mode: BondMode,
    problems: &mut Vec<Diagnostic>,
) -> BTreeMap<String, String> {
    let interfaces: Vec<&str> = bond
        .interfaces
        .iter()
        .map(|one| one.value.as_str())
        .collect();
    let mut taken = BTreeMap::new();
    for (name, stated) in bond.options.iter().flatten() {
        let Some(option) = bond_option::find(name) else {
            problems.push(unknown(name, stated));
            continue;
        };
        match option.value(stated, &interfaces) {
            Err(right) => {
                let message = format!("`{stated}` is not what {name} takes");
                let error = Diagnostic::error(&stated.origin, message);
                problems.push(error.hint(format!("write {right}")));
            }
            Ok(value) => {
                problems.extend(unsuitable(draft, option, mode, (stated, &value)));
                taken.insert(name.clone(), value);
            }
        }
    }
    let set = |name: &str| taken.get(name).is_some_and(|value| value != "0");
    for (name, needed) in [
        ("updelay", "miimon"),
        ("downdelay", "miimon"),
        ("arp_interval", "arp_ip_target"),
        ("arp_ip_target", "arp_interval"),
    ] {
        if set(name) && !set(needed) {
            problems.extend(at(
                bond,
                name,
                &format!("{name} has no effect without {needed}"),
            ));
        }
    }
    if set("miimon") && set("arp_interval") {
        let message = "miimon and arp_interval exclude each other";
        problems.extend(at(bond, "arp_interval", message));
    }
    taken
}

fn at(bond: &BondDocument, name: &str, message: &str) -> Option<Diagnostic> {
    let stated = bond.options.as_ref()?.get(name)?;
    Some(Diagnostic::error(&stated.origin, message))
}

fn unknown(name: &str, stated: &Sourced<String>) -> Diagnostic {
    let message = format!("`{name}={stated}` is not an option of a bond");
    let error = Diagnostic::error(&stated.origin, message);
    if name == "mode" {
        return error.hint("write `mode: …` beside `options`");
    }
    match did_you_mean(name, bond_option::names()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => {
            let known: Vec<&str> = bond_option::names().collect();
            error.hint(format!("known: {}", known.join(", ")))
        }
    }
}

/// An option that the mode or the target cannot have.
fn unsuitable(
    draft: &Draft<'_>,
    option: &BondOption,
    mode: BondMode,
    (stated, value): (&Sourced<String>, &str),
) -> Option<Diagnostic> {
    let name = option.name;
    if !option.fits(mode) {
        let message = format!("{name} has no effect in the mode {mode}");
        return Some(Diagnostic::error(&stated.origin, message).hint("remove it"));
    }
    if !option.is_known_to(draft.installer, value) {
        let message = format!(
            "netplan, which sets up {}, cannot say {name}={stated}",
            draft.target
        );
        let error = Diagnostic::error(&stated.origin, message);
        return Some(error.hint(match name {
            "num_unsol_na" => "write num_grat_arp, which is the same to the kernel",
            _ => "remove it, or set it at the first boot",
        }));
    }
    None
}
