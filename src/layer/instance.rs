//! A layer with its options filled in: what one entry of a recipe demands.

use std::collections::BTreeSet;

use super::control::Control;
use super::document::LayerDocument;
use super::options::{FACTS, Values};
use super::requirement::Requirement;
use super::selection::Selection;
use crate::origin::{Diagnostic, Origin, Sourced};
use crate::setting::Declaration;
use crate::yaml::{Node, Scope, Value, condition, decode, names, render, template_names};

/// What a layer demands once its options and the facts are known.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The layer's name.
    pub name: String,
    /// The layer's title.
    pub title: String,
    /// Who answers for the layer.
    pub owner: String,
    /// The controls that apply, with the settings that meet them.
    pub controls: Vec<Demand>,
    /// The entries that apply, rendered and without `when`; layers may be among them.
    pub modules: Vec<Node>,
    /// The controls that another choice of an option makes pointless.
    pub dismissed: Vec<Dismissed>,
    /// The tests that apply, rendered and without `when`.
    pub tests: Vec<Node>,
    /// What was left out because it needs a fact that is not known yet.
    pub undecided: Vec<Undecided>,
    /// What templates in files of the repository may name.
    pub scope: Scope,
}

/// A control, an entry or a test that needs facts which are not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// Where it stands in the layer document.
    pub origin: Origin,
    /// The names of the facts.
    pub facts: BTreeSet<String>,
}

impl Undecided {
    /// The warning that something was left out; `used_at` is the place of the recipe's entry.
    #[must_use]
    pub fn diagnostic(&self, used_at: &Origin) -> Diagnostic {
        let facts: Vec<_> = self.facts.iter().map(|fact| format!("`{fact}`")).collect();
        let message = format!(
            "a part of this layer needs {}, not known yet",
            facts.join(", ")
        );
        Diagnostic::warning(used_at, message)
            .and(&self.origin, "this part is left out")
            .hint("--fetch gets what is missing")
    }
}

/// A control that does not apply, since an option says otherwise.
#[derive(Clone, Debug)]
pub struct Dismissed {
    /// What the control requires.
    pub requirement: Requirement,
    /// Which choice makes it pointless.
    pub why: String,
}

/// A control that applies, and what it demands.
#[derive(Clone, Debug)]
pub struct Demand {
    /// What the control requires.
    pub requirement: Requirement,
    /// The settings; a value that came from `with` keeps its place in the recipe.
    pub settings: Vec<Declaration>,
    /// What an audit looks at in their place: all of these have to hold.
    pub checks: Vec<Declaration>,
    /// What an audit looks at in their place: one of these has to hold.
    pub alternatives: Vec<Declaration>,
    /// The names in the templates of the settings.
    pub uses: BTreeSet<String>,
}

impl LayerDocument {
    /// Fills in the options and the facts.
    ///
    /// `scope` has the recipe's variables and the facts that are known; options go before them.
    ///
    /// # Errors
    /// Every template, condition and setting that is wrong.
    pub fn instantiate(&self, values: &Values, scope: &Scope) -> Result<Instance, Vec<Diagnostic>> {
        let mut filling = Filling {
            values,
            scope: self.scope(values, scope),
            selection: Selection::of(values),
            dismissed: Vec::new(),
            undecided: Vec::new(),
            wrong: Vec::new(),
        };
        let controls = self.controls.iter();
        let instance = Instance {
            name: self.name.clone(),
            title: self.title.clone(),
            owner: self.owner.clone(),
            controls: controls
                .filter_map(|control| filling.control(control))
                .collect(),
            modules: filling.entries(&self.modules),
            tests: filling.entries(&self.tests),
            dismissed: filling.dismissed,
            undecided: filling.undecided,
            scope: filling.scope,
        };
        if filling.wrong.is_empty() {
            Ok(instance)
        } else {
            Err(filling.wrong)
        }
    }

    /// What templates of the layer may name; an option that has no value hides a variable of its name.
    fn scope(&self, values: &Values, outer: &Scope) -> Scope {
        let mut scope = outer.clone();
        for (name, _) in self.options.iter() {
            scope.remove(name);
        }
        scope.extend(
            values
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_exact_json())),
        );
        scope
    }
}

/// One pass over a layer, which goes on after an error to find the others.
struct Filling<'a> {
    values: &'a Values,
    scope: Scope,
    selection: Selection,
    dismissed: Vec<Dismissed>,
    undecided: Vec<Undecided>,
    wrong: Vec<Diagnostic>,
}

