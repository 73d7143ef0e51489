//! serde's view of a node.

use serde::de::value::{MapDeserializer, StrDeserializer};
use serde::de::{Deserializer, Visitor};

use super::access::{Choice, Entries, Items, SourcedEntries};
use super::cursor::NodeDeserializer;
use super::problem::{Kind, Problem, suggestion};
use super::state::address;
use crate::origin::{Diagnostic, PLAIN_TOKEN, SOURCED_TOKEN, WRITTEN};
use crate::yaml::node::{NODE_TOKEN, Node, Scalar, Value, WITH_NODE_TOKEN};
use crate::yaml::plain::Plain;

impl<'a> NodeDeserializer<'a> {
    fn wrong(self, expected: &str) -> Problem {
        Problem::new(Kind::Type {
            expected: expected.to_owned(),
            found: self.node.describe().to_owned(),
        })
        .at(address(self.node))
    }

    fn text(self) -> Result<&'a str, Problem> {
        self.node.as_text().ok_or_else(|| {
            let problem = self.wrong("text");
            if self.node.is_null() {
                problem.hinted("write \"\" for an empty text, or remove the key")
            } else {
                problem
            }
        })
    }

    fn number(self) -> Result<Plain, Problem> {
        let wrong = self.wrong("a number");
        match &self.node.value {
            Value::Scalar(scalar) => match scalar.meaning() {
                number @ (Plain::Integer(_) | Plain::Float(_)) => Ok(number),
                _ => Err(unquoted(wrong, scalar, |plain| {
                    matches!(plain, Plain::Integer(_) | Plain::Float(_))
                })),
            },
            _ => Err(wrong),
        }
    }

    fn items(self, items: &'a [Node]) -> Items<'a> {
        Items {
            items: items.iter(),
            state: self.state,
        }
    }

    fn entries(self, entries: &'a [(Node, Node)]) -> Entries<'a> {
        Entries {
            entries: entries.iter(),
            supplied: self.state.supplied(self.node).into_iter(),
            fields: None,
            value: None,
            state: self.state,
        }
    }

    /// Reports the keys of a mapping that a struct does not have.
    fn report_unknown(self, entries: &[(Node, Node)], fields: &'static [&'static str]) {
        for (key, _) in entries {
            let name = key.as_text().unwrap_or_default();
            if !fields.contains(&name) {
                let unknown = Diagnostic::error(&key.origin, format!("unknown key `{name}`"))
                    .labelled("not known here")
                    .hint(suggestion(name, "keys", fields));
                self.state.report_unknown(key, unknown);
            }
        }
    }

    fn sourced<'de, V: Visitor<'de>>(
        self,
        visitor: V,
        with_node: bool,
    ) -> Result<V::Value, Problem> {
        visitor.visit_map(SourcedEntries {
            node: self,
            with_node,
            next: 0,
        })
    }

    fn whole<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Scalar(Scalar { text, plain: false }) => visitor.visit_str(text),
            Value::Scalar(Scalar { text, plain: true }) => {
                visitor.visit_newtype_struct(StrDeserializer::new(text))
            }
            Value::Sequence(items) => visitor.visit_seq(self.items(items)),
            Value::Mapping(entries) => visitor.visit_map(Entries {
                supplied: Vec::new().into_iter(),
                ..self.entries(entries)
            }),
        }
    }
}

/// Adds the hint to unquote what would be right without its quotes.
fn unquoted(problem: Problem, scalar: &Scalar, right: impl Fn(Plain) -> bool) -> Problem {
    if !scalar.plain && right(crate::yaml::plain::read(&scalar.text)) {
        problem.hinted("remove the quotes")
    } else {
        problem
    }
}

fn visit_number<'de, V: Visitor<'de>>(number: Plain, visitor: V) -> Result<V::Value, Problem> {
    match number {
        Plain::Integer(number) => match (u64::try_from(number), i64::try_from(number)) {
            (Ok(number), _) => visitor.visit_u64(number),
            (_, Ok(number)) => visitor.visit_i64(number),
            _ => visitor.visit_i128(number).map_err(|_: Problem| {
                let message = format!("{number} is out of range");
                Problem::new(Kind::Value { message })
            }),
        },
        Plain::Float(number) => visitor.visit_f64(number),
        Plain::Null | Plain::Bool(_) | Plain::Text => visitor.visit_unit(),
    }
}

