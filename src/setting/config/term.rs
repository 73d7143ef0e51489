//! What a value of a configuration file has to satisfy.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde::{Deserialize as Derive, Serialize};

use crate::setting::scalar::{Scalar, ScalarVisitor};

/// What a document demands of one key: a value, or what any value must satisfy.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigTerm {
    /// What is written when the file has nothing that satisfies it.
    pub(super) value: Scalar,
    /// What satisfies it besides that value.
    pub(super) accept: Option<Accept>,
}

/// What satisfies a demand besides the value itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Derive)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Accept {
    /// A number that is not greater.
    AtMost(i64),
    /// A number that is not smaller.
    AtLeast(i64),
    /// One of several texts, upper and lower case alike.
    OneOf(Vec<String>),
    /// A list, parted by commas, of nothing but these words.
    SubsetOf(Vec<String>),
    /// Numbers parted by colons, each between its bounds; later ones may be missing.
    Parts(Vec<(i64, i64)>),
    /// Any text but these, upper and lower case alike.
    NoneOf(Vec<String>),
    /// Any value.
    Any,
    /// That the key is not there at all.
    Absent,
}

impl Accept {
    /// Tells whether the text that a file has satisfies the demand.
    pub(super) fn takes(&self, found: &str) -> bool {
        let number = |text: &str| text.trim().parse::<i64>().ok();
        match self {
            Self::AtMost(most) => number(found).is_some_and(|number| number <= *most),
            Self::AtLeast(least) => number(found).is_some_and(|number| number >= *least),
            Self::OneOf(words) => words.iter().any(|word| word.eq_ignore_ascii_case(found)),
            Self::SubsetOf(words) => {
                let mut found = found.split(',').map(str::trim);
                found.all(|one| words.iter().any(|word| word == one))
            }
            Self::Parts(bounds) => {
                let parts: Vec<&str> = found.split(':').collect();
                let within = |(part, (least, most)): (&&str, &(i64, i64))| {
                    number(part).is_some_and(|number| *least <= number && number <= *most)
                };
                parts.len() <= bounds.len() && parts.iter().zip(bounds).all(within)
            }
            Self::NoneOf(words) => !words.iter().any(|word| word.eq_ignore_ascii_case(found)),
            Self::Any => true,
            Self::Absent => false,
        }
    }

    /// Tells whether everything that satisfies `self` satisfies `other` too.
    pub(super) fn within(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Any) => *self != Self::Absent,
            (Self::AtMost(own), Self::AtMost(most)) => own <= most,
            (Self::AtLeast(own), Self::AtLeast(least)) => own >= least,
            (Self::SubsetOf(own), Self::SubsetOf(words)) => {
                own.iter().all(|word| words.contains(word))
            }
            (Self::Parts(own), Self::Parts(bounds)) => {
                let narrower = |((least, most), (low, high)): (&(i64, i64), &(i64, i64))| {
                    low <= least && most <= high
                };
                own.len() <= bounds.len() && own.iter().zip(bounds).all(narrower)
            }
            (Self::OneOf(own), other) => own.iter().all(|word| other.takes(word)),
            _ => self == other,
        }
    }
}

impl fmt::Display for Accept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "at most {most}"),
            Self::AtLeast(least) => write!(f, "at least {least}"),
            Self::OneOf(words) => f.write_str(&words.join(" or ")),
            Self::SubsetOf(words) => write!(f, "nothing but {}", words.join(",")),
            Self::Parts(bounds) => {
                let bounds = bounds.iter().map(|(least, most)| format!("{least}-{most}"));
                write!(f, "within {}", bounds.collect::<Vec<_>>().join(":"))
            }
            Self::NoneOf(words) => write!(f, "anything but {}", words.join(" or ")),
            Self::Any => f.write_str("any value"),
            Self::Absent => f.write_str("not set"),
        }
    }
}

impl<'de> Deserialize<'de> for ConfigTerm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TermVisitor)
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
        Ok(Self::Value::from(Scalar::Float(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Self::Value::from(Scalar::Text(value.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Self::Value::from(Scalar::Null))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        const KEYS: &[&str] = &[
            "at-most",
            "at-least",
            "one-of",
            "subset-of",
            "parts",
            "none-of",
            "any",
            "absent",
            "default",
        ];
        let (mut accept, mut default) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            let one = match key.as_str() {
                "at-most" => Accept::AtMost(map.next_value()?),
                "at-least" => Accept::AtLeast(map.next_value()?),
                "one-of" => Accept::OneOf(map.next_value()?),
                "subset-of" => Accept::SubsetOf(map.next_value()?),
                "parts" => Accept::Parts(map.next_value()?),
                "none-of" => Accept::NoneOf(map.next_value()?),
                "any" => truth(&key, map.next_value()?, Accept::Any)?,
                "absent" => truth(&key, map.next_value()?, Accept::Absent)?,
                "default" => {
                    default = Some(map.next_value::<Scalar>()?);
                    continue;
                }
                _ => return Err(A::Error::unknown_field(&key, KEYS)),
            };
            if accept.replace(one).is_some() {
                return Err(A::Error::custom("one key says one thing: keep one of them"));
            }
        }
        let accept = accept.ok_or_else(|| A::Error::missing_field("at-most"))?;
        let value = match (default, &accept) {
            (Some(default), _) => default,
            (None, Accept::AtMost(number) | Accept::AtLeast(number)) => {
                Scalar::Integer(i128::from(*number))
            }
            (None, Accept::OneOf(words)) => match words.first() {
                Some(word) => Scalar::Text(word.clone()),
                None => return Err(A::Error::custom("`one-of` is empty")),
            },
            (None, Accept::SubsetOf(words)) => match words.is_empty() {
                true => return Err(A::Error::custom("`subset-of` is empty")),
                false => Scalar::Text(words.join(",")),
            },
            (None, Accept::Absent) => Scalar::Null,
            (None, Accept::Any | Accept::Parts(_) | Accept::NoneOf(_)) => {
                return Err(A::Error::missing_field("default"));
            }
        };
        Ok(ConfigTerm {
            value,
            accept: Some(accept),
        })
    }
}

fn truth<E: serde::de::Error>(key: &str, said: bool, meant: Accept) -> Result<Accept, E> {
    match said {
        true => Ok(meant),
        false => Err(E::custom(format!("`{key}: false` says nothing"))),
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
        json_schema!({ "anyOf": [
            scalar.clone(),
            one("at-most", number.clone()),
            one("at-least", number),
            one("one-of", words.clone()),
            one("subset-of", words.clone()),
            one("none-of", words),
            one("parts", parts),
            one("any", truth.clone()),
            one("absent", truth),
        ]})
    }
}
