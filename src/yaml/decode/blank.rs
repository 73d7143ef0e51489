//! A made-up value for a missing key, so that decoding goes on to the next error.

use serde::de::value::{BoolDeserializer, StrDeserializer, U8Deserializer, UnitDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::origin::{next_key, origin_deserializer};
use super::problem::Problem;
use crate::origin::{Origin, SOURCED_TOKEN};
use crate::yaml::node::{NODE_TOKEN, WITH_NODE_TOKEN};

/// Deepest value that is made up; types that contain themselves end here.
const MAX_BLANK_DEPTH: u8 = 16;

/// Gives the emptiest value of whatever type is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Blank {
    depth: u8,
}

impl Blank {
    fn deeper(self) -> Result<Self, Problem> {
        let depth = self.depth + 1;
        if depth > MAX_BLANK_DEPTH {
            return Err(Problem::quiet());
        }
        Ok(Self { depth })
    }

    fn fields(self, names: &'static [&'static str]) -> Result<Fields, Problem> {
        Ok(Fields {
            names: names.iter(),
            last: "",
            sourced: false,
            blank: self.deeper()?,
        })
    }
}

macro_rules! zeros {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
            U8Deserializer::new(0).deserialize_any(visitor)
        }
    )*};
}

macro_rules! texts {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
            StrDeserializer::new("").deserialize_any(visitor)
        }
    )*};
}

macro_rules! units {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
            UnitDeserializer::new().deserialize_any(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Blank {
    type Error = Problem;

    zeros! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }
    texts! {
        deserialize_char deserialize_str deserialize_string deserialize_bytes
        deserialize_byte_buf deserialize_identifier
    }
    units! { deserialize_any deserialize_unit deserialize_ignored_any }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        BoolDeserializer::new(false).deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_none()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match name {
            NODE_TOKEN => visitor.visit_unit(),
            WITH_NODE_TOKEN => visitor.visit_map(self.fields(&["node", "value"])?),
            SOURCED_TOKEN => visitor.visit_map(Fields {
                sourced: true,
                ..self.fields(&["origin", "value"])?
            }),
            _ => visitor.visit_newtype_struct(self.deeper()?),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_seq(Repeat {
            left: 0,
            blank: self,
        })
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let blank = self.deeper()?;
        visitor.visit_seq(Repeat {
            left: length,
            blank,
        })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_map(self.fields(&[])?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_map(self.fields(fields)?)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let name = variants.first().copied().unwrap_or_default();
        visitor.visit_enum(First {
            name,
            blank: self.deeper()?,
        })
    }
}

struct Fields {
    names: std::slice::Iter<'static, &'static str>,
    last: &'static str,
    sourced: bool,
    blank: Blank,
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Problem> {
        let name = self.names.next().copied();
        self.last = name.unwrap_or_default();
        next_key(name, seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Problem> {
        if self.sourced && self.last == "origin" {
            let origin = Origin::builtin();
            seed.deserialize(origin_deserializer(&origin))
        } else {
            seed.deserialize(self.blank)
        }
    }
}

struct Repeat {
    left: usize,
    blank: Blank,
}

impl<'de> SeqAccess<'de> for Repeat {
    type Error = Problem;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Problem> {
        let Some(left) = self.left.checked_sub(1) else {
            return Ok(None);
        };
        self.left = left;
        seed.deserialize(self.blank).map(Some)
    }
}

struct First {
    name: &'static str,
    blank: Blank,
}

impl<'de> EnumAccess<'de> for First {
    type Error = Problem;
    type Variant = Blank;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Blank), Problem> {
        let name = StrDeserializer::<Problem>::new(self.name);
        Ok((seed.deserialize(name)?, self.blank))
    }
}

impl<'de> VariantAccess<'de> for Blank {
    type Error = Problem;

    fn unit_variant(self) -> Result<(), Problem> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Problem> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.deserialize_struct("", fields, visitor)
    }
}