macro_rules! numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
            visit_number(self.number()?, visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for NodeDeserializer<'_> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Sequence(items) => visitor.visit_seq(self.items(items)),
            Value::Mapping(entries) => visitor.visit_map(self.entries(entries)),
            Value::Scalar(scalar) => match scalar.meaning() {
                Plain::Bool(truth) => visitor.visit_bool(truth),
                Plain::Integer(number) if i64::try_from(number).is_ok() => {
                    visit_number(Plain::Integer(number), visitor)
                }
                Plain::Integer(number) if u64::try_from(number).is_ok() => {
                    visit_number(Plain::Integer(number), visitor)
                }
                Plain::Float(number) if number.is_finite() => visitor.visit_f64(number),
                _ => visitor.visit_str(&scalar.text),
            },
        }
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let wrong = self.wrong("true or false");
        let Value::Scalar(scalar) = &self.node.value else {
            return Err(wrong);
        };
        if let Plain::Bool(truth) = scalar.meaning() {
            return visitor.visit_bool(truth);
        }
        Err(match scalar.text.to_lowercase().as_str() {
            "yes" | "on" | "y" => wrong.hinted("write `true`"),
            "no" | "off" | "n" => wrong.hinted("write `false`"),
            _ => unquoted(wrong, scalar, |plain| matches!(plain, Plain::Bool(_))),
        })
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_bytes(self.text()?.as_bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_bytes(self.text()?.as_bytes())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        if self.node.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        if self.node.is_null() {
            visitor.visit_unit()
        } else {
            Err(self.wrong("nothing"))
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match name {
            SOURCED_TOKEN => self.sourced(visitor, false),
            WITH_NODE_TOKEN => self.sourced(visitor, true),
            NODE_TOKEN => self.whole(visitor),
            PLAIN_TOKEN => match self.node.written_number() {
                Some(text) => {
                    let entry = std::iter::once((WRITTEN, text));
                    visitor.visit_map(MapDeserializer::new(entry))
                }
                None => self.deserialize_any(visitor),
            },
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match &self.node.value {
            Value::Sequence(items) => visitor.visit_seq(self.items(items)),
            Value::Scalar(scalar) if !scalar.text.contains('\n') => Err(self
                .wrong("a list")
                .hinted(format!("write it as a list: [{}]", scalar.text))),
            Value::Null => Err(self
                .wrong("a list")
                .hinted("write [] for an empty list, or remove the key")),
            _ => Err(self.wrong("a list")),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match &self.node.value {
            Value::Mapping(entries) => visitor.visit_map(self.entries(entries)),
            Value::Null => Err(self
                .wrong("a mapping")
                .hinted("write {} for an empty mapping, or remove the key")),
            _ => Err(self.wrong("a mapping")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match &self.node.value {
            Value::Mapping(entries) => {
                self.report_unknown(entries, fields);
                let mut access = self.entries(entries);
                access.fields = Some(fields);
                visitor.visit_map(access)
            }
            _ => Err(self
                .wrong("a mapping")
                .hinted(format!("its keys are: {}", fields.join(", ")))),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let names = variants.join(", ");
        let (name, content, what) = match &self.node.value {
            Value::Scalar(_) => (self.node, None, "values"),
            Value::Mapping(entries) => match entries.as_slice() {
                [(key, value)] => (key, Some(value), "keys"),
                _ => {
                    let place = entries.get(1).map_or(self.node, |(key, _)| key);
                    let message = format!("expected exactly one key, found {}", entries.len());
                    let problem = Problem::new(Kind::Value { message });
                    let hint = format!("give each its own list entry; valid keys: {names}");
                    return Err(self.blame(place, problem.hinted(hint)));
                }
            },
            _ if variants.len() > 6 => return Err(self.wrong("text")),
            _ => return Err(self.wrong(&format!("one of {names}"))),
        };
        let text = name.as_text().unwrap_or_default();
        if !variants.contains(&text) {
            let message = match content {
                None => format!("`{text}` is not valid here"),
                Some(_) => format!("unknown key `{text}`"),
            };
            let problem = Problem::new(Kind::Value { message });
            return Err(self.blame(name, problem.hinted(suggestion(text, what, variants))));
        }
        visitor.visit_enum(Choice {
            name,
            content,
            state: self.state,
        })
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_unit()
    }
}

impl NodeDeserializer<'_> {
    /// Puts a problem at a key; once that is set aside, the whole node follows.
    fn blame(self, place: &Node, problem: Problem) -> Problem {
        if self.state.is_aside(place) {
            Problem::quiet().at(address(self.node))
        } else {
            problem.at(address(place))
        }
    }
}
