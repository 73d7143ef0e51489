//! The files of the program that filters.

use std::collections::BTreeMap;

use serde_json::Value;

use super::declare::{FirewallPolicy, FirewallValue, Program};
use super::{firewalld, nftables, ufw};
use crate::action::{Action, Content, Edit, EditStyle, Owner};
use crate::setting::contract::ground::Ground;
use crate::setting::contract::kind::Kind;
use crate::setting::contract::refusal::{Refusal, typed};
use crate::setting::input::place::constant;
use crate::setting::root::edit::apply;
use crate::setting::root::rewrite::{Held, written};

pub(super) const NFTABLES: &str = "/etc/nftables.conf";
pub(super) const UFW: &str = "/etc/ufw/ufw.conf";
pub(super) const UFW_DEFAULTS: &str = "/etc/default/ufw";
pub(super) const UFW_RULES: [(&str, bool); 2] = [
    ("/etc/ufw/user.rules", false),
    ("/etc/ufw/user6.rules", true),
];
pub(super) const FIREWALLD: &str = "/etc/firewalld/firewalld.conf";
pub(super) const ZONE: &str = "/etc/firewalld/zones/terroir.xml";
pub(super) const TRUSTED: &str = "/etc/firewalld/zones/trusted.xml";

/// Writes the rules.
pub(in crate::setting) fn render(
    all: &BTreeMap<String, Value>,
    ground: &mut dyn Ground,
) -> Result<Vec<Action>, Refusal> {
    let mut actions = Vec::new();
    for (name, value) in all {
        let setting = Kind::FIREWALL.key(name);
        let value: FirewallValue = typed(Kind::FIREWALL, name, value)?;
        match value.program {
            Program::Nftables => actions.push(Action::Write {
                path: constant(NFTABLES),
                content: Content::Text(nftables::text(&value).into()),
                mode: 0o755,
                owner: Owner::default(),
            }),
            Program::Ufw => actions.extend(of_ufw(&setting, &value, ground)?),
            Program::Firewalld => {
                let zone = [("DefaultZone".to_owned(), "terroir".to_owned())];
                actions.extend(edited(&setting, FIREWALLD, zone.to_vec(), ground)?);
                actions.push(written(ZONE, &firewalld::zone(&value)));
                if value.loopback {
                    actions.push(written(TRUSTED, firewalld::TRUSTED));
                }
            }
        }
    }
    Ok(actions)
}

/// What `/etc/default/ufw` calls a policy.
pub(super) fn ufw_policy(policy: FirewallPolicy) -> &'static str {
    match policy {
        FirewallPolicy::Drop => "DROP",
        FirewallPolicy::Reject => "REJECT",
    }
}

fn of_ufw(
    setting: &str,
    value: &FirewallValue,
    ground: &mut dyn Ground,
) -> Result<Vec<Action>, Refusal> {
    let policy = format!("\"{}\"", ufw_policy(value.policy));
    let key = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let defaults = vec![
        key("DEFAULT_INPUT_POLICY", &policy),
        key("DEFAULT_OUTPUT_POLICY", "\"ACCEPT\""),
        key("DEFAULT_FORWARD_POLICY", &policy),
    ];
    let mut actions = Vec::new();
    actions.extend(edited(setting, UFW_DEFAULTS, defaults, ground)?);
    actions.extend(edited(setting, UFW, vec![key("ENABLED", "yes")], ground)?);
    for (path, is_v6) in UFW_RULES {
        let file = Held::read(setting, path, 0o640, ground)?;
        let made = ufw::with_rules(file.content(), &ufw::rules(value, is_v6));
        let made = made.ok_or_else(|| Refusal::MissingFile {
            setting: setting.to_owned(),
            path: path.to_owned(),
        })?;
        actions.extend(file.with(&made));
    }
    Ok(actions)
}

fn edited(
    setting: &str,
    path: &str,
    values: Vec<(String, String)>,
    ground: &mut dyn Ground,
) -> Result<Option<Action>, Refusal> {
    let file = Held::read(setting, path, 0o644, ground)?;
    let Some(old) = &file.text else {
        return Err(Refusal::MissingFile {
            setting: setting.to_owned(),
            path: path.to_owned(),
        });
    };
    let edit = Edit {
        style: EditStyle::Equals,
        reader: None,
        values,
        removed: Vec::new(),
        create: false,
    };
    Ok(file.with(&apply(&edit, old)))
}
