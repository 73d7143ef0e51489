//! A node that is being decoded, and what its decoder knows.

use serde::de::DeserializeSeed;

use super::problem::Problem;
use super::state::{State, address};
use crate::yaml::node::Node;

/// Decodes one node.
#[derive(Clone, Copy, Debug)]
pub(super) struct NodeDeserializer<'a> {
    pub(super) node: &'a Node,
    pub(super) state: &'a State,
}

impl<'a> NodeDeserializer<'a> {
    pub(super) fn new(node: &'a Node, state: &'a State) -> Self {
        Self { node, state }
    }

    /// Decodes with a seed; what has been set aside fails quietly.
    pub(super) fn seeded<'de, S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Problem> {
        if self.state.is_aside(self.node) {
            return Err(Problem::quiet());
        }
        seed.deserialize(self)
            .map_err(|problem| problem.at(address(self.node)))
    }
}
