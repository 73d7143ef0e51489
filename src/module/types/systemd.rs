//! `type: systemd`: ships, enables, disables and masks units.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::module::module_type::{BLUEBUILD, Configuration, Form, ModuleType, NATIVE};
use crate::module::sources::Copy;
use crate::module::surroundings::{Compiled, Dialect, Surroundings};
use crate::origin::{Diagnostic, Sourced, SourcedMap};
use crate::path::TreePath;
use crate::setting::{Declaration, ServiceState, UnitName};

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "systemd",
    does: "Ships, enables, disables and masks units.",
    example: "type: systemd\nsystem:\n  enabled: [nginx.service]\n  masked: [ctrl-alt-del.target]\n",
    forms: &[
        Form::of::<Systemd>(NATIVE),
        Form::written_as::<BlueBuildSystemd, Systemd>(BLUEBUILD),
    ],
};

/// Where BlueBuild looks for units to ship, below `files/`.
const BLUEBUILD_UNITS: &str = "systemd";

/// Configuration of the module type `systemd`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::module) struct Systemd {
    /// Units of the system.
    #[serde(default)]
    pub system: States,
    /// Units of every user's own instance.
    #[serde(default)]
    pub user: States,
    /// A folder of the repository with unit files to ship, in `system/` and `user/`.
    #[serde(default)]
    pub units: Option<Sourced<String>>,
}

/// Configuration of the module type `systemd` of BlueBuild.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::module) struct BlueBuildSystemd {
    /// Units of the system.
    #[serde(default)]
    system: States,
    /// Units of every user.
    #[serde(default)]
    user: States,
}

impl From<BlueBuildSystemd> for Systemd {
    fn from(systemd: BlueBuildSystemd) -> Self {
        Self {
            system: systemd.system,
            user: systemd.user,
            units: None,
        }
    }
}

/// Units by what shall become of them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::module) struct States {
    /// Units that start when their `[Install]` section says.
    #[serde(default)]
    pub enabled: Vec<Sourced<String>>,
    /// Units that do not start by themselves.
    #[serde(default)]
    pub disabled: Vec<Sourced<String>>,
    /// Units that cannot be started at all.
    #[serde(default)]
    pub masked: Vec<Sourced<String>>,
    /// Units whose mask is taken away.
    #[serde(default)]
    pub unmasked: Vec<Sourced<String>>,
}

impl Configuration for Systemd {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        let mut compiled = Compiled::default();
        let mut wrong = Vec::new();
        for (states, prefix) in [(&self.system, ""), (&self.user, "user/")] {
            let merged = states.merged(prefix, around.dialect, &mut compiled.warnings);
            let settings = merged
                .and_then(|map| Declaration::Service(SourcedMap(map)).settings(around.inputs));
            match settings {
                Ok(settings) => compiled.settings.extend(settings),
                Err(diagnostics) => wrong.extend(diagnostics),
            }
        }
        if let Err(diagnostics) = self.ship(around, &mut compiled) {
            wrong.extend(diagnostics);
        }
        if wrong.is_empty() {
            Ok(compiled)
        } else {
            Err(wrong)
        }
    }
}

impl Systemd {
    /// Copies the unit files.
    fn ship(
        &self,
        around: &Surroundings<'_>,
        compiled: &mut Compiled,
    ) -> Result<(), Vec<Diagnostic>> {
        let folder = match (&self.units, around.dialect) {
            (Some(units), _) => units.clone(),
            (None, Dialect::BlueBuild) => {
                Sourced::new(BLUEBUILD_UNITS.to_owned(), around.origin.clone())
            }
            (None, Dialect::Native) => return Ok(()),
        };
        let mut shipped = false;
        for scope in ["system", "user"] {
            let source = folder
                .clone()
                .map(|folder| format!("{}/{scope}", folder.trim_end_matches('/')));
            if !around.inputs.is_folder(&source) {
                continue;
            }
            shipped = true;
            let destination = TreePath::parse(&format!("/usr/lib/systemd/{scope}"))
                .expect("a constant path is valid");
            Copy::plain(around).folder(&source, &destination, compiled)?;
        }
        if let (false, Some(units)) = (shipped, &self.units) {
            around.inputs.tree(units).map_err(|missing| vec![missing])?;
            return Err(vec![
                Diagnostic::error(
                    &units.origin,
                    format!("the folder `{units}` has neither `system` nor `user` in it"),
                )
                .hint(format!("put the unit files into {units}/system")),
            ]);
        }
        Ok(())
    }
}

impl States {
    /// One state for each unit, in the order in which BlueBuild goes through the lists.
    ///
    /// `unmasked` beside `enabled` says nothing more, since enabling takes a mask away. Natively a
    /// unit in any other two lists is an error; in BlueBuild the later list wins.
    fn merged(
        &self,
        prefix: &str,
        dialect: Dialect,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Vec<(Sourced<String>, ServiceState)>, Vec<Diagnostic>> {
        let mut order: Vec<(Sourced<String>, ServiceState)> = Vec::new();
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        let mut wrong = Vec::new();
        for (units, state) in [
            (&self.enabled, ServiceState::Enabled),
            (&self.disabled, ServiceState::Disabled),
            (&self.unmasked, ServiceState::Unmasked),
            (&self.masked, ServiceState::Masked),
        ] {
            for unit in units {
                let name = full_name(unit, dialect);
                let entry = name.clone().map(|name| format!("{prefix}{name}"));
                let first = known
                    .get(&name.value)
                    .and_then(|index| order.get_mut(*index));
                let Some((first, before)) = first else {
                    known.insert(name.value, order.len());
                    order.push((entry, state));
                    continue;
                };
                if *before == state
                    || (*before, state) == (ServiceState::Enabled, ServiceState::Unmasked)
                {
                    continue;
                }
                let message = format!(
                    "`{unit}` is in both lists `{}` and `{}`",
                    before.name(),
                    state.name()
                );
                let diagnostic = match dialect {
                    Dialect::Native => Diagnostic::error(&unit.origin, message),
                    Dialect::BlueBuild => Diagnostic::warning(&unit.origin, message),
                };
                let diagnostic = diagnostic.and(&first.origin, "first listed here");
                match dialect {
                    Dialect::Native => wrong.push(diagnostic.hint("keep it in one list")),
                    Dialect::BlueBuild => {
                        let hint = format!("only `{}` is done; keep it in one list", state.name());
                        warnings.push(diagnostic.hint(hint));
                        (*first, *before) = (entry, state);
                    }
                }
            }
        }
        if wrong.is_empty() {
            Ok(order)
        } else {
            Err(wrong)
        }
    }
}

/// The name with the suffix that systemctl adds, which only BlueBuild recipes may leave out.
fn full_name(unit: &Sourced<String>, dialect: Dialect) -> Sourced<String> {
    unit.clone().map(|name| match dialect {
        Dialect::BlueBuild if UnitName::parse(&name).is_none() => format!("{name}.service"),
        _ => name,
    })
}
