//! A native recipe as written: `apiVersion: terroir/v1` (DESIGN §2.1).
//!
//! It is read in two stages. [`Header`] holds what must be known before anything renders: the parent
//! and the variables. [`render`] then renders the rest but the entries of `modules`, which are
//! rendered one by one ([`Entry::render`]) once their conditions are known to hold.

use schemars::JsonSchema;
use serde::Deserialize;

use super::audit::AuditGate;
use super::check::{check_entries, check_stages, together};
use super::entry::Entry;
use super::parent::Parent;
use super::platform::Platform;
use super::rule::{Exception, Mandatory};
use super::stage::StageEntry;
use super::text::AnyScalar;
use crate::layer::FACTS;
use crate::module::Dialect;
use crate::origin::{Diagnostic, Sourced, SourcedMap, Tier};
use crate::recipe::flavour::expectation::Test;
use crate::yaml::{self, ApiVersion, Node, Scope, Value};

/// Keys that are read before templates render.
const HEADER_KEYS: [&str; 5] = ["apiVersion", "name", "tier", "from", "vars"];

/// A recipe: one flavour of the operating system.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct NativeDocument {
    /// The version of the recipe language.
    #[serde(rename = "apiVersion")]
    pub api_version: ApiVersion,
    /// The flavour's name.
    pub name: Sourced<String>,
    /// What it is for, in a sentence.
    pub description: Option<Sourced<String>>,
    /// The level of the organisation that it speaks for.
    pub tier: Sourced<Tier>,
    /// What it derives from.
    pub from: Sourced<Parent>,
    /// The platforms that it is built for; those of the parent when absent.
    #[serde(default)]
    pub platforms: Vec<Sourced<Platform>>,
    /// Values that templates can use by name.
    #[serde(default)]
    pub vars: SourcedMap<Node>,
    /// What is done, in this order.
    #[serde(default)]
    pub modules: Vec<Entry>,
    /// Other roots that are built, to copy from.
    #[serde(default)]
    pub stages: Vec<StageEntry>,
    /// The flavour's own version; text or a number, kept as it is written (`1.10`).
    #[schemars(with = "Option<AnyScalar>")]
    pub version: Option<Sourced<String>>,
    /// Who answers for it.
    pub owner: Option<Sourced<String>>,
    /// Labels of the image.
    #[serde(default)]
    #[schemars(with = "SourcedMap<AnyScalar>")]
    pub labels: SourcedMap<Sourced<String>>,
    /// What recipes below may not weaken.
    #[serde(default)]
    pub mandatory: Vec<Mandatory>,
    /// Deviations from what upper tiers made mandatory.
    #[serde(default)]
    pub exceptions: Vec<Sourced<Exception>>,
    /// What is expected of the finished tree.
    #[serde(default)]
    pub tests: Vec<Sourced<Test>>,
    /// The audit that the finished image has to pass.
    pub audit: Option<Sourced<AuditGate>>,
    /// Where the image is published.
    pub publish: Option<Publish>,
}

/// Where an image is published.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Publish {
    /// The repository: registry/name, without a tag.
    pub image: Sourced<String>,
    /// The tags that it gets.
    #[serde(default)]
    #[schemars(with = "Vec<AnyScalar>")]
    pub tags: Vec<Sourced<String>>,
}

/// What of a native recipe is read before its templates render.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Header {
    /// The version of the recipe language.
    #[serde(rename = "apiVersion")]
    pub api_version: ApiVersion,
    /// The flavour's name.
    pub name: Sourced<String>,
    /// The level of the organisation that it speaks for.
    pub tier: Sourced<Tier>,
    /// What it derives from.
    pub from: Sourced<Parent>,
    /// Values that templates can use by name.
    #[serde(default)]
    pub vars: SourcedMap<Node>,
}

/// Tells a native recipe from a BlueBuild one.
#[must_use]
pub(crate) fn is_native(node: &Node) -> bool {
    node.get("apiVersion").is_some()
}

