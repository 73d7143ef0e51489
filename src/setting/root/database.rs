//! Databases of accounts as lines of fields: `/etc/passwd`, `/etc/group` and their shadows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::rewrite::{Held, joined};
use crate::action::Action;
use crate::setting::contract::ground::Ground;
use crate::setting::contract::refusal::Refusal;

/// One database, while settings change it.
#[derive(Debug)]
pub(in crate::setting) struct Database {
    file: Held,
    lines: Vec<Vec<String>>,
}

impl Database {
    /// Reads a database; `mode` is what it gets when it is not there.
    pub(in crate::setting) fn read(
        setting: &str,
        path: &str,
        mode: u32,
        ground: &mut dyn Ground,
    ) -> Result<Self, Refusal> {
        Ok(Self::of(Held::read(setting, path, mode, ground)?))
    }

    /// A database of a text, which is none when it is not there.
    pub(in crate::setting) fn of_text(text: Option<String>) -> Self {
        Self::of(Held::of_text(text))
    }

    fn of(file: Held) -> Self {
        let lines = file.content().lines();
        let lines = lines.map(|line| line.split(':').map(str::to_owned).collect());
        Self {
            lines: lines.collect(),
            file,
        }
    }

    /// Whether the root has it.
    pub(in crate::setting) fn is_there(&self) -> bool {
        self.file.text.is_some()
    }

    /// The fields of a name.
    pub(in crate::setting) fn get(&self, name: &str) -> Option<&Vec<String>> {
        self.lines.iter().find(|fields| is_of(fields, name))
    }

    /// The fields of a name, to be changed; they are made by `new` when there are none.
    pub(in crate::setting) fn entry(
        &mut self,
        name: &str,
        new: impl FnOnce() -> Vec<String>,
    ) -> &mut Vec<String> {
        let index = self.lines.iter().position(|fields| is_of(fields, name));
        let index = index.unwrap_or_else(|| {
            self.lines.push(new());
            self.lines.len() - 1
        });
        // The position was found or made right above.
        &mut self.lines[index]
    }

    /// All entries.
    pub(in crate::setting) fn entries_mut(&mut self) -> impl Iterator<Item = &mut Vec<String>> {
        self.lines.iter_mut()
    }

    /// The numbers in the third field.
    pub(in crate::setting) fn numbers(&self) -> BTreeSet<u32> {
        let numbers = self
            .lines
            .iter()
            .filter_map(|fields| fields.get(2)?.parse().ok());
        numbers.collect()
    }

    /// The name that has a number.
    pub(in crate::setting) fn holder(&self, number: u32) -> Option<&str> {
        let number = number.to_string();
        let mut lines = self.lines.iter();
        let holder = lines.find(|fields| fields.get(2) == Some(&number))?;
        holder.first().map(String::as_str)
    }

    /// The number of a name.
    pub(in crate::setting) fn number(&self, name: &str) -> Option<u32> {
        self.get(name)?.get(2)?.parse().ok()
    }

    /// The action that writes it; none when nothing changed.
    pub(in crate::setting) fn written(&self) -> Option<Action> {
        self.file.with(&self.text())
    }

    /// Its text when it changed.
    pub(in crate::setting) fn changed(&self) -> Option<String> {
        Some(self.text()).filter(|text| self.file.text.as_ref() != Some(text))
    }

    fn text(&self) -> String {
        joined(self.lines.iter().map(|fields| fields.join(":")))
    }
}

fn is_of(fields: &[String], name: &str) -> bool {
    fields.first().is_some_and(|own| own == name)
}

/// Puts a member into the last field of a line of a group.
pub(in crate::setting) fn join(fields: &mut [String], member: &str) {
    if let Some(members) = fields.last_mut()
        && !members.split(',').any(|held| held == member)
    {
        if !members.is_empty() {
            members.push(',');
        }
        members.push_str(member);
    }
}

/// The line of a new group in `/etc/group`.
pub(in crate::setting) fn new_group(name: &str, gid: u32) -> Vec<String> {
    [name, "x", &gid.to_string(), ""]
        .map(str::to_owned)
        .to_vec()
}

/// The line of a new group in `/etc/gshadow`.
pub(in crate::setting) fn new_group_shadow(name: &str) -> Vec<String> {
    [name, "!", "", ""].map(str::to_owned).to_vec()
}

/// The first number of a range that is free.
pub(in crate::setting) fn free(range: (u32, u32), taken: &BTreeSet<u32>) -> Option<u32> {
    (range.0..=range.1).find(|number| !taken.contains(number))
}

/// An attribute of an account in the name of a setting: `alice/shell`.
pub(in crate::setting) fn attribute(name: &str) -> (&str, &str) {
    name.split_once('/').unwrap_or((name, "present"))
}

/// What the settings of each account demand together; `read` takes one attribute, the name of its
/// setting and its value.
pub(in crate::setting) fn by_account<Demand: Default>(
    all: &BTreeMap<String, Value>,
    read: impl Fn(&mut Demand, &str, &str, &Value) -> Result<(), Refusal>,
) -> Result<BTreeMap<&str, Demand>, Refusal> {
    let mut demands = BTreeMap::new();
    for (name, value) in all {
        let (account, part) = attribute(name);
        read(demands.entry(account).or_default(), part, name, value)?;
    }
    Ok(demands)
}
