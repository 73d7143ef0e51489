//! One entry of `modules:`, split into the keys that every entry knows and the rest.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};

use super::secret::Secret;
use crate::module::Dialect;
use crate::origin::{Diagnostic, Origin, Sourced, SourcedMap, did_you_mean};
use crate::yaml::{self, Node, Scope, Value, WithNode};

/// One entry of `modules:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Where it starts.
    pub origin: Origin,
    /// What it is.
    pub kind: EntryKind,
    /// The condition under which it counts: a bare expression.
    pub when: Option<Sourced<String>>,
    /// Whether its settings replace different ones that the same recipe made before.
    pub overrides: bool,
    /// Where the module's program comes from: `local`, or an image reference.
    pub source: Option<Sourced<String>>,
    /// Whether it runs again even when nothing changed.
    pub no_cache: bool,
    /// Environment of its commands.
    pub env: SourcedMap<String>,
    /// Secrets that its commands see.
    pub secrets: Vec<Sourced<Secret>>,
    /// A mapping of all other keys: the module's own configuration.
    pub rest: Node,
    /// The entry as it stands in the file.
    pub node: Node,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    /// `type: NAME[@VERSION]`.
    Module {
        /// The module type.
        name: Sourced<String>,
        /// The version after `@`.
        version: Option<Sourced<String>>,
    },
    /// `layer: NAME`.
    Layer {
        /// The layer's name.
        name: Sourced<String>,
        /// Its options; nothing when absent.
        with: Node,
    },
    /// `from-file: PATH`: the entries of another file stand here.
    FromFile(Sourced<String>),
}

impl EntryKind {
    /// The name of the step: what the entry says it is.
    pub(crate) fn label(&self) -> String {
        match self {
            Self::Module {
                name,
                version: None,
            } => name.value.clone(),
            Self::Module {
                name,
                version: Some(version),
            } => format!("{}@{}", name.value, version.value),
            Self::Layer { name, .. } => format!("layer {}", name.value),
            Self::FromFile(path) => format!("from-file {}", path.value),
        }
    }
}

/// Keys whose text is not a template unless `template: true` stands beside them.
const LITERAL_KEYS: [&str; 4] = ["scripts", "snippets", "content", "contents"];
/// Keys of an entry that are never templates.
const PLAIN_KEYS: [&str; 4] = ["type", "layer", "from-file", "when"];
const KINDS: [&str; 3] = ["type", "layer", "from-file"];
const NOT_IN_BLUEBUILD: [&str; 3] = ["layer", "when", "override"];

impl Entry {
    /// Renders the templates of an entry and reads it again.
    ///
    /// The texts of `scripts`, `snippets` and file contents stay as they are, unless
    /// `template: true` stands beside them; so do `type`, `layer`, `from-file` and `when`.
    ///
    /// # Errors
    /// Every template that cannot be rendered, else whatever does not fit any more.
    pub(crate) fn render(&self, scope: &Scope) -> Result<Self, Vec<Diagnostic>> {
        let is_module = matches!(self.kind, EntryKind::Module { .. });
        let literal = |mapping: &Node, key: &str| {
            if std::ptr::eq(mapping, &self.node) && PLAIN_KEYS.contains(&key) {
                return true;
            }
            let template = mapping.get("template").and_then(Node::as_text) == Some("true");
            is_module && LITERAL_KEYS.contains(&key) && !template
        };
        let node = yaml::render_except(&self.node, scope, &literal)?;
        yaml::decode(&node)
    }

    /// What is wrong with the combination of keys of an entry.
    pub(super) fn check(node: &Node, dialect: Dialect) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        let kinds: Vec<&(Node, Node)> = KINDS.iter().filter_map(|kind| node.entry(kind)).collect();
        match kinds.as_slice() {
            [] if matches!(node.value, Value::Mapping(_)) => problems.push(without_kind(node)),
            [first, second, ..] => problems.push(
                Diagnostic::error(&second.0.origin, two_kinds(first, second))
                    .and(&first.0.origin, "the other is here")
                    .hint("make two entries of it"),
            ),
            [(key, _)] => problems.extend(foreign_keys(node, key, dialect)),
            [] => {}
        }
        if dialect == Dialect::BlueBuild {
            let extensions = NOT_IN_BLUEBUILD.iter().filter_map(|key| node.entry(key));
            problems.extend(extensions.map(|(key, _)| {
                let name = key.as_text().unwrap_or_default();
                let message = format!("`{name}` is not part of a BlueBuild recipe");
                Diagnostic::error(&key.origin, message)
                    .hint("write a native recipe, with `apiVersion: terroir/v1`")
            }));
        }
        problems
    }
}

fn two_kinds(first: &(Node, Node), second: &(Node, Node)) -> String {
    let name = |entry: &(Node, Node)| entry.0.as_text().unwrap_or_default().to_owned();
    format!(
        "an entry cannot be both `{}` and `{}`",
        name(first),
        name(second)
    )
}

const WITHOUT_KIND: &str = "an entry needs one of `type`, `layer` and `from-file`";

fn without_kind(node: &Node) -> Diagnostic {
    let mut keys = node.entries().iter().filter_map(|(key, _)| key.as_text());
    let hint = keys
        .find_map(|key| {
            did_you_mean(key, KINDS).map(|kind| format!("is `{key}` meant as `{kind}`?"))
        })
        .unwrap_or_else(|| "say first what it is, such as `- type: files`".to_owned());
    Diagnostic::error(&node.origin, WITHOUT_KIND).hint(hint)
}

