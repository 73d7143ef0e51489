//! Typed values from nodes, with all errors at once.
//!
//! serde stops at the first error. So a node that does not fit is set aside, with its error, and the
//! whole is decoded again until it succeeds or nothing more can be set aside. An error that only
//! follows from something set aside (a key that is missing because its value was wrong) is not
//! reported.

use serde::de::DeserializeOwned;

use super::cursor::NodeDeserializer;
use super::state::{State, address};
use crate::origin::Diagnostic;
use crate::yaml::node::Node;

/// Decodes a node.
///
/// Unknown keys of structs are errors whether or not the type says so.
///
/// # Errors
/// All errors of the node in the order of the file, not the first alone.
pub fn decode<T: DeserializeOwned>(node: &Node) -> Result<T, Vec<Diagnostic>> {
    run(node, false)
}

/// Checks a node whose templates cannot be rendered yet against a type.
///
/// What holds an unrendered template fits everywhere.
#[must_use]
pub fn check<T: DeserializeOwned>(node: &Node) -> Vec<Diagnostic> {
    run::<T>(node, true).err().unwrap_or_default()
}

fn run<T: DeserializeOwned>(root: &Node, templates_fit: bool) -> Result<T, Vec<Diagnostic>> {
    let state = State::default();
    let result = loop {
        let deserializer = NodeDeserializer::new(root, &state);
        match T::deserialize(deserializer).map_err(|problem| problem.at(address(root))) {
            Ok(value) => break Some(value),
            Err(problem) => {
                if !state.set_aside(root, problem, templates_fit) {
                    break None;
                }
            }
        }
    };
    let diagnostics = state.into_diagnostics();
    match result {
        Some(value) if diagnostics.is_empty() => Ok(value),
        _ => Err(diagnostics),
    }
}
