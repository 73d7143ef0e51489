//! Merging the levels of an inventory: terroir's defaults, the site, its groups, the host.

use serde_json::Value as Json;

use crate::origin::{Origin, Sourced};
use crate::yaml::{Node, Value};

/// Keys whose mappings are replaced as a whole: two halves of a choice would choose something else.
const WHOLE: [&str; 3] = ["disk", "mirror", "bond"];

/// One level: its name and its keys.
#[derive(Clone, Debug)]
pub struct Level {
    /// `terroir`, `site`, `group NAME/NAME` or `host`.
    pub name: String,
    /// Its keys.
    pub node: Node,
}

/// One statement of a value, for `explain`.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The level that states it.
    pub level: String,
    /// Its value there.
    pub value: Json,
    /// Where.
    pub origin: Origin,
}

/// Lays one level over another: mappings key by key, everything else as a whole.
#[must_use]
pub(in crate::kickstart) fn over(below: &Node, above: &Node) -> Node {
    let (Value::Mapping(old), Value::Mapping(new)) = (&below.value, &above.value) else {
        return above.clone();
    };
    let mut entries = Vec::with_capacity(old.len() + new.len());
    for (key, value) in old {
        match above.entry(key.as_text().unwrap_or_default()) {
            None => entries.push((key.clone(), value.clone())),
            Some((key, new)) if WHOLE.contains(&key.as_text().unwrap_or_default()) => {
                entries.push((key.clone(), new.clone()));
            }
            Some((key, new)) => entries.push((key.clone(), over(value, new))),
        }
    }
    let added = new
        .iter()
        .filter(|(key, _)| below.get(key.as_text().unwrap_or_default()).is_none());
    entries.extend(added.cloned());
    Node::new(Value::Mapping(entries), above.origin.clone())
}

/// A host as its levels have it, before anything is decoded.
#[derive(Clone, Debug)]
pub struct Merged {
    /// Its name.
    pub name: Sourced<String>,
    /// The groups that it is in, from the outside in.
    pub groups: Vec<String>,
    /// Its levels, the lowest last.
    pub levels: Vec<std::sync::Arc<Level>>,
    /// What the levels above it say, laid over each other; hosts of a group share it.
    pub(in crate::kickstart) above: std::sync::Arc<Node>,
}

impl Merged {
    /// All levels laid over each other. It is made anew each time: the trees of thousands of hosts are large.
    #[must_use]
    pub fn node(&self) -> Node {
        match self.levels.last() {
            Some(own) => over(&self.above, &own.node),
            None => Node::clone(&self.above),
        }
    }

    /// Every value in force by its key, with all statements of it; the last one is in force.
    #[must_use]
    pub fn statements(&self) -> Vec<(String, Vec<Statement>)> {
        let node = self.node();
        let mut leaves = Vec::new();
        collect(&node, "", &mut leaves);
        leaves.sort_by(|(a, _), (b, _)| a.cmp(b));
        let chain = |key: &String| {
            let of = |level: &std::sync::Arc<Level>| {
                let node = find(&level.node, key)?;
                Some(Statement {
                    level: level.name.clone(),
                    value: stated(node),
                    origin: node.origin.clone(),
                })
            };
            self.levels.iter().filter_map(of).collect()
        };
        leaves
            .iter()
            .map(|(key, _)| (key.clone(), chain(key)))
            .collect()
    }
}

/// A value as it is stated: a number whose characters JSON's own would lose is text.
fn stated(node: &Node) -> Json {
    let json = node.to_json();
    match (&json, node.as_text()) {
        (Json::Number(number), Some(text)) if number.to_string() != text => Json::from(text),
        _ => json,
    }
}

fn collect<'a>(node: &'a Node, prefix: &str, leaves: &mut Vec<(String, &'a Node)>) {
    for (key, value) in node.entries() {
        let name = key.as_text().unwrap_or_default();
        let key = match prefix {
            "" => name.to_owned(),
            prefix => format!("{prefix}.{name}"),
        };
        match &value.value {
            Value::Mapping(entries) if !entries.is_empty() => collect(value, &key, leaves),
            _ => leaves.push((key, value)),
        }
    }
}

/// The node of a dotted key; a key may itself hold dots.
fn find<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    node.entries().iter().find_map(|(name, value)| {
        let rest = key.strip_prefix(name.as_text()?)?;
        match rest.strip_prefix('.') {
            None if rest.is_empty() => Some(value),
            None => None,
            Some(rest) => find(value, rest),
        }
    })
}
