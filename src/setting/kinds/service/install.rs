//! Enabling, disabling and masking, as `systemctl` does it.

use std::collections::BTreeSet;

use super::links::{Links, MASK, configured};
use crate::action::Action;
use crate::origin::did_you_mean;
use crate::setting::contract::ground::Ground;
use crate::setting::contract::refusal::Refusal;
use crate::setting::systemd::name::UnitName;
use crate::setting::systemd::scope::Scope;
use crate::setting::systemd::unit::UnitInstall;

/// Changes the links of units, one after the other.
pub(super) struct Installer<'a> {
    links: Links<'a>,
    /// Units with a state of their own.
    stated: &'a BTreeSet<(Scope, UnitName)>,
}

/// A unit that was found: the name that it is enabled by, and its file.
struct Found {
    name: UnitName,
    unit: UnitInstall,
}

impl<'a> Installer<'a> {
    pub(super) fn new(ground: &'a mut dyn Ground, stated: &'a BTreeSet<(Scope, UnitName)>) -> Self {
        Self {
            links: Links::new(ground),
            stated,
        }
    }

    /// The changes, sorted by path.
    pub(super) fn into_actions(self) -> Vec<Action> {
        self.links.into_actions()
    }

    /// Takes a mask away, and nothing else.
    pub(super) fn unmask(&mut self, scope: Scope, name: &UnitName) {
        if self.links.masked(scope, name) {
            self.links.remove(configured(scope, &name.to_string()));
        }
    }

    /// Masks a unit, whether it is there or not.
    pub(super) fn mask(
        &mut self,
        setting: &str,
        scope: Scope,
        name: &UnitName,
    ) -> Result<(), Refusal> {
        let path = configured(scope, &name.to_string());
        let unit = self.links.unit(scope, &name.to_string());
        if unit.is_some_and(|unit| unit.path == path) {
            return Err(Refusal::UnitInTheWay {
                setting: setting.to_owned(),
                unit: name.to_string(),
                path: path.to_string(),
            });
        }
        self.links.put(path, MASK);
        Ok(())
    }

    /// Removes every link to a unit, and to those that it names in `Also=`.
    pub(super) fn disable(
        &mut self,
        setting: &str,
        scope: Scope,
        name: &UnitName,
    ) -> Result<(), Refusal> {
        let found = match self.find(scope, name) {
            Some(found) => found,
            // systemctl leaves a masked unit alone.
            None if self.links.masked(scope, name) => return Ok(()),
            None => {
                let refusal = self.unknown(setting, scope, name);
                return self.links.pass_over(refusal);
            }
        };
        let mut names = BTreeSet::from([name.clone(), found.name.clone()]);
        let mut queue = vec![found];
        while let Some(Found { name, unit }) = queue.pop() {
            for also in also_of(setting, &name, &unit)? {
                if self.stated.contains(&(scope, also.clone())) || !names.insert(also.clone()) {
                    continue;
                }
                if let Some(found) = self.find(scope, &also) {
                    names.insert(found.name.clone());
                    queue.push(found);
                }
            }
        }
        for path in self.links.leading_to(scope, &names) {
            self.links.remove(path);
        }
        Ok(())
    }

    /// Makes the links that a unit's `[Install]` section asks for, and those of its `Also=`.
    pub(super) fn enable(
        &mut self,
        setting: &str,
        scope: Scope,
        name: &UnitName,
    ) -> Result<(), Refusal> {
        let Some(found) = self.find(scope, name) else {
            return Err(self.unknown(setting, scope, name));
        };
        if !found.unit.can_be_enabled() {
            return self.links.pass_over(Refusal::Static {
                setting: setting.to_owned(),
                unit: found.name.to_string(),
            });
        }
        let mut seen = BTreeSet::from([name.clone(), found.name.clone()]);
        let mut queue = vec![found];
        while let Some(found) = queue.pop() {
            for also in also_of(setting, &found.name, &found.unit)? {
                if self.stated.contains(&(scope, also.clone()))
                    || self.links.masked(scope, &also)
                    || !seen.insert(also.clone())
                {
                    continue;
                }
                queue.extend(self.find(scope, &also));
            }
            self.install(setting, scope, &found)?;
        }
        Ok(())
    }