impl Filling<'_> {
    fn control(&mut self, control: &Control) -> Option<Demand> {
        let level = self.selection.level_of(control)?;
        let nothing = Node::new(Value::Null, control.origin().clone());
        let body = control.settings.as_ref().unwrap_or(&nothing);
        if !self.applies(control.origin(), control.when.as_ref(), body) {
            return None;
        }
        if let Some(why) = control.dismissed_by(self.values) {
            self.dismissed.push(Dismissed {
                requirement: Requirement::pointless(control, level),
                why,
            });
            return None;
        }
        let settings = self.filled(control.settings.as_ref())?;
        let checks = self.filled(control.checks.as_ref())?;
        let alternatives = self.filled(control.alternatives.as_ref())?;
        Some(Demand {
            requirement: Requirement::of(control, level),
            settings,
            checks,
            alternatives,
            uses: control
                .settings
                .as_ref()
                .map(template_names)
                .unwrap_or_default(),
        })
    }

    fn filled(&mut self, declared: Option<&Node>) -> Option<Vec<Declaration>> {
        let Some(declared) = declared else {
            return Some(Vec::new());
        };
        let filled = self.fill(declared)?;
        self.keep(decode(&filled))
    }

    /// Fills the entries that apply and takes their `when` off.
    fn entries(&mut self, entries: &[Node]) -> Vec<Node> {
        let mut filled = Vec::new();
        for entry in entries {
            let Some((when, rest)) = self.keep(split_when(entry)) else {
                continue;
            };
            if self.applies(&entry.origin, when.as_ref(), &rest) {
                filled.extend(self.fill(&rest));
            }
        }
        filled
    }

    /// Tells whether a condition holds and all facts that its body names are known.
    ///
    /// What cannot be decided yet is noted and does not apply.
    fn applies(&mut self, at: &Origin, when: Option<&Sourced<String>>, body: &Node) -> bool {
        let holds = when.map_or(Ok(true), |when| {
            condition(when, &self.scope).map_err(|problem| vec![*problem])
        });
        let unknown = match (&holds, when) {
            (Ok(false), _) => return false,
            (Ok(true), _) => self.unknown_facts(template_names(body)),
            (Err(_), when) => self.unknown_facts(when.map(|when| names(when)).unwrap_or_default()),
        };
        if unknown.is_empty() {
            return self.keep(holds).is_some();
        }
        self.undecided.push(Undecided {
            origin: at.clone(),
            facts: unknown,
        });
        false
    }

    fn unknown_facts(&self, mut names: BTreeSet<String>) -> BTreeSet<String> {
        names.retain(|name| FACTS.contains(&name.as_str()) && !self.scope.contains_key(name));
        names
    }

    /// Renders a node; where a template is just the name of an option, the option's own node takes
    /// its place, so that its parts keep the places at which the recipe wrote them.
    fn fill(&mut self, node: &Node) -> Option<Node> {
        let bare = node.as_text().and_then(bare_name);
        if let Some(value) = bare.and_then(|name| self.values.get(name)) {
            return Some(value.clone());
        }
        let value = match &node.value {
            Value::Null | Value::Scalar(_) => return self.keep(render(node, &self.scope)),
            Value::Sequence(items) => {
                let items: Vec<_> = items.iter().map(|item| self.fill(item)).collect();
                Value::Sequence(items.into_iter().collect::<Option<_>>()?)
            }
            Value::Mapping(entries) => {
                let keys = self.keys(node);
                let literal = !says_template(node);
                let values: Vec<_> = entries
                    .iter()
                    .map(|(key, value)| match literal && holds_text(key) {
                        true => Some(value.clone()),
                        false => self.fill(value),
                    })
                    .collect();
                let values: Vec<_> = values.into_iter().collect::<Option<_>>()?;
                let mut entries: Vec<_> = keys?.into_iter().zip(values).collect();
                if entries.iter().any(|(key, _)| holds_text(key)) {
                    entries.retain(|(key, _)| key.as_text() != Some("template"));
                }
                Value::Mapping(entries)
            }
        };
        Some(Node::new(value, node.origin.clone()))
    }

    /// Renders the keys of a mapping alone.
    fn keys(&mut self, mapping: &Node) -> Option<Vec<Node>> {
        let entries = mapping.entries().iter();
        let bare =
            entries.map(|(key, _)| (key.clone(), Node::new(Value::Null, key.origin.clone())));
        let bare = Node::new(Value::Mapping(bare.collect()), mapping.origin.clone());
        let rendered = self.keep(render(&bare, &self.scope))?;
        Some(
            rendered
                .entries()
                .iter()
                .map(|(key, _)| key.clone())
                .collect(),
        )
    }

    fn keep<T>(&mut self, result: Result<T, Vec<Diagnostic>>) -> Option<T> {
        result.map_err(|problems| self.wrong.extend(problems)).ok()
    }
}

/// Takes `when` off an entry.
fn split_when(entry: &Node) -> Result<(Option<Sourced<String>>, Node), Vec<Diagnostic>> {
    let Some((_, when)) = entry.entry("when") else {
        return Ok((None, entry.clone()));
    };
    let rest = entry
        .entries()
        .iter()
        .filter(|(key, _)| key.as_text() != Some("when"));
    let rest = Node::new(
        Value::Mapping(rest.cloned().collect()),
        entry.origin.clone(),
    );
    Ok((Some(decode(when)?), rest))
}

/// The name in a template that is nothing but `{{ name }}`.
fn bare_name(text: &str) -> Option<&str> {
    let name = text.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim();
    let bare = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    bare.then_some(name)
}

/// Tells whether the value of a key is text that is only a template when the entry says so.
fn holds_text(key: &Node) -> bool {
    matches!(key.as_text(), Some("content" | "snippets"))
}

fn says_template(mapping: &Node) -> bool {
    mapping.get("template").and_then(Node::as_text) == Some("true")
}