/// Renders a native recipe but for its header and the entries of `modules`.
///
/// What names a fact that is not known yet stays as it is written.
///
/// # Errors
/// Every template that cannot be rendered.
pub(crate) fn render(node: &Node, scope: &Scope) -> Result<Node, Vec<Diagnostic>> {
    let literal = |mapping: &Node, key: &str| {
        let top = std::ptr::eq(mapping, node);
        let unknown = |name: &&str| FACTS.contains(name) && !scope.contains_key(*name);
        let asks = |value: &Node| {
            let names = yaml::template_names(value);
            names.iter().any(|name| unknown(&name.as_str()))
        };
        top && (HEADER_KEYS.contains(&key) || ["modules", "stages"].contains(&key))
            || mapping.get(key).is_some_and(asks)
    };
    yaml::render_except(node, scope, &literal)
}

impl Header {
    /// The path of the recipe that this one derives from, if it derives from a recipe.
    pub(crate) fn parent_recipe(&self) -> Option<Sourced<String>> {
        match &self.from.value {
            Parent::Recipe(path) => Some(Sourced::new(path.clone(), self.from.origin.clone())),
            _ => None,
        }
    }

    /// Reads the header of a recipe; the other keys are not looked at.
    ///
    /// # Errors
    /// Everything that is wrong with the header.
    pub(crate) fn read(node: &Node) -> Result<Self, Vec<Diagnostic>> {
        let header = match &node.value {
            Value::Mapping(entries) => {
                let is_header = |(key, _): &&(Node, Node)| {
                    key.as_text().is_some_and(|key| HEADER_KEYS.contains(&key))
                };
                let entries = entries.iter().filter(is_header).cloned();
                Node::new(Value::Mapping(entries.collect()), node.origin.clone())
            }
            _ => node.clone(),
        };
        together(yaml::decode(&header), check_header(node))
    }
}

impl NativeDocument {
    /// Reads a recipe that [`render`] has rendered.
    ///
    /// # Errors
    /// Everything that is wrong with the document, in the order of the file.
    pub(crate) fn read(node: &Node) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = check_header(node);
        problems.extend(check_lists(node));
        together(yaml::decode(node), problems)
    }

    /// Checks a recipe whose templates cannot be rendered.
    #[must_use]
    pub(crate) fn check(node: &Node) -> Vec<Diagnostic> {
        let mut problems = check_header(node);
        problems.extend(check_lists(node));
        together(Err::<(), _>(yaml::check::<Self>(node)), problems)
            .err()
            .unwrap_or_default()
    }
}

fn check_lists(node: &Node) -> Vec<Diagnostic> {
    let mut problems = check_entries(node.get("modules"), Dialect::Native);
    let stages = node.get("stages").into_iter().flat_map(Node::items);
    problems.extend(check_stages(stages, Dialect::Native));
    problems
}

fn check_header(node: &Node) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for key in HEADER_KEYS {
        if let Some(value) = node.get(key) {
            refuse_templates(value, key, &mut problems);
        }
    }
    for (name, _) in node.get("vars").into_iter().flat_map(Node::entries) {
        problems.extend(check_name(name));
    }
    problems
}

fn refuse_templates(node: &Node, key: &str, problems: &mut Vec<Diagnostic>) {
    match &node.value {
        Value::Null => {}
        Value::Scalar(scalar) => {
            if scalar.text.contains("{{") || scalar.text.contains("{%") {
                let message = format!("templates do not work in `{key}`");
                problems.push(
                    Diagnostic::error(&node.origin, message)
                        .labelled("read before templates render")
                        .hint("write the value out; join variables where they are used"),
                );
            }
        }
        Value::Sequence(items) => {
            for item in items {
                refuse_templates(item, key, problems);
            }
        }
        Value::Mapping(entries) => {
            for (name, value) in entries {
                refuse_templates(name, key, problems);
                refuse_templates(value, key, problems);
            }
        }
    }
}

/// Checks the name of a variable.
fn check_name(key: &Node) -> Option<Diagnostic> {
    let name = key.as_text().unwrap_or_default();
    if FACTS.contains(&name) {
        let message = format!("`{name}` is a fact of the base and cannot be a variable");
        return Some(Diagnostic::error(&key.origin, message).hint("choose another name"));
    }
    let mut characters = name.chars();
    let starts = characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    if starts && characters.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    let message = format!("`{name}` cannot be the name of a variable");
    let better = name.replace(['-', '.', ' '], "_");
    Some(
        Diagnostic::error(&key.origin, message)
            .hint(format!("use letters, digits and `_`, such as `{better}`")),
    )
}
