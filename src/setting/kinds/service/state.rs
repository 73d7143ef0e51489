//! The states of a unit, and what a table of them changes in a root.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::install::Installer;
use crate::action::Action;
use crate::origin::{Diagnostic, Sourced};
use crate::setting::contract::ground::Ground;
use crate::setting::contract::kind::{Kind, Setting};
use crate::setting::contract::refusal::{Refusal, typed};
use crate::setting::systemd::name::UnitName;
use crate::setting::systemd::scope::Scope;

impl Kind {
    /// Whether a systemd unit is enabled, disabled or masked.
    pub const SERVICE: Self = Self::named("service");
}

/// What a document asks of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceState {
    /// It starts when its `[Install]` section says; a mask is taken away.
    Enabled,
    /// It does not start by itself; a mask stays.
    Disabled,
    /// It cannot be started at all.
    Masked,
    /// It is not masked, and otherwise as it was.
    Unmasked,
}

impl ServiceState {
    /// The word in a document.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Masked => "masked",
            Self::Unmasked => "unmasked",
        }
    }
}

/// Reads one unit as written.
pub(in crate::setting) fn declare(
    unit: &Sourced<String>,
    state: ServiceState,
) -> Result<Setting, Diagnostic> {
    let (scope, bare) = split(unit);
    let Some(name) = UnitName::parse(bare) else {
        let prefix = if scope == Scope::User { "user/" } else { "" };
        let with_suffix = format!("{bare}.service");
        let hint = if UnitName::parse(&with_suffix).is_some() {
            format!("write the whole name: {prefix}{with_suffix}")
        } else {
            "write the name with its suffix, for example ssh.service or user/foo.timer".to_owned()
        };
        return Err(
            Diagnostic::error(&unit.origin, format!("`{unit}` is not the name of a unit"))
                .hint(hint),
        );
    };
    Ok(Setting {
        kind: Kind::SERVICE,
        name: match scope {
            Scope::System => name.to_string(),
            Scope::User => format!("user/{name}"),
        },
        value: serde_json::to_value(state).expect("a plain enum serialises"),
        origin: unit.origin.clone(),
    })
}

/// Takes the scope off the name of a setting.
pub(super) fn split(name: &str) -> (Scope, &str) {
    match name.strip_prefix("user/") {
        Some(bare) => (Scope::User, bare),
        None => (Scope::System, name),
    }
}

/// Makes and removes the links of the touched units.
///
/// What is taken away goes first, so that one unit can take over the alias of another.
pub(in crate::setting) fn render(
    all: &BTreeMap<String, Value>,
    touched: &BTreeSet<String>,
    ground: &mut dyn Ground,
) -> Result<Vec<Action>, Refusal> {
    let mut stated = BTreeSet::new();
    let mut units = Vec::new();
    for (key, value) in all {
        let state: ServiceState = typed(Kind::SERVICE, key, value)?;
        let (scope, bare) = split(key);
        let name = UnitName::parse(bare).ok_or_else(|| Refusal::Value {
            setting: Kind::SERVICE.key(key),
            reason: format!("{bare} is not the name of a unit"),
        })?;
        stated.insert((scope, name.clone()));
        if touched.contains(key) {
            units.push((Kind::SERVICE.key(key), scope, name, state));
        }
    }
    let mut installer = Installer::new(ground, &stated);
    for (setting, scope, name, state) in &units {
        match state {
            ServiceState::Enabled | ServiceState::Unmasked => installer.unmask(*scope, name),
            ServiceState::Disabled => installer.disable(setting, *scope, name)?,
            ServiceState::Masked => {}
        }
    }
    for (setting, scope, name, state) in &units {
        match state {
            ServiceState::Enabled => installer.enable(setting, *scope, name)?,
            ServiceState::Masked => installer.mask(setting, *scope, name)?,
            ServiceState::Disabled | ServiceState::Unmasked => {}
        }
    }
    Ok(installer.into_actions())
}

/// A masked unit is disabled too.
pub(in crate::setting) fn at_least(name: &str, candidate: &Value, mandatory: &Value) -> bool {
    let state = |value| typed(Kind::SERVICE, name, value);
    matches!(
        (state(candidate), state(mandatory)),
        (Ok(ServiceState::Masked), Ok(ServiceState::Disabled))
    )
}

/// `unit ssh.service is enabled`.
pub(in crate::setting) fn show(key: &str, value: &Value) -> Result<String, Refusal> {
    let state: ServiceState = typed(Kind::SERVICE, key, value)?;
    let (scope, name) = split(key);
    let whose = if scope == Scope::User {
        "user unit"
    } else {
        "unit"
    };
    Ok(format!("{whose} {name} is {}", state.name()))
}
