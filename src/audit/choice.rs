//! The answers to a benchmark's choices: which firewall, which time source.

use std::collections::BTreeMap;

use crate::layer::{LayerDocument, OptionKind};
use crate::origin::Origin;
use crate::package::Installed;
use crate::setting::Unexamined;
use crate::tree::Snapshot;
use crate::yaml::{Node, Value};

/// Values of a benchmark's options by name, as `with` would say them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices(pub BTreeMap<String, String>);

impl Choices {
    /// What the packages of a root tell of choices that nobody stated.
    ///
    /// # Errors
    /// The package database is there and cannot be read.
    pub fn detect(&mut self, layer: &LayerDocument, root: &Snapshot) -> Result<(), Unexamined> {
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
    pub(super) fn with(&self, layer: &LayerDocument) -> Node {
        let origin = Origin::builtin();
        let known = self.0.iter().filter_map(|(name, value)| {
            let option = layer.options.get(name)?;
            let value = match &option.kind {
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
        Node::new(Value::Mapping(known.collect()), origin.clone())
    }
}
