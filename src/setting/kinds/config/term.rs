//! What a value of a configuration file has to satisfy.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

use super::accept::Accept;
use crate::origin::{PLAIN_TOKEN, WRITTEN};
use crate::setting::input::scalar::{Scalar, ScalarVisitor};

/// What a document demands of one key: a value, or what any value must satisfy.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigTerm {
    /// What is written when the file has nothing that satisfies it.
    pub(super) value: Scalar,
    /// What satisfies it besides that value.
    pub(super) accept: Option<Accept>,
}

impl<'de> Deserialize<'de> for ConfigTerm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(PLAIN_TOKEN, TermVisitor)
    }
}

impl From<Scalar> for ConfigTerm {
    fn from(value: Scalar) -> Self {
        Self {
            value,
            accept: None,
        }
    }
}

struct TermVisitor;

impl<'de> Visitor<'de> for TermVisitor {
    type Value = ConfigTerm;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, or one of `at-most`, `at-least`, `one-of`, `subset-of`, `parts`, `none-of`, `any`, `absent`")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Self::Value::from(Scalar::Bool(value)))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Self::Value, E> {
        ScalarVisitor.visit_i64(value).map(ConfigTerm::from)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Self::Value, E> {
        ScalarVisitor.visit_u64(value).map(ConfigTerm::from)
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Self::Value::from(Scalar::Written(value.to_string())))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Self::Value, D::Error> {
        inner.deserialize_any(Self)
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Self::Value::from(Scalar::Text(value.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Self::Value::from(Scalar::Null))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut said = Said::default();
        while let Some(key) = map.next_key::<String>()? {
            if key == WRITTEN {
                return Ok(Self::Value::from(Scalar::Written(map.next_value()?)));
            }
            said.key(&key, &mut map)?;
        }
        let default = said.default.take();
        let accept = said.accept::<A::Error>()?;
        let value = match (default.or_else(|| accept.written()), &accept) {
            (Some(value), _) => value,
            (None, Accept::Absent) => Scalar::Null,
            (None, Accept::OneOf(_)) => return Err(A::Error::custom("`one-of` is empty")),
            (None, Accept::SubsetOf(_)) => return Err(A::Error::custom("`subset-of` is empty")),
            (None, _) => return Err(A::Error::missing_field("default")),
        };
        Ok(ConfigTerm {
            value,
            accept: Some(accept),
        })
    }
}

/// What a mapping says so far.
#[derive(Default)]
struct Said {
    most: Option<i64>,
    least: Option<i64>,
    or: Vec<String>,
    other: Option<Accept>,
    default: Option<Scalar>,
}

impl Said {
    fn key<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        const KEYS: &[&str] = &[
            "at-most",
            "at-least",
            "or",
            "one-of",
            "subset-of",
            "parts",
            "none-of",
            "any",
            "absent",
            "default",
        ];
        let truth = |said: bool, meant: Accept| match said {
            true => Ok(meant),
            false => Err(A::Error::custom(format!("`{key}: false` says nothing"))),
        };
        let other = match key {
            "at-most" => {
                self.most = Some(map.next_value()?);
                return Ok(());
            }
            "at-least" => {
                self.least = Some(map.next_value()?);
                return Ok(());
            }
            "or" => {
                let words: Vec<Scalar> = map.next_value()?;
                let words = words
                    .iter()
                    .map(Scalar::text_or_bool)
                    .collect::<Result<_, _>>();
                self.or = words.map_err(A::Error::custom)?;
                return Ok(());
            }
            "default" => {
                self.default = Some(map.next_value::<Scalar>()?);
                return Ok(());
            }
            "one-of" => Accept::OneOf(map.next_value()?),
            "subset-of" => Accept::SubsetOf(map.next_value()?),
            "parts" => Accept::Parts(map.next_value()?),
            "none-of" => Accept::NoneOf(map.next_value()?),
            "any" => truth(map.next_value()?, Accept::Any)?,
            "absent" => truth(map.next_value()?, Accept::Absent)?,
            _ => return Err(A::Error::unknown_field(key, KEYS)),
        };
        match self.other.replace(other) {
            None => Ok(()),
            Some(_) => Err(A::Error::custom("one key says one thing: keep one of them")),
        }
    }

    fn accept<E: serde::de::Error>(self) -> Result<Accept, E> {
        let number = match (self.least, self.most) {
            (Some(least), Some(most)) if least > most => {
                let message = format!("nothing is at least {least} and at most {most}");
                return Err(E::custom(message));
            }
            (Some(least), Some(most)) => Some(Accept::Between(least, most)),
            (Some(least), None) => Some(Accept::AtLeast(least)),
            (None, Some(most)) => Some(Accept::AtMost(most)),
            (None, None) => None,
        };
        match (number, self.other) {
            (Some(_), Some(_)) => Err(E::custom("one key says one thing: keep one of them")),
            (None, None) => Err(E::missing_field("at-most")),
            (Some(number), None) if self.or.is_empty() => Ok(number),
            (Some(number), None) => Ok(Accept::Either(self.or, Box::new(number))),
            (None, Some(_)) if !self.or.is_empty() => {
                Err(E::custom("`or` stands beside `at-most` and `at-least`"))
            }
            (None, Some(other)) => Ok(other),
        }
    }
}

impl JsonSchema for ConfigTerm {
    fn schema_name() -> Cow<'static, str> {
        "ConfigTerm".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let scalar = generator.subschema_for::<Scalar>();
        let one = |key: &str, value: Schema| {
            json_schema!({
                "type": "object",
                "required": [key],
                "additionalProperties": false,
                "properties": { key: value, "default": scalar.clone() },
            })
        };
        let number = json_schema!({ "type": "integer" });
        let words = json_schema!({ "type": "array", "items": { "type": "string" }, "minItems": 1 });
        let bounds = json_schema!({
            "type": "array", "items": { "type": "integer" }, "minItems": 2, "maxItems": 2,
        });
        let parts = json_schema!({ "type": "array", "items": bounds, "minItems": 1 });
        let truth = json_schema!({ "const": true });
        let range = json_schema!({
            "type": "object",
            "anyOf": [{ "required": ["at-most"] }, { "required": ["at-least"] }],
            "additionalProperties": false,
            "properties": {
                "at-most": number.clone(),
                "at-least": number,
                "or": { "type": "array", "items": scalar.clone(), "minItems": 1 },
                "default": scalar.clone(),
            },
        });
        json_schema!({ "anyOf": [
            scalar.clone(),
            range,
            one("one-of", words.clone()),
            one("subset-of", words.clone()),
            one("none-of", words),
            one("parts", parts),
            one("any", truth.clone()),
            one("absent", truth),
        ]})
    }
}
