//! A tree of YAML values, each with the place where it was written.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::plain::{self, Plain};
use super::written;
use crate::origin::{Origin, Sourced};

/// The name under which a [`Node`] asks the deserializer of this module for itself.
pub(super) const NODE_TOKEN: &str = "$terroir::Node";

/// A value as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it starts; of a mapping its first key, of what an alias names the anchored value.
    pub origin: Origin,
}

/// The shapes that a YAML value can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing, `~` or a plain `null`.
    Null,
    /// Text, a number, `true` or `false`.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values in the order in which they were written; keys are scalars, none twice.
    Mapping(Vec<(Node, Node)>),
}

/// Text that may mean a number or a truth value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The characters, without quotes, escapes resolved.
    pub text: String,
    /// Whether it stood unquoted, so that `true`, `12` or `0x1F` may be meant as more than text.
    pub plain: bool,
}

impl Node {
    /// Joins a value and its origin.
    #[must_use]
    pub fn new(value: Value, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// A node of quoted text.
    #[must_use]
    pub fn text(text: impl Into<String>, origin: &Origin) -> Self {
        let scalar = Scalar {
            text: text.into(),
            plain: false,
        };
        Self::new(Value::Scalar(scalar), origin.clone())
    }

    /// Makes a node of a JSON value; every part of it gets the same origin.
    #[must_use]
    pub fn from_json(json: &serde_json::Value, origin: &Origin) -> Self {
        let plain = |text: String| Value::Scalar(Scalar { text, plain: true });
        let value = match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(truth) => plain(truth.to_string()),
            serde_json::Value::Number(number) => plain(number.to_string()),
            serde_json::Value::String(text) => return Self::text(text, origin),
            serde_json::Value::Array(items) => {
                let items = items.iter().map(|item| Self::from_json(item, origin));
                Value::Sequence(items.collect())
            }
            serde_json::Value::Object(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| (Self::text(key, origin), Self::from_json(value, origin)));
                Value::Mapping(entries.collect())
            }
        };
        Self::new(value, origin.clone())
    }

    /// Turns the node into a JSON value, reading plain scalars by the core schema.
    ///
    /// What JSON has no number for stays text.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Scalar(scalar) => scalar.to_json(),
            Value::Sequence(items) => items.iter().map(Self::to_json).collect(),
            Value::Mapping(entries) => {
                let text = |key: &Self| key.as_text().unwrap_or_default().to_owned();
                let entries = entries
                    .iter()
                    .map(|(key, value)| (text(key), value.to_json()));
                serde_json::Value::Object(entries.collect())
            }
        }
    }

    /// As [`Node::to_json`], but a plain number or truth value whose characters JSON has no number
    /// for is the mapping `{"$text": "24.10"}`: what templates print as it is written.
    #[must_use]
    pub fn to_exact_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Scalar(scalar) => written::exact(&scalar.text, scalar.to_json()),
            Value::Sequence(items) => items.iter().map(Self::to_exact_json).collect(),
            Value::Mapping(entries) => {
                let text = |key: &Self| key.as_text().unwrap_or_default().to_owned();
                let entries = entries
                    .iter()
                    .map(|(key, value)| (text(key), value.to_exact_json()));
                serde_json::Value::Object(entries.collect())
            }
        }
    }

    /// Finds the value of a key; none when this is not a mapping.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|(_, value)| value)
    }

    /// Finds a key together with its value; none when this is not a mapping.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&(Self, Self)> {
        self.entries()
            .iter()
            .find(|(name, _)| name.as_text() == Some(key))
    }

    /// The entries of a mapping; empty for anything else.
    #[must_use]
    pub fn entries(&self) -> &[(Self, Self)] {
        match &self.value {
            Value::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The elements of a list; empty for anything else.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The characters of a scalar, whether they mean text, a number or a truth value.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// The characters of a plain number that say more than its value: `1.10`, `0755`, `1e3`.
    #[must_use]
    pub(super) fn written_number(&self) -> Option<&str> {
        let Value::Scalar(scalar) = &self.value else {
            return None;
        };
        let more = match scalar.meaning() {
            Plain::Integer(number) => number.to_string() != scalar.text,
            Plain::Float(_) => true,
            Plain::Null | Plain::Bool(_) | Plain::Text => false,
        };
        more.then_some(&scalar.text)
    }

    /// Tells whether nothing is written here, or a plain `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// Says in a few words what stands here ("a mapping", "a list", "text", "a number", …).
    #[must_use]
    pub fn describe(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
            Value::Scalar(scalar) => match scalar.meaning() {
                Plain::Bool(_) => "true or false",
                Plain::Integer(_) | Plain::Float(_) => "a number",
                Plain::Null | Plain::Text => "text",
            },
        }
    }
}

impl Scalar {
    pub(super) fn meaning(&self) -> Plain {
        if self.plain {
            plain::read(&self.text)
        } else {
            Plain::Text
        }
    }

    fn to_json(&self) -> serde_json::Value {
        let number = match self.meaning() {
            Plain::Null => return serde_json::Value::Null,
            Plain::Bool(truth) => return serde_json::Value::Bool(truth),
            Plain::Integer(number) => serde_json::Number::from_i128(number),
            Plain::Float(number) => serde_json::Number::from_f64(number),
            Plain::Text => None,
        };
        number.map_or_else(
            || serde_json::Value::String(self.text.clone()),
            serde_json::Value::Number,
        )
    }
}

impl JsonSchema for Node {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Node".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        true.into()
    }
}

/// Reads a node back from [`super::decode`]; other formats do not have what a node needs.
impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written: Sourced<Written> = Sourced::deserialize(deserializer)?;
        Ok(Self::new(written.value.0, written.origin))
    }
}

/// The name under which a [`WithNode`] asks the deserializer of this module for both its parts.
pub(super) const WITH_NODE_TOKEN: &str = "$terroir::WithNode";

/// A decoded value together with the node that it was decoded from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithNode<T> {
    /// The node as it stands in the file.
    pub node: Node,
    /// What it means.
    pub value: T,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for WithNode<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(WITH_NODE_TOKEN, Both(PhantomData))
    }
}

struct Both<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Both<T> {
    type Value = WithNode<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WithNode<T>, A::Error> {
        let missing = || A::Error::custom("a value needs its node");
        let (_, node) = map.next_entry::<String, Node>()?.ok_or_else(missing)?;
        let (_, value) = map.next_entry::<String, T>()?.ok_or_else(missing)?;
        Ok(WithNode { node, value })
    }
}

/// A node's value as the deserializer hands it over: its shape by name, then what it holds.
struct Written(Value);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(NODE_TOKEN, WrittenVisitor)
    }
}

struct WrittenVisitor;

impl<'de> Visitor<'de> for WrittenVisitor {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Written, E> {
        Ok(Written(Value::Null))
    }

    fn visit_str<E>(self, text: &str) -> Result<Written, E> {
        Ok(Written(Value::Scalar(Scalar {
            text: text.to_owned(),
            plain: false,
        })))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, plain: D) -> Result<Written, D::Error> {
        let text = String::deserialize(plain)?;
        Ok(Written(Value::Scalar(Scalar { text, plain: true })))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Written, A::Error> {
        let mut out = Vec::new();
        while let Some(item) = items.next_element()? {
            out.push(item);
        }
        Ok(Written(Value::Sequence(out)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Written, A::Error> {
        let mut out = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            out.push(entry);
        }
        Ok(Written(Value::Mapping(out)))
    }
}
