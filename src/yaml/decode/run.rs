//! Typed values from nodes, with all errors at once.
//!
//! serde stops at the first error. So a node that does not fit is set aside, with its error, and the
//! whole is decoded again until it succeeds or nothing more can be set aside. An error that only
//! follows from something set aside (a key that is missing because its value was wrong) is not
//! reported.

use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Deserializer};

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
    run(node, &Typed(PhantomData), false)
}

/// Reads a value whose type is chosen while running, as [`decode`] needs it.
pub trait Reader {
    /// What is read.
    type Value;

    /// Reads it; called again for each error that is looked for.
    fn read<'de, D: Deserializer<'de>>(&self, deserializer: D) -> Result<Self::Value, D::Error>;
}

struct Typed<T>(PhantomData<T>);

impl<T: DeserializeOwned> Reader for Typed<T> {
    type Value = T;

    fn read<'de, D: Deserializer<'de>>(&self, deserializer: D) -> Result<T, D::Error> {
        T::deserialize(deserializer)
    }
}

/// Decodes a node with a reader.
///
/// # Errors
/// All errors of the node in the order of the file, not the first alone.
pub fn decode_with<R: Reader>(node: &Node, reader: &R) -> Result<R::Value, Vec<Diagnostic>> {
    run(node, reader, false)
}

/// Checks a node whose templates cannot be rendered yet with a reader.
#[must_use]
pub fn check_with<R: Reader>(node: &Node, reader: &R) -> Vec<Diagnostic> {
    run(node, reader, true).err().unwrap_or_default()
}

/// Checks a node whose templates cannot be rendered yet against a type.
///
/// What holds an unrendered template fits everywhere.
#[must_use]
pub fn check<T: DeserializeOwned>(node: &Node) -> Vec<Diagnostic> {
    run(node, &Typed::<T>(PhantomData), true)
        .err()
        .unwrap_or_default()
}

fn run<R: Reader>(
    root: &Node,
    reader: &R,
    templates_fit: bool,
) -> Result<R::Value, Vec<Diagnostic>> {
    let state = State::default();
    let result = loop {
        let deserializer = NodeDeserializer::new(root, &state);
        match reader
            .read(deserializer)
            .map_err(|problem| problem.at(address(root)))
        {
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