/// The keys that an entry of this kind cannot have.
fn foreign_keys(node: &Node, kind: &Node, dialect: Dialect) -> Vec<Diagnostic> {
    let (valid, advice): (&[&str], &str) = match (kind.as_text(), dialect) {
        (Some("layer"), _) => (
            &["layer", "with", "when", "override"],
            "a layer's options stand under `with`",
        ),
        (Some("from-file"), Dialect::Native) => (
            &["from-file", "when"],
            "`from-file` only splices the entries of another file",
        ),
        (Some("from-file"), Dialect::BlueBuild) => {
            (&["from-file"], "`from-file` must stand alone in its entry")
        }
        _ => return Vec::new(),
    };
    let named_elsewhere: &[&str] = match dialect {
        Dialect::Native => &[],
        Dialect::BlueBuild => &NOT_IN_BLUEBUILD,
    };
    let foreign = node.entries().iter().filter(|(key, _)| {
        let name = key.as_text().unwrap_or_default();
        !valid.contains(&name) && !named_elsewhere.contains(&name)
    });
    let problem = |(key, _): &(Node, Node)| {
        let name = key.as_text().unwrap_or_default();
        let hint = did_you_mean(name, valid.iter().copied()).map_or_else(
            || advice.to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        Diagnostic::error(&key.origin, format!("unknown key `{name}`"))
            .labelled("not known here")
            .hint(hint)
    };
    foreign.map(problem).collect()
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let WithNode { node, value: keys } = WithNode::<Keys>::deserialize(deserializer)?;
        let mut kind = keys.kind.ok_or_else(|| D::Error::custom(WITHOUT_KIND))?;
        let mut rest = keys.rest;
        match (&mut kind, keys.with) {
            (EntryKind::Layer { with, .. }, Some((_, options))) => *with = options,
            (_, Some(entry)) => rest.push(entry),
            (_, None) => {}
        }
        Ok(Self {
            origin: node.origin.clone(),
            kind,
            when: keys.when,
            overrides: keys.overrides,
            source: keys.source,
            no_cache: keys.no_cache,
            env: keys.env,
            secrets: keys.secrets,
            rest: Node::new(Value::Mapping(rest), node.origin.clone()),
            node,
        })
    }
}

#[derive(Default)]
struct Keys {
    kind: Option<EntryKind>,
    with: Option<(Node, Node)>,
    when: Option<Sourced<String>>,
    overrides: bool,
    source: Option<Sourced<String>>,
    no_cache: bool,
    env: SourcedMap<String>,
    secrets: Vec<Sourced<Secret>>,
    rest: Vec<(Node, Node)>,
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(KeysVisitor)
    }
}

struct KeysVisitor;

impl<'de> Visitor<'de> for KeysVisitor {
    type Value = Keys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry with `type`, `layer` or `from-file`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
        let mut keys = Keys::default();
        while let Some(key) = map.next_key::<Node>()? {
            match key.as_text().unwrap_or_default() {
                "type" => keys.kind = Some(map.next_value::<ModuleType>()?.0),
                "layer" => {
                    let name: Sourced<String> = map.next_value()?;
                    let with = Node::new(Value::Null, name.origin.clone());
                    keys.kind = Some(EntryKind::Layer { name, with });
                }
                "from-file" => keys.kind = Some(EntryKind::FromFile(map.next_value()?)),
                "with" => keys.with = Some((key, map.next_value()?)),
                "when" => keys.when = Some(map.next_value()?),
                "override" => keys.overrides = map.next_value()?,
                "source" => keys.source = Some(map.next_value()?),
                "no-cache" => keys.no_cache = map.next_value()?,
                "env" => keys.env = map.next_value()?,
                "secrets" => keys.secrets = map.next_value()?,
                _ => {
                    let value = map.next_value()?;
                    keys.rest.push((key, value));
                }
            }
        }
        Ok(keys)
    }
}

struct ModuleType(EntryKind);

impl<'de> Deserialize<'de> for ModuleType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text: Sourced<String> = Sourced::deserialize(deserializer)?;
        let (name, version) = match text.value.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (text.value.as_str(), None),
        };
        if name.is_empty() || version == Some("") {
            let message = format!(
                "`{}` is not a module type, write NAME or NAME@VERSION",
                text.value
            );
            return Err(D::Error::custom(message));
        }
        let sourced = |part: &str| Sourced::new(part.to_owned(), text.origin.clone());
        Ok(Self(EntryKind::Module {
            name: sourced(name),
            version: version.map(sourced),
        }))
    }
}

impl JsonSchema for Entry {
    fn schema_name() -> Cow<'static, str> {
        "Entry".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let secrets = generator.subschema_for::<Vec<Secret>>();
        json_schema!({
            "type": "object",
            "properties": {
                "type": {
                    "description": "The module that does the work: NAME or NAME@VERSION.",
                    "type": "string",
                    "pattern": "^[^@]+(@[^@]+)?$"
                },
                "layer": { "description": "A layer by its name.", "type": "string" },
                "with": { "description": "The layer's options.", "type": "object" },
                "from-file": {
                    "description": "A file whose entries stand here.",
                    "type": "string"
                },
                "when": {
                    "description": "A bare expression, such as: family == 'debian'.",
                    "type": ["string", "boolean"]
                },
                "override": {
                    "description": "Whether settings replace different ones made before in this recipe.",
                    "type": "boolean"
                },
                "source": {
                    "description": "Where the module comes from: `local` or an image reference.",
                    "type": "string"
                },
                "no-cache": {
                    "description": "Whether the entry runs again even when nothing changed.",
                    "type": "boolean"
                },
                "env": {
                    "description": "Environment of the entry's commands.",
                    "type": "object",
                    "additionalProperties": { "type": ["string", "number", "boolean"] }
                },
                "secrets": secrets
            },
            "oneOf": [
                { "required": ["type"] },
                { "required": ["layer"] },
                { "required": ["from-file"] }
            ]
        })
    }
}
