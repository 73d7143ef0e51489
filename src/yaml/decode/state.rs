//! What a run of the decoder knows from its earlier attempts.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::problem::{Kind, Problem};
use crate::origin::{Diagnostic, did_you_mean};
use crate::yaml::node::{Node, Value};
use crate::yaml::template::is_template;

/// Most errors that are looked for in one node.
const MAX_PROBLEMS: usize = 100;

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
    pub(super) fn set_aside(&self, root: &Node, problem: Problem, templates_fit: bool) -> bool {
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

    /// All that was reported, in the order of the file.
    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut diagnostics = self.diagnostics.into_inner();
        diagnostics.sort_by(|a, b| a.origin.cmp(&b.origin));
        diagnostics.dedup();
        diagnostics
    }
}

fn holds_template(node: &Node) -> bool {
    match &node.value {
        Value::Null => false,
        Value::Scalar(scalar) => is_template(&scalar.text),
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
