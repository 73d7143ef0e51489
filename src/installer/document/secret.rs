//! Secrets of a document: written in it, or named by the place that has them.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::origin::{Diagnostic, Origin};
use crate::yaml::{Node, Value};

/// The key of a place.
const PLACE: &str = "secret";

/// A secret, which is never shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Where it is written, or its place.
    pub origin: Origin,
    /// What it is.
    pub held: Held,
}

/// A secret itself, or where it is.
#[derive(Clone, PartialEq, Eq)]
pub enum Held {
    /// It is written in the document.
    Here(String),
    /// An address or a file has it.
    At(String),
}

impl fmt::Debug for Held {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here(_) => formatter.write_str("a secret"),
            Self::At(place) => write!(formatter, "the secret at {place}"),
        }
    }
}

impl Secret {
    /// The text, where it is written in the document.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.held {
            Held::Here(text) => Some(text),
            Held::At(_) => None,
        }
    }

    /// Refuses a place that is neither an address nor a file.
    pub(super) fn check(&self, problems: &mut Vec<Diagnostic>) {
        if let Held::At(place) = &self.held {
            check_place(place, &self.origin, problems);
        }
    }
}

/// Refuses what is neither the address of a secret nor a file.
pub(super) fn check_place(place: &str, origin: &Origin, problems: &mut Vec<Diagnostic>) {
    let begins = ["http://", "https://", "/"];
    let rest = begins.iter().find_map(|begin| place.strip_prefix(begin));
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control();
    if !rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(is_plain)) {
        let what = "`secret` names neither an address nor a file";
        let hint = "write https://install.example.org/secrets/web1/NAME, or the path of a file in the \
                    installer";
        problems.push(Diagnostic::error(origin, what).hint(hint));
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        // No message repeats what may be the secret itself.
        let wrong = || serde::de::Error::custom("expected a text, or `{\"secret\": PLACE}`");
        let held = match &node.value {
            Value::Scalar(scalar) => Held::Here(scalar.text.clone()),
            Value::Mapping(entries) => match entries.as_slice() {
                [(key, place)] if key.as_text() == Some(PLACE) => {
                    Held::At(place.as_text().ok_or_else(wrong)?.to_owned())
                }
                _ => return Err(wrong()),
            },
            _ => return Err(wrong()),
        };
        Ok(Self {
            origin: node.origin,
            held,
        })
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A secret, or the address or file that has it.",
            "oneOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "properties": { PLACE: { "type": "string", "pattern": "^(https?://|/)." } },
                    "required": [PLACE],
                    "additionalProperties": false,
                },
            ],
        })
    }
}
