//! The options of a layer: what `with:` may say, and the check of what it says.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::origin::{Diagnostic, Origin, Sourced, SourcedMap, did_you_mean};
use crate::yaml::{Node, Value};

/// Facts about the image that every template of a layer may name; no option may be called so.
///
/// A fact that is not known yet is missing from the scope, never empty.
pub const FACTS: [&str; 5] = ["family", "id", "version_id", "codename", "architecture"];

/// One option as a layer document writes it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an option with `type` or `enum`")]
#[schemars(rename = "LayerOption")]
pub(super) struct OptionDocument {
    /// The shape of the value; an option has either this or `enum`.
    r#type: Option<OptionType>,
    /// The words that the value may be.
    r#enum: Option<Vec<Sourced<String>>>,
    /// The value when `with` says nothing.
    default: Option<Node>,
    /// Whether `with` has to say something.
    #[serde(default)]
    required: bool,
    /// What the option does, for people.
    description: Option<String>,
    /// For each word the package that tells an audit that it was chosen: `ufw: "package:ufw"`.
    #[serde(default)]
    detect: SourcedMap<Sourced<String>>,
}

/// The shape of an option's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OptionType {
    /// Text; numbers and truth values are taken as they are spelt.
    String,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A list of anything.
    List,
    /// A mapping of anything.
    Map,
}

/// What an option takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// Any value of a type.
    Type(OptionType),
    /// One of several words.
    Enum(Vec<String>),
}

/// One option of a layer.
#[derive(Clone, Debug)]
pub struct LayerOption {
    /// What it takes.
    pub kind: OptionKind,
    /// Its value when `with` says nothing; has passed the same check.
    pub default: Option<Node>,
    /// Whether `with` has to say something.
    pub required: bool,
    /// What it does, for people.
    pub description: Option<String>,
    /// The packages by which an audit tells which word was chosen, in the order of the document.
    pub detect: Vec<(String, String)>,
    /// Where the layer document defines it.
    pub origin: Origin,
}

/// All options of a layer, by name.
#[derive(Clone, Debug, Default)]
pub struct Options(BTreeMap<String, LayerOption>);

/// The checked values of a layer's options: what `with` says, else the defaults.
///
/// An option that is neither given nor has a default is absent, so that a template which names it
/// unasked is an error.
#[derive(Clone, Debug, Default)]
pub struct Values(BTreeMap<String, Node>);

impl Values {
    /// The value of an option.
    #[must_use]
    pub fn get(&self, option: &str) -> Option<&Node> {
        self.0.get(option)
    }

    /// Walks the options that have a value, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl Options {
    /// Takes the options of a document and checks what they say of themselves.
    pub(super) fn from_document(
        document: SourcedMap<OptionDocument>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut options = BTreeMap::new();
        let mut wrong = Vec::new();
        for (name, written) in document.0 {
            wrong.extend(check_name(&name));
            match LayerOption::from_document(&name, written) {
                Ok(option) => {
                    options.insert(name.value, option);
                }
                Err(problem) => wrong.push(*problem),
            }
        }
        if wrong.is_empty() {
            Ok(Self(options))
        } else {
            Err(wrong)
        }
    }

