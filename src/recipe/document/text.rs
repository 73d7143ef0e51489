//! Values that are written as one text or as a list of texts.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use crate::origin::{Diagnostic, Sourced};
use crate::yaml::Node;

/// What is wrong with values that BlueBuild takes as texts only: numbers and truth values.
pub(super) fn refuse_numbers<'n>(texts: impl Iterator<Item = &'n Node>) -> Vec<Diagnostic> {
    let other = texts.filter(|node| matches!(node.describe(), "a number" | "true or false"));
    let refused = other.map(|node| {
        let what = node.describe();
        let written = node.as_text().unwrap_or_default();
        Diagnostic::error(&node.origin, format!("expected text, found {what}"))
            .labelled(format!("this is {what}"))
            .hint(format!("write it in quotes: \"{written}\""))
    });
    refused.collect()
}

/// One text or a list of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Texts(pub Vec<Sourced<String>>);

enum Written {
    One(String),
    Many(Vec<Sourced<String>>),
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written: Sourced<Written> = Sourced::deserialize(deserializer)?;
        Ok(Self(match written.value {
            Written::One(text) => vec![Sourced::new(text, written.origin)],
            Written::Many(texts) => texts,
        }))
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WrittenVisitor)
    }
}

struct WrittenVisitor;

impl<'de> Visitor<'de> for WrittenVisitor {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or a list of texts")
    }

    fn visit_str<E>(self, text: &str) -> Result<Written, E> {
        Ok(Written::One(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Written, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = items.next_element()? {
            texts.push(text);
        }
        Ok(Written::Many(texts))
    }
}

inline_schema!(Texts, {
    "oneOf": [
        { "type": "string" },
        { "type": "array", "items": { "type": "string" } }
    ]
});

/// The schema of text that may be written as a number or truth value and keeps its characters.
#[derive(Debug)]
pub(super) enum AnyScalar {}

inline_schema!(AnyScalar, { "type": ["string", "number", "boolean"] });
