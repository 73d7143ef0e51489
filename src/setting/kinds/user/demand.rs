//! What the settings of one user demand together.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::setting::contract::kind::Kind;
use crate::setting::contract::refusal::{Refusal, typed};
use crate::setting::root::database::by_account;

/// What is demanded of one user.
#[derive(Debug, Default)]
pub(super) struct Demand {
    pub(super) uid: Option<u32>,
    pub(super) range: Option<(u32, u32)>,
    pub(super) group: Option<String>,
    pub(super) groups: Vec<String>,
    pub(super) home: Option<String>,
    pub(super) shell: Option<String>,
    pub(super) comment: Option<String>,
    pub(super) locked: Option<bool>,
    pub(super) keys: Option<Vec<String>>,
    pub(super) home_mode: Option<u32>,
    pub(super) without_shell: bool,
    pub(super) shadowed: bool,
}

/// The settings of each user together.
pub(super) fn demands(all: &BTreeMap<String, Value>) -> Result<BTreeMap<&str, Demand>, Refusal> {
    by_account(all, |demand: &mut Demand, part, name, value| {
        match part {
            "uid" => demand.uid = Some(typed(Kind::USER, name, value)?),
            "range" => demand.range = Some(typed(Kind::USER, name, value)?),
            "group" => demand.group = Some(typed(Kind::USER, name, value)?),
            "groups" => demand.groups = typed(Kind::USER, name, value)?,
            "home" => demand.home = Some(typed(Kind::USER, name, value)?),
            "shell" => demand.shell = Some(typed(Kind::USER, name, value)?),
            "comment" => demand.comment = Some(typed(Kind::USER, name, value)?),
            "locked" => demand.locked = Some(typed(Kind::USER, name, value)?),
            "authorized-keys" => demand.keys = Some(typed(Kind::USER, name, value)?),
            "home-mode" => {
                let mode: String = typed(Kind::USER, name, value)?;
                demand.home_mode = u32::from_str_radix(&mode, 8).ok();
            }
            "system-without-shell" => demand.without_shell = typed(Kind::USER, name, value)?,
            "shadowed" => demand.shadowed = typed(Kind::USER, name, value)?,
            _ => {}
        }
        Ok(())
    })
}