    /// Finds an option.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&LayerOption> {
        self.0.get(name)
    }

    /// Walks the options by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &LayerOption)> {
        self.0.iter().map(|(name, option)| (name.as_str(), option))
    }

    /// The JSON Schema of `with:` for this layer.
    #[must_use]
    pub fn schema(&self) -> serde_json::Value {
        let required: Vec<_> = self.iter().filter(|(_, option)| option.required).collect();
        let required: Vec<_> = required.iter().map(|(name, _)| *name).collect();
        let properties: BTreeMap<_, _> = self
            .iter()
            .map(|(name, option)| (name, option.schema()))
            .collect();
        json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    }

    /// Checks what an entry's `with` says; `used_at` is the place of the entry.
    ///
    /// # Errors
    /// Everything that is wrong at once: unknown options, wrong values, missing options.
    pub fn check(
        &self,
        layer: &str,
        with: Option<&Node>,
        used_at: &Origin,
    ) -> Result<Values, Vec<Diagnostic>> {
        let mut values = self.defaults();
        let mut wrong = Vec::new();
        let empty = with.is_none_or(Node::is_null);
        if let Some(node) = with.filter(|node| !empty && !is_mapping(node)) {
            let message = format!(
                "`with` must be a mapping of options, not {}",
                node.describe()
            );
            return Err(vec![Diagnostic::error(&node.origin, message)]);
        }
        for (key, value) in with.map(Node::entries).unwrap_or_default() {
            let name = key.as_text().unwrap_or_default();
            match self.0.get(name).map(|option| option.take(name, value)) {
                Some(Ok(value)) => {
                    values.0.insert(name.to_owned(), value);
                }
                Some(Err(problem)) => wrong.push(*problem),
                None => wrong.push(self.unknown(layer, name, &key.origin)),
            }
        }
        let given = |name: &str| with.is_some_and(|with| with.get(name).is_some());
        for (name, option) in self.iter() {
            if option.required && !given(name) {
                let message = format!("layer `{layer}` needs the option `{name}`");
                wrong.push(
                    Diagnostic::error(used_at, message)
                        .and(&option.origin, "the option is defined here")
                        .hint(format!("write `with: {{ {name}: … }}`")),
                );
            }
        }
        if wrong.is_empty() {
            Ok(values)
        } else {
            Err(wrong)
        }
    }

    fn defaults(&self) -> Values {
        let defaults = self
            .iter()
            .filter_map(|(name, option)| Some((name.to_owned(), option.default.clone()?)));
        Values(defaults.collect())
    }

    /// The error for a name that is not an option, with the nearest one that is.
    pub(super) fn unknown(&self, layer: &str, name: &str, at: &Origin) -> Diagnostic {
        let problem = Diagnostic::error(at, format!("layer `{layer}` has no option `{name}`"));
        let names: Vec<_> = self.iter().map(|(name, _)| name).collect();
        match did_you_mean(name, names.iter().copied()) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None if names.is_empty() => problem.hint("it takes no options"),
            None => problem.hint(format!("its options are {}", names.join(", "))),
        }
    }
}

impl LayerOption {
    fn from_document(
        name: &Sourced<String>,
        written: OptionDocument,
    ) -> Result<Self, Box<Diagnostic>> {
        let problem = |message: String| Err(Box::new(Diagnostic::error(&name.origin, message)));
        let kind = match (written.r#type, written.r#enum) {
            (Some(one), None) => OptionKind::Type(one),
            (None, Some(words)) if words.is_empty() => {
                return problem(format!("the `enum` of option `{name}` has no words"));
            }
            (None, Some(words)) => {
                OptionKind::Enum(words.into_iter().map(|word| word.value).collect())
            }
            _ => return problem(format!("option `{name}` needs either `type` or `enum`")),
        };
        if written.required && written.default.is_some() {
            return problem(format!(
                "option `{name}` is required, so its default would never be used"
            ));
        }
        let words = match &kind {
            OptionKind::Enum(words) => words.clone(),
            OptionKind::Type(_) => Vec::new(),
        };
        let mut option = Self {
            kind,
            default: None,
            required: written.required,
            description: written.description,
            detect: detected(name, &written.detect, &words)?,
            origin: name.origin.clone(),
        };
        let default = written.default.map(|default| option.take(name, &default));
        option.default = default.transpose()?;
        Ok(option)
    }

    /// Checks one value and gives it the shape that its kind says.
    fn take(&self, name: &str, value: &Node) -> Result<Node, Box<Diagnostic>> {
        let json = value.to_json();
        let taken = match &self.kind {
            OptionKind::Type(OptionType::String) => as_text(value),
            OptionKind::Type(OptionType::Integer) => json.is_i64().then(|| value.clone()),
            OptionKind::Type(OptionType::Boolean) => json.is_boolean().then(|| value.clone()),
            OptionKind::Type(OptionType::List) => json.is_array().then(|| value.clone()),
            OptionKind::Type(OptionType::Map) => json.is_object().then(|| value.clone()),
            OptionKind::Enum(words) => {
                as_text(value).filter(|text| words.iter().any(|word| text.as_text() == Some(word)))
            }
        };
        taken.ok_or_else(|| Box::new(self.refuse(name, value)))
    }

