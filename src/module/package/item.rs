//! A package as it is written: one name, or a name per distribution family.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::family::FAMILIES;
use crate::module::surroundings::Distribution;
use crate::origin::{Diagnostic, Sourced, did_you_mean};

/// The key that stands for every family without one of its own.
const OTHERS: &str = "default";

/// The distributions that are asked for as `rhel`, beside their own ids.
const RHEL: [&str; 6] = ["almalinux", "centos", "ol", "rhel", "rocky", "redhat"];

/// One package.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::module) enum Item {
    /// The same name everywhere.
    Name(String),
    /// Names by family or os-release id.
    Families(BTreeMap<String, String>),
}

impl Item {
    /// The name for a distribution; of several keys the narrowest counts: its id, `rhel`, its
    /// family, `default`.
    pub(in crate::module) fn name(
        item: &Sourced<Self>,
        distribution: &Distribution<'_>,
    ) -> Result<Sourced<String>, Diagnostic> {
        let sourced = |name: &String| Sourced::new(name.clone(), item.origin.clone());
        let names = match &item.value {
            Self::Name(name) => return Ok(sourced(name)),
            Self::Families(names) => names,
        };
        let id = distribution.id.unwrap_or_default();
        let rhel = if RHEL.contains(&id) { "rhel" } else { id };
        let family = distribution.family.unwrap_or_default();
        let keys = [id, rhel, family, OTHERS];
        if let Some(name) = keys.iter().find_map(|key| names.get(*key)) {
            return Ok(sourced(name));
        }
        let of = if id.is_empty() { family } else { id };
        let error = Diagnostic::error(&item.origin, format!("no name is given for {of}"));
        let near = names.keys().find_map(|key| {
            let known = FAMILIES.iter().chain([&OTHERS]).chain(&RHEL).copied();
            let near = did_you_mean(key, known)?;
            (near != key).then(|| format!("is `{key}` meant as `{near}`?"))
        });
        Err(error.hint(near.unwrap_or_else(|| {
            format!("add `{family}: NAME` or `{OTHERS}: NAME`, or give the entry a `when`")
        })))
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Item;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name, or a mapping of families to names")
            }
            fn visit_str<E>(self, name: &str) -> Result<Item, E> {
                Ok(Item::Name(name.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Item, A::Error> {
                let mut names = BTreeMap::new();
                while let Some((family, name)) = map.next_entry::<String, String>()? {
                    names.insert(family, name);
                }
                Ok(Item::Families(names))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for Item {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "PackageItem".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string" },
                { "type": "object", "additionalProperties": { "type": "string" } }
            ]
        })
    }
}
