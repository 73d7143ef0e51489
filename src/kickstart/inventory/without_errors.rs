//! The readable rest of a node with errors, so that one run shows the errors of the rest too.

use serde::de::DeserializeOwned;

use crate::origin::{Diagnostic, Origin};
use crate::yaml::{Node, Value, decode};

/// Decodes a node without what problems point at; none when more is wrong.
pub(in crate::kickstart) fn decoded<T: DeserializeOwned>(
    node: &Node,
    problems: &[Diagnostic],
) -> Option<T> {
    decode(&without(node, problems)).ok()
}

/// A node without the keys, values and elements that problems point at.
pub(in crate::kickstart) fn without(node: &Node, problems: &[Diagnostic]) -> Node {
    let wrong = |origin: &Origin| problems.iter().any(|problem| problem.origin == *origin);
    let value = match &node.value {
        Value::Mapping(entries) => Value::Mapping(
            entries
                .iter()
                .filter(|(key, value)| !wrong(&key.origin) && !wrong(&value.origin))
                .map(|(key, value)| (key.clone(), without(value, problems)))
                .collect(),
        ),
        Value::Sequence(items) => Value::Sequence(
            items
                .iter()
                .filter(|item| !wrong(&item.origin))
                .map(|item| without(item, problems))
                .collect(),
        ),
        other => other.clone(),
    };
    Node::new(value, node.origin.clone())
}