    fn install(&mut self, setting: &str, scope: Scope, found: &Found) -> Result<(), Refusal> {
        let Found { name, unit } = found;
        // A template without an instance stands for its default one.
        let default = unit
            .default_instance
            .as_deref()
            .filter(|_| name.is_template());
        let instance = match default {
            Some(default) => name.with_instance(&expanded(setting, name, default)?),
            None => name.clone(),
        };
        if name.may_alias() {
            for alias in &unit.alias {
                let alias = expanded(setting, &instance, alias)?;
                self.alias(setting, scope, found, &alias)?;
            }
        }
        for (wanting, folder) in [
            (&unit.wanted_by, "wants"),
            (&unit.required_by, "requires"),
            (&unit.upheld_by, "upholds"),
        ] {
            for target in wanting {
                let target = expanded(setting, &instance, target)?;
                let Some(wanted_by) = UnitName::parse(&target) else {
                    return Err(wrong_install(
                        setting,
                        name,
                        format!("{target} is not a unit"),
                    ));
                };
                if instance.is_template() && !wanted_by.to_string().contains('@') {
                    return Err(Refusal::NeedsInstance {
                        setting: setting.to_owned(),
                        unit: name.to_string(),
                        target,
                    });
                }
                let below = format!("{target}.{folder}/{instance}");
                let path = self.links.enabling(scope, &below);
                self.links.put(path, &unit.path.to_string());
            }
        }
        Ok(())
    }

    fn alias(
        &mut self,
        setting: &str,
        scope: Scope,
        found: &Found,
        alias: &str,
    ) -> Result<(), Refusal> {
        let Found { name, unit } = found;
        let refuse = |reason: String| Err(wrong_install(setting, name, reason));
        // The old form `Alias=multi-user.target.wants/foo.service`.
        let (folder, bare) = alias.rsplit_once('/').unwrap_or(("", alias));
        let wanting = folder
            .strip_suffix(".wants")
            .or_else(|| folder.strip_suffix(".requires"));
        if !folder.is_empty() && wanting.and_then(UnitName::parse).is_none() {
            return refuse(format!("{alias} is not an alias"));
        }
        let Some(mut other) = UnitName::parse(bare) else {
            return refuse(format!("{alias} is not a unit"));
        };
        if let (true, Some(instance)) = (other.is_template(), name.instance()) {
            other = other.with_instance(instance);
        }
        if other == *name && folder.is_empty() {
            return Ok(());
        }
        let shapes = |unit: &UnitName| (unit.is_template(), unit.instance().map(str::to_owned));
        let same_shape =
            shapes(&other) == shapes(name) || (other.instance().is_some() && name.is_template());
        if other.suffix() != name.suffix() || !same_shape {
            return refuse(format!("{name} cannot have the alias {alias}"));
        }
        let below = if folder.is_empty() {
            other.to_string()
        } else {
            format!("{folder}/{other}")
        };
        let path = configured(scope, &below);
        let target = unit.path.to_string();
        let taken = |by: String| Refusal::AliasTaken {
            setting: setting.to_owned(),
            unit: name.to_string(),
            alias: below.clone(),
            other: by,
        };
        match self.links.target(&path) {
            Some(present)
                if !self.links.same(&path, &present, &target)
                    && (present == MASK || !self.links.broken(scope, &path, &present)) =>
            {
                return Err(taken(present));
            }
            None if folder.is_empty() => {
                let unit = self.links.unit(scope, &other.to_string());
                if unit.is_some_and(|unit| unit.path == path) {
                    return Err(taken(path.to_string()));
                }
            }
            _ => {}
        }
        self.links.put(path, &target);
        Ok(())
    }

    /// The unit that a name means, through aliases and the template of an instance.
    fn find(&mut self, scope: Scope, name: &UnitName) -> Option<Found> {
        let unit = match self.links.unit(scope, &name.to_string()) {
            Some(unit) => unit,
            None => self.links.unit(scope, &name.template()?.to_string())?,
        };
        let file = String::from_utf8_lossy(unit.path.file_name()).into_owned();
        let file = UnitName::parse(&file)?;
        let name = match name.instance() {
            Some(instance) if file.is_template() => file.with_instance(instance),
            _ => file,
        };
        Some(Found { name, unit })
    }

    fn unknown(&mut self, setting: &str, scope: Scope, name: &UnitName) -> Refusal {
        let names = self.links.unit_names(scope);
        let unit = name.to_string();
        Refusal::UnknownUnit {
            setting: setting.to_owned(),
            meant: did_you_mean(&unit, names.iter().map(String::as_str)).map(str::to_owned),
            unit,
        }
    }
}

fn also_of(setting: &str, name: &UnitName, unit: &UnitInstall) -> Result<Vec<UnitName>, Refusal> {
    unit.also
        .iter()
        .map(|also| {
            let also = expanded(setting, name, also)?;
            UnitName::parse(&also)
                .ok_or_else(|| wrong_install(setting, name, format!("{also} is not a unit")))
        })
        .collect()
}

fn expanded(setting: &str, name: &UnitName, text: &str) -> Result<String, Refusal> {
    name.expand(text).map_err(|specifier| {
        wrong_install(
            setting,
            name,
            format!("{specifier} in {text} depends on the machine"),
        )
    })
}

fn wrong_install(setting: &str, unit: &UnitName, reason: String) -> Refusal {
    Refusal::Install {
        setting: setting.to_owned(),
        unit: unit.to_string(),
        reason,
    }
}
