//! What two images say about containers that run them: environment, command, user, labels.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::item::Item;
use crate::recipe::RECORD_LABEL;

/// Compares the `config` of two image configs (OCI image-spec, config.md).
pub(super) fn config(old: &Value, new: &Value) -> Vec<Item> {
    let (old, new) = (values(old), values(new));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let item = |name: &String| Item::between(name, old.get(name).cloned(), new.get(name).cloned());
    names.into_iter().filter_map(item).collect()
}

/// The values by name, one for each label and each variable.
fn values(config: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let all = config.get("config").and_then(Value::as_object);
    for (key, value) in all.into_iter().flatten() {
        match (key.as_str(), value) {
            (_, Value::Null) => {}
            ("Labels", Value::Object(labels)) => {
                // The label of the record says no more than the record.
                let labels = labels.iter().filter(|(name, _)| *name != RECORD_LABEL);
                found.extend(labels.map(|(name, value)| (format!("label {name}"), word(value))));
            }
            ("Env", Value::Array(lines)) => {
                for line in lines.iter().filter_map(Value::as_str) {
                    let (name, value) = line.split_once('=').unwrap_or((line, ""));
                    found.insert(format!("env {name}"), value.to_owned());
                }
            }
            _ => {
                found.insert(key.clone(), word(value));
            }
        }
    }
    found
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