    fn refuse(&self, name: &str, value: &Node) -> Diagnostic {
        let written = match value.as_text() {
            Some(text) => format!("`{text}`"),
            None => value.describe().to_owned(),
        };
        let message = format!(
            "option `{name}` must be {}, not {written}",
            self.kind.expected()
        );
        let problem = Diagnostic::error(&value.origin, message)
            .labelled(format!("must be {}", self.kind.expected()))
            .and(&self.origin, "the option is defined here");
        let near = match (&self.kind, value.as_text()) {
            (OptionKind::Enum(words), Some(text)) => {
                did_you_mean(text, words.iter().map(String::as_str))
            }
            _ => None,
        };
        match near {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem,
        }
    }

    fn schema(&self) -> serde_json::Value {
        let mut schema = match &self.kind {
            OptionKind::Type(OptionType::String) => {
                json!({ "type": ["string", "number", "boolean"] })
            }
            OptionKind::Type(OptionType::Integer) => json!({ "type": "integer" }),
            OptionKind::Type(OptionType::Boolean) => json!({ "type": "boolean" }),
            OptionKind::Type(OptionType::List) => json!({ "type": "array" }),
            OptionKind::Type(OptionType::Map) => json!({ "type": "object" }),
            OptionKind::Enum(words) => json!({ "enum": words }),
        };
        if let Some(description) = &self.description {
            schema["description"] = json!(description);
        }
        if let Some(default) = &self.default {
            schema["default"] = default.to_json();
        }
        schema
    }
}

impl OptionKind {
    /// Says in a few words what the option takes ("a list", "one of server, router").
    #[must_use]
    pub fn expected(&self) -> String {
        match self {
            Self::Type(OptionType::String) => "text".into(),
            Self::Type(OptionType::Integer) => "a whole number".into(),
            Self::Type(OptionType::Boolean) => "true or false".into(),
            Self::Type(OptionType::List) => "a list".into(),
            Self::Type(OptionType::Map) => "a mapping".into(),
            Self::Enum(words) => format!("one of {}", words.join(", ")),
        }
    }
}

/// Refuses a name that templates could not spell or that a fact has.
fn check_name(name: &Sourced<String>) -> Option<Diagnostic> {
    let well_formed = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !well_formed {
        let message = format!("`{name}` cannot be the name of an option");
        return Some(
            Diagnostic::error(&name.origin, message)
                .hint("templates need lowercase letters, digits and `_`, a letter first"),
        );
    }
    FACTS.contains(&name.as_str()).then(|| {
        let message = format!("`{name}` is a fact about the image and cannot be an option");
        Diagnostic::error(&name.origin, message)
    })
}

fn is_mapping(node: &Node) -> bool {
    matches!(node.value, Value::Mapping(_))
}

/// The node as quoted text, so that `12` or `no` stay what was written.
fn as_text(node: &Node) -> Option<Node> {
    let text = node.as_text()?;
    Some(Node::text(text, &node.origin))
}

/// Reads by which packages an audit tells which word was chosen.
fn detected(
    name: &Sourced<String>,
    written: &SourcedMap<Sourced<String>>,
    words: &[String],
) -> Result<Vec<(String, String)>, Box<Diagnostic>> {
    let each = written.iter().map(|(word, by)| {
        if !words.contains(word) {
            let message = format!(
                "option `{name}` is never `{word}`, only {}",
                words.join(", ")
            );
            return Err(Box::new(Diagnostic::error(&word.origin, message)));
        }
        match by.strip_prefix("package:") {
            Some(package) => Ok((word.value.clone(), package.to_owned())),
            None => Err(Box::new(
                Diagnostic::error(&by.origin, format!("`{by}` is not `package:NAME`"))
                    .hint("name the package whose presence tells that the word was chosen"),
            )),
        }
    });
    each.collect()
}
