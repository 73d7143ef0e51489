//! The answers to a benchmark's choices: which firewall, which time source.

use std::collections::{BTreeMap, BTreeSet};

use crate::layer::{LayerDocument, OptionKind, OptionType};
use crate::origin::Origin;
use crate::package::Installed;
use crate::recipe::Record;
use crate::setting::Unexamined;
use crate::tree::Snapshot;
use crate::yaml::{Node, Value};

/// Values of a benchmark's options by name, as `with` would say them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices(pub BTreeMap<String, String>);

/// The options of a benchmark that a flavour's layers were used with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said(BTreeMap<String, serde_json::Value>);

/// Options that say which controls count, which whoever audits decides.
const OF_THE_AUDIT: [&str; 4] = ["level", "profile", "without", "only"];

impl Said {
    /// What a record tells of the options of a layer and of those that it uses.
    #[must_use]
    pub fn of(layer: &LayerDocument, record: Option<&Record>) -> Self {
        let used = record.into_iter().flat_map(|record| &record.layers);
        let options = used.flat_map(|(_, options)| options);
        let known = options.filter(|(name, _)| {
            layer.options.get(name).is_some() && !OF_THE_AUDIT.contains(&name.as_str())
        });
        Self(
            known
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        )
    }

    /// The names of the options.
    pub(in crate::audit) fn names(&self) -> BTreeSet<String> {
        self.0.keys().cloned().collect()
    }
}

impl Choices {
    /// Reads `NAME=VALUE`, the name also as `LAYER.NAME`; the error is a hint.
    pub fn add(&mut self, text: &str) -> Result<(), &'static str> {
        let (name, value) = text
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or("write NAME=VALUE, for example firewall=ufw or ssh_groups=ops,admins")?;
        let name = match name.split_once('.') {
            Some((layer, name)) if layer == "cis" || layer.starts_with("cis-") => name,
            _ => name,
        };
        self.0.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    /// What the flavour says of choices that nobody stated, and then what the packages of a root
    /// tell of them.
    ///
    /// # Errors
    /// The package database is there and cannot be read.
    pub fn complete(
        &mut self,
        layer: &LayerDocument,
        said: &Said,
        root: &Snapshot,
    ) -> Result<(), Unexamined> {
        for (name, value) in &said.0 {
            let option = layer.options.get(name);
            let is_choice = option.is_some_and(|option| !option.detect.is_empty());
            if let (true, Some(word)) = (is_choice, value.as_str()) {
                self.0
                    .entry(name.clone())
                    .or_insert_with(|| word.to_owned());
            }
        }
        self.detect(layer, root)
    }

    /// What the packages of a root tell of choices that nobody stated.
    ///
    /// # Errors
    /// The package database is there and cannot be read.
    fn detect(&mut self, layer: &LayerDocument, root: &Snapshot) -> Result<(), Unexamined> {
        let Some(installed) = Installed::of(root)? else {
            return Ok(());
        };
        for (name, option) in layer.options.iter() {
            if self.0.contains_key(name) || !matches!(option.kind, OptionKind::Enum(_)) {
                continue;
            }
            let mut words = option.detect.iter();
            if let Some((word, _)) = words.find(|(_, by)| installed.version(by).is_some()) {
                self.0.insert(name.to_owned(), word.clone());
            }
        }
        Ok(())
    }

    /// The choices as `with` of an entry; each that the layer has no option for is left out.
    pub(in crate::audit) fn with(&self, layer: &LayerDocument, said: &Said) -> Node {
        let origin = Origin::builtin();
        let by_flavour = said
            .0
            .iter()
            .filter(|(name, _)| !self.0.contains_key(*name));
        let by_flavour = by_flavour.map(|(name, value)| {
            (
                Node::text(name.clone(), &origin),
                Node::from_json(value, &origin),
            )
        });
        let known = self.0.iter().filter_map(|(name, value)| {
            let option = layer.options.get(name)?;
            let value = match &option.kind {
                OptionKind::Type(OptionType::List) if !value.starts_with('[') => {
                    let words = value.split(',').map(str::trim);
                    let words = words.filter(|word| !word.is_empty());
                    Node::from_json(&words.collect(), &origin)
                }
                OptionKind::Type(OptionType::String) => Node::text(value.clone(), &origin),
                // Numbers, truth values and lists as YAML reads them.
                OptionKind::Type(_) => {
                    let json = serde_json::from_str(value);
                    let json = json.unwrap_or_else(|_| serde_json::Value::from(value.as_str()));
                    Node::from_json(&json, &origin)
                }
                OptionKind::Enum(_) => Node::text(value.clone(), &origin),
            };
            Some((Node::text(name.clone(), &origin), value))
        });
        Node::new(
            Value::Mapping(known.chain(by_flavour).collect()),
            origin.clone(),
        )
    }
}
