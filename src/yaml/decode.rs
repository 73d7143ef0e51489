//! Typed values from nodes, with all errors at once.
//!
//! serde stops at the first error. So a node that does not fit is set aside, with its error, and the
//! whole is decoded again until it succeeds or nothing more can be set aside. An error that only
//! follows from something set aside (a key that is missing because its value was wrong) is not
//! reported.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Deserializer};

use super::deserializer::NodeDeserializer;
use super::node::{Node, Value};
use super::problem::{Kind, Problem};
use crate::origin::{Diagnostic, did_you_mean};

/// Most errors that are looked for in one node.
const MAX_PROBLEMS: usize = 100;

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
    let mut diagnostics = state.diagnostics.into_inner();
    diagnostics.sort_by(|a, b| a.origin.cmp(&b.origin));
    diagnostics.dedup();
    match result {
        Some(value) if diagnostics.is_empty() => Ok(value),
        _ => Err(diagnostics),
    }
}

/// What one run of the decoder knows from its earlier attempts.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Nodes that are passed over, by address.
    aside: RefCell<BTreeSet<usize>>,
    /// Keys of mappings for which a blank value is supplied.
    supplied: RefCell<BTreeMap<usize, BTreeSet<&'static str>>>,
    /// Unknown keys that have been reported, by address.
    unknown: RefCell<BTreeSet<usize>>,
    diagnostics: RefCell<Vec<Diagnostic>>,
}

/// Identifies a node of a tree that is only borrowed while it is decoded.
pub(super) fn address(node: &Node) -> usize {
    std::ptr::from_ref(node).addr()
}

impl State {
    pub(super) fn is_aside(&self, node: &Node) -> bool {
        self.aside.borrow().contains(&address(node))
    }

    pub(super) fn supplied(&self, node: &Node) -> Vec<&'static str> {
        let supplied = self.supplied.borrow();
        let fields = supplied.get(&address(node));
        fields.map_or_else(Vec::new, |fields| fields.iter().copied().collect())
    }

    /// Reports an unknown key once.
    pub(super) fn report_unknown(&self, key: &Node, diagnostic: Diagnostic) {
        if self.unknown.borrow_mut().insert(address(key)) {
            self.diagnostics.borrow_mut().push(diagnostic);
        }
    }

    /// Notes a problem and sets its node aside; false when another attempt cannot tell more.
    fn set_aside(&self, root: &Node, problem: Problem, templates_fit: bool) -> bool {
        let node = problem.at.and_then(|at| find(root, at)).unwrap_or(root);
        if let Kind::Missing(field) = problem.kind {
            let wrong = |(key, value): &(Node, Node)| {
                key.as_text() == Some(field) && (self.is_aside(value) || self.is_aside(key))
            };
            let misspelt = |(key, _): &(Node, Node)| {
                let name = key.as_text().unwrap_or_default();
                let reported = self.unknown.borrow().contains(&address(key));
                (reported || self.is_aside(key)) && did_you_mean(name, [field]).is_some()
            };
            let known = |entry: &(Node, Node)| wrong(entry) || misspelt(entry);
            if !node.entries().iter().any(known) {
                self.report(node, problem);
            }
            let mut supplied = self.supplied.borrow_mut();
            if supplied.entry(address(node)).or_default().insert(field) {
                return self.may_go_on();
            }
            // A visitor that takes the mapping itself does not see what is supplied.
            let new = self.aside.borrow_mut().insert(address(node));
            return new && address(node) != address(root) && self.may_go_on();
        }
        let follows = match problem.kind {
            Kind::Quiet => true,
            Kind::Custom(_) => self.is_tainted(node),
            _ => false,
        };
        let fits = templates_fit && holds_template(node);
        if !follows && !fits {
            self.report(node, problem);
        }
        let new = self.aside.borrow_mut().insert(address(node));
        new && address(node) != address(root) && self.may_go_on()
    }

    fn report(&self, node: &Node, problem: Problem) {
        let message = problem.to_string();
        let label = match problem.kind {
            Kind::Type { found, .. } => format!("this is {found}"),
            _ => String::new(),
        };
        let mut diagnostic = Diagnostic::error(&node.origin, message).labelled(label);
        diagnostic.hint = problem.hint;
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    fn may_go_on(&self) -> bool {
        self.diagnostics.borrow().len() < MAX_PROBLEMS
    }

    /// Whether something inside a node is passed over or made up.
    fn is_tainted(&self, node: &Node) -> bool {
        let here = |node: &Node| {
            self.is_aside(node) || self.supplied.borrow().contains_key(&address(node))
        };
        here(node)
            || match &node.value {
                Value::Null | Value::Scalar(_) => false,
                Value::Sequence(items) => items.iter().any(|item| self.is_tainted(item)),
                Value::Mapping(entries) => entries
                    .iter()
                    .any(|(key, value)| here(key) || self.is_tainted(value)),
            }
    }
}

fn holds_template(node: &Node) -> bool {
    match &node.value {
        Value::Null => false,
        Value::Scalar(scalar) => super::template::is_template(&scalar.text),
        Value::Sequence(items) => items.iter().any(holds_template),
        Value::Mapping(entries) => entries
            .iter()
            .any(|(key, value)| holds_template(key) || holds_template(value)),
    }
}

fn find(node: &Node, at: usize) -> Option<&Node> {
    if address(node) == at {
        return Some(node);
    }
    match &node.value {
        Value::Null | Value::Scalar(_) => None,
        Value::Sequence(items) => items.iter().find_map(|item| find(item, at)),
        Value::Mapping(entries) => entries
            .iter()
            .find_map(|(key, value)| find(key, at).or_else(|| find(value, at))),
    }
}
