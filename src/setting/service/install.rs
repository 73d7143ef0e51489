//! The links of systemd units, as `systemctl` makes and removes them.

use std::collections::{BTreeMap, BTreeSet};

use crate::action::Action;
use crate::origin::did_you_mean;
use crate::path::TreePath;
use crate::setting::error::Refusal;
use crate::setting::ground::{Ground, Scope};
use crate::setting::place::resolved;
use crate::setting::unit::UnitInstall;
use crate::setting::unit_name::UnitName;

/// What a mask points at.
const MASK: &str = "/dev/null";

/// Most links that are followed from one name to its unit.
const MAX_LINKS: usize = 40;

/// A root and the changes to its links so far.
pub(super) struct Installer<'a> {
    ground: &'a mut dyn Ground,
    /// Units with a state of their own.
    stated: &'a BTreeSet<(Scope, UnitName)>,
    /// Links to make, and, with no target, to remove.
    changes: BTreeMap<TreePath, Option<String>>,
    /// Whether `/lib` is a link to `/usr/lib`.
    merged: bool,
}

/// A unit that was found: the name that it is enabled by, and its file.
struct Found {
    name: UnitName,
    unit: UnitInstall,
}

impl<'a> Installer<'a> {
    pub(super) fn new(ground: &'a mut dyn Ground, stated: &'a BTreeSet<(Scope, UnitName)>) -> Self {
        let merged = ground.link(&place("/lib")).is_some();
        Self {
            ground,
            stated,
            changes: BTreeMap::new(),
            merged,
        }
    }

    /// The changes, sorted by path.
    pub(super) fn into_actions(self) -> Vec<Action> {
        self.changes
            .into_iter()
            .map(|(path, target)| match target {
                Some(target) => Action::Link { path, target },
                None => Action::Remove { path },
            })
            .collect()
    }

