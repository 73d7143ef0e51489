//! A plain value as people write it without thinking of types.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Unexpected, Visitor};

use crate::origin::{PLAIN_TOKEN, WRITTEN};

/// A text, a whole number, a truth value or nothing; each kind says what it accepts.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i128),
    /// `true` or `false`.
    Bool(bool),
    /// A number as it is written that is not just a whole one: `1.10`, `0755`, `1e3`; never
    /// accepted, because its digits may count.
    Written(String),
    /// Nothing.
    Null,
}

impl Scalar {
    /// The text of a text or a whole number, otherwise what to write instead.
    pub fn text_or_integer(&self) -> Result<String, String> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::Integer(number) => Ok(number.to_string()),
            Self::Bool(truth) => Err(format!("write {} or \"{truth}\"", u8::from(*truth))),
            Self::Written(number) => Err(format!("write it in quotes: \"{number}\"")),
            Self::Null => Err("write a value after the colon".to_owned()),
        }
    }

    /// The text of a text, a whole number or a truth value, otherwise what to write instead.
    pub fn text_or_bool(&self) -> Result<String, String> {
        match self {
            Self::Bool(truth) => Ok(truth.to_string()),
            _ => self.text_or_integer(),
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(PLAIN_TOKEN, ScalarVisitor)
    }
}

/// Reads scalars; shared with the kinds that also take sequences or mappings.
pub(in crate::setting) struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a whole number, `true` or `false`")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar::Integer(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar::Written(value.to_string()))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Scalar, D::Error> {
        inner.deserialize_any(Self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
        match map.next_key::<String>()? {
            Some(key) if key == WRITTEN => map.next_value().map(Scalar::Written),
            _ => Err(A::Error::invalid_type(Unexpected::Map, &self)),
        }
    }

    fn visit_str<E>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Null)
    }

    fn visit_none<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Null)
    }
}

impl JsonSchema for Scalar {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer", "boolean", "null"] })
    }
}
