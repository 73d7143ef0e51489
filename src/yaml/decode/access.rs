//! serde's view of what a node holds.

use serde::de::{
    DeserializeSeed, Deserializer as _, EnumAccess, Error as _, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};

use super::blank::Blank;
use super::cursor::NodeDeserializer;
use super::origin::{next_key, origin_deserializer};
use super::problem::{Kind, Problem};
use super::state::{State, address};
use crate::yaml::node::Node;

/// The two entries that a sourced value is made of.
pub(super) struct SourcedEntries<'a> {
    pub(super) node: NodeDeserializer<'a>,
    /// Whether the first entry is the node itself, not only its origin.
    pub(super) with_node: bool,
    pub(super) next: usize,
}

impl<'de> MapAccess<'de> for SourcedEntries<'_> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Problem> {
        self.next += 1;
        let keys = ["origin", "value"];
        next_key(keys.get(self.next - 1).copied(), seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Problem> {
        if self.next == 1 && !self.with_node {
            seed.deserialize(origin_deserializer(&self.node.node.origin))
        } else {
            seed.deserialize(self.node)
        }
    }
}

pub(super) struct Items<'a> {
    pub(super) items: std::slice::Iter<'a, Node>,
    pub(super) state: &'a State,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Problem;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Problem> {
        let state = self.state;
        match self.items.find(|item| !state.is_aside(item)) {
            Some(item) => NodeDeserializer::new(item, state).seeded(seed).map(Some),
            None => Ok(None),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

pub(super) struct Entries<'a> {
    pub(super) entries: std::slice::Iter<'a, (Node, Node)>,
    /// Keys that are missing and whose values are made up, so that later errors can be found.
    pub(super) supplied: std::vec::IntoIter<&'static str>,
    /// The keys that a struct has; others are passed over.
    pub(super) fields: Option<&'static [&'static str]>,
    pub(super) value: Option<&'a Node>,
    pub(super) state: &'a State,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Problem> {
        let (state, fields) = (self.state, self.fields);
        let wanted = |(key, value): &&(Node, Node)| {
            let known = fields.is_none_or(|fields| {
                let name = key.as_text().unwrap_or_default();
                fields.contains(&name)
            });
            known && !state.is_aside(key) && !state.is_aside(value)
        };
        if let Some((key, value)) = self.entries.find(wanted) {
            self.value = Some(value);
            return NodeDeserializer::new(key, state).seeded(seed).map(Some);
        }
        self.value = None;
        next_key(self.supplied.next(), seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Problem> {
        match self.value {
            Some(value) => NodeDeserializer::new(value, self.state).seeded(seed),
            None => seed
                .deserialize(Blank::default())
                .map_err(|_| Problem::quiet()),
        }
    }
}

/// A name alone, or a mapping from one name to what belongs to it.
pub(super) struct Choice<'a> {
    pub(super) name: &'a Node,
    pub(super) content: Option<&'a Node>,
    pub(super) state: &'a State,
}

impl<'a> Choice<'a> {
    fn content(&self) -> Result<NodeDeserializer<'a>, Problem> {
        let missing = || {
            let name = self.name.as_text().unwrap_or_default();
            let message = format!("`{name}` needs a value");
            Problem::new(Kind::Value { message }).hinted(format!("write `{name}: …`"))
        };
        let content = self.content.ok_or_else(missing)?;
        if self.state.is_aside(content) {
            return Err(Problem::quiet());
        }
        Ok(NodeDeserializer::new(content, self.state))
    }
}

impl<'de, 'a> EnumAccess<'de> for Choice<'a> {
    type Error = Problem;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Problem> {
        let name = NodeDeserializer::new(self.name, self.state);
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Choice<'_> {
    type Error = Problem;

    fn unit_variant(self) -> Result<(), Problem> {
        match self.content {
            Some(content) if !content.is_null() => {
                let name = self.name.as_text().unwrap_or_default();
                let problem = Problem::invalid_type(Unexpected::Map, &"text");
                Err(problem.hinted(format!("write `{name}` alone")))
            }
            _ => Ok(()),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Problem> {
        self.content()?.seeded(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let content = self.content()?;
        let result = content.deserialize_tuple(length, visitor);
        result.map_err(|problem| problem.at(address(content.node)))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let content = self.content()?;
        let result = content.deserialize_struct("", fields, visitor);
        result.map_err(|problem| problem.at(address(content.node)))
    }
}