    /// Takes a mask away, and nothing else.
    pub(super) fn unmask(&mut self, scope: Scope, name: &UnitName) {
        let path = configured(scope, &name.to_string());
        if self.link(&path).as_deref() == Some(MASK) {
            self.remove(path);
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
        let unit = self.ground.unit(scope, &name.to_string());
        if unit.is_some_and(|unit| unit.path == path) {
            return Err(Refusal::UnitInTheWay {
                setting: setting.to_owned(),
                unit: name.to_string(),
                path: path.to_string(),
            });
        }
        self.put(path, MASK);
        Ok(())
    }

    /// Removes every link to a unit, and to those that it names in `Also=`.
    pub(super) fn disable(
        &mut self,
        setting: &str,
        scope: Scope,
        name: &UnitName,
    ) -> Result<(), Refusal> {
        let masked = self.link(&configured(scope, &name.to_string())).as_deref() == Some(MASK);
        let found = match self.find(scope, name) {
            Some(found) => found,
            // systemctl leaves a masked unit alone.
            None if masked => return Ok(()),
            None => return Err(self.unknown(setting, scope, name)),
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
        for path in self.links_to(scope, &names) {
            self.remove(path);
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
            return Err(Refusal::Static {
                setting: setting.to_owned(),
                unit: found.name.to_string(),
            });
        }
        let mut seen = BTreeSet::from([name.clone(), found.name.clone()]);
        let mut queue = vec![found];
        while let Some(found) = queue.pop() {
            for also in also_of(setting, &found.name, &found.unit)? {
                let mask = self.link(&configured(scope, &also.to_string()));
                if self.stated.contains(&(scope, also.clone()))
                    || mask.as_deref() == Some(MASK)
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
                    return Err(wrong_install(setting, name, format!("{target} is no unit")));
                };
                if instance.is_template() && !wanted_by.to_string().contains('@') {
                    return Err(Refusal::NeedsInstance {
                        setting: setting.to_owned(),
                        unit: name.to_string(),
                        target,
                    });
                }
                let path = configured(scope, &format!("{target}.{folder}/{instance}"));
                self.put(path, &unit.path.to_string());
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
            return refuse(format!("{alias} is no alias"));
        }
        let Some(mut other) = UnitName::parse(bare) else {
            return refuse(format!("{alias} is no unit"));
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
        match self.link(&path) {
            Some(present) if !self.same(&path, &present, &target) => {
                if present == MASK || !self.broken(scope, &path, &present) {
                    return Err(taken(present));
                }
            }
            Some(_) => {}
            None if folder.is_empty() => {
                let unit = self.ground.unit(scope, &other.to_string());
                if unit.is_some_and(|unit| unit.path == path) {
                    return Err(taken(path.to_string()));
                }
            }
            None => {}
        }
        self.put(path, &target);
        Ok(())
    }

    /// The unit that a name means, through aliases and the template of an instance.
    fn find(&mut self, scope: Scope, name: &UnitName) -> Option<Found> {
        let unit = match self.ground.unit(scope, &name.to_string()) {
            Some(unit) => unit,
            None => self.ground.unit(scope, &name.template()?.to_string())?,
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
        let names = self.ground.unit_names(scope);
        let unit = name.to_string();
        Refusal::UnknownUnit {
            setting: setting.to_owned(),
            meant: did_you_mean(&unit, names.iter().map(String::as_str)).map(str::to_owned),
            unit,
        }
    }

    /// Links in the configuration directory and its `.wants`, `.requires` and `.upholds` that are
    /// or lead to one of the names.
    fn links_to(&mut self, scope: Scope, names: &BTreeSet<UnitName>) -> Vec<TreePath> {
        let mut links = Vec::new();
        let mut directories = vec![configured(scope, "")];
        while let Some(directory) = directories.pop() {
            for (path, target) in self.ground.children(&directory) {
                let Some(target) = target else {
                    let file = path.file_name();
                    if [&b".wants"[..], b".requires", b".upholds"]
                        .into_iter()
                        .any(|suffix| file.ends_with(suffix))
                    {
                        directories.push(path);
                    }
                    continue;
                };
                if target != MASK.as_bytes() && self.leads_to(&path, &target, names) {
                    links.push(path);
                }
            }
        }
        links
    }

    fn leads_to(&mut self, link: &TreePath, target: &[u8], names: &BTreeSet<UnitName>) -> bool {
        let named = |path: &TreePath| {
            std::str::from_utf8(path.file_name())
                .ok()
                .and_then(UnitName::parse)
        };
        let Some(own) = named(link) else {
            return false;
        };
        if names.contains(&own) || own.template().is_some_and(|name| names.contains(&name)) {
            return true;
        }
        let mut at = resolved(link, target);
        for _ in 0..MAX_LINKS {
            if named(&at).is_some_and(|name| names.contains(&name)) {
                return true;
            }
            let Some(next) = self.ground.link(&at) else {
                return false;
            };
            at = resolved(&at, &next);
        }
        false
    }

    /// The target of a link as it is after the changes so far.
    fn link(&mut self, path: &TreePath) -> Option<String> {
        match self.changes.get(path) {
            Some(changed) => changed.clone(),
            None => {
                let target = self.ground.link(path)?;
                Some(String::from_utf8_lossy(&target).into_owned())
            }
        }
    }

    /// Makes a link, unless one to the same file is there.
    fn put(&mut self, path: TreePath, target: &str) {
        let present = self.ground.link(&path);
        let kept = present.is_some_and(|present| {
            let present = String::from_utf8_lossy(&present).into_owned();
            self.same(&path, &present, target)
        });
        if kept {
            self.changes.remove(&path);
        } else {
            self.changes.insert(path, Some(target.to_owned()));
        }
    }

    fn remove(&mut self, path: TreePath) {
        if self.ground.link(&path).is_some() {
            self.changes.insert(path, None);
        } else {
            self.changes.remove(&path);
        }
    }

    fn same(&self, link: &TreePath, one: &str, other: &str) -> bool {
        let usr = place("/usr");
        let canonical = |target: &str| {
            let path = resolved(link, target.as_bytes());
            if self.merged && path.starts_with(&place("/lib")) {
                usr.join(path.as_bytes()).unwrap_or(path)
            } else {
                path
            }
        };
        canonical(one) == canonical(other)
    }

    /// Tells whether a link leads to no unit.
    fn broken(&mut self, scope: Scope, link: &TreePath, target: &str) -> bool {
        let file = resolved(link, target.as_bytes());
        let name = String::from_utf8_lossy(file.file_name()).into_owned();
        self.ground.unit(scope, &name).is_none()
    }
}

/// A path in the directory where links are made.
fn configured(scope: Scope, below: &str) -> TreePath {
    let [first, ..] = super::unit_directories(scope) else {
        unreachable!("every scope has directories")
    };
    place(first)
        .join(below.as_bytes())
        .expect("unit names are short and hold no slash")
}

fn place(path: &str) -> TreePath {
    TreePath::parse(path).expect("a constant path is valid")
}

fn also_of(setting: &str, name: &UnitName, unit: &UnitInstall) -> Result<Vec<UnitName>, Refusal> {
    unit.also
        .iter()
        .map(|also| {
            let also = expanded(setting, name, also)?;
            UnitName::parse(&also)
                .ok_or_else(|| wrong_install(setting, name, format!("{also} is no unit")))
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
