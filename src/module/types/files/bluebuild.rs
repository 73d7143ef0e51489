//! The two ways in which BlueBuild recipes write the module type `files`.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

use super::native::{FileItem, Files};
use crate::origin::Sourced;

/// Configuration of the module type `files` of BlueBuild.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BlueBuildFiles {
    files: Vec<Item>,
}

/// `{source, destination}`, or the older `{source's path: destination's path}`.
#[derive(Debug)]
struct Item {
    source: Sourced<String>,
    destination: Sourced<String>,
}

impl From<BlueBuildFiles> for Files {
    fn from(files: BlueBuildFiles) -> Self {
        let items = files.files.into_iter().map(|item| FileItem {
            source: Some(item.source),
            template: false,
            content: None,
            destination: item.destination,
            mode: None,
            owner: None,
        });
        Self {
            files: items.collect(),
        }
    }
}

impl JsonSchema for BlueBuildFiles {
    fn schema_name() -> Cow<'static, str> {
        "BlueBuildFiles".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let text = json_schema!({ "type": "string" });
        json_schema!({
            "type": "object",
            "required": ["files"],
            "properties": { "files": { "type": "array", "items": { "anyOf": [
                {
                    "type": "object",
                    "required": ["source", "destination"],
                    "properties": { "source": text, "destination": text },
                    "additionalProperties": false,
                },
                {
                    "type": "object",
                    "minProperties": 1,
                    "maxProperties": 1,
                    "additionalProperties": text,
                },
            ]}}},
        })
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ItemVisitor)
    }
}

struct ItemVisitor;

impl<'de> Visitor<'de> for ItemVisitor {
    type Value = Item;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping with `source` and `destination`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Item, A::Error> {
        let (mut source, mut destination, mut older) = (None, None, None);
        while let Some(key) = map.next_key::<Sourced<String>>()? {
            let value: Sourced<String> = map.next_value()?;
            match key.as_str() {
                "source" => source = Some(value),
                "destination" => destination = Some(value),
                _ if older.is_none() => older = Some((key, value)),
                _ => return Err(A::Error::custom("an item copies one source only")),
            }
        }
        match (source, destination, older) {
            (Some(source), Some(destination), None) => Ok(Item {
                source,
                destination,
            }),
            (None, None, Some((source, destination))) => Ok(Item {
                source,
                destination,
            }),
            (_, _, Some((key, _))) => {
                Err(A::Error::unknown_field(&key, &["source", "destination"]))
            }
            (None, ..) => Err(A::Error::missing_field("source")),
            (_, None, _) => Err(A::Error::missing_field("destination")),
        }
    }
}
