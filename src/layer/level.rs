//! Levels of a benchmark: one for all, or one for each profile.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

/// The benchmark's level of a control: 1 for everybody, higher for stricter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// On a server; none when the benchmark does not ask servers for it.
    pub server: Option<u8>,
    /// On a workstation.
    pub workstation: Option<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a level for each profile")]
struct Written {
    server: Option<u8>,
    workstation: Option<u8>,
}

impl Level {
    /// The level for a profile; none when the control is not for it. A profile that benchmarks do
    /// not know counts as a server.
    #[must_use]
    pub fn of(self, profile: Option<&str>) -> Option<u8> {
        match profile {
            Some("workstation") => self.workstation,
            _ => self.server,
        }
    }

    /// What is wrong with it.
    pub(super) fn fault(self) -> Option<String> {
        let levels = [self.server, self.workstation];
        if levels == [None, None] {
            return Some("a control needs a level for one profile at least".to_owned());
        }
        let mut stated = levels.into_iter().flatten();
        let wrong = stated.find(|level| !(1..=4).contains(level))?;
        Some(format!("level {wrong} is not between 1 and 4"))
    }
}

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Level;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a level from 1 to 4, or `{server: …, workstation: …}`")
            }

            fn visit_u64<E: serde::de::Error>(self, level: u64) -> Result<Level, E> {
                let level = Some(u8::try_from(level).unwrap_or(u8::MAX));
                Ok(Level {
                    server: level,
                    workstation: level,
                })
            }

            fn visit_i64<E: serde::de::Error>(self, level: i64) -> Result<Level, E> {
                self.visit_u64(u64::try_from(level).unwrap_or_default())
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Level, A::Error> {
                let written = Written::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Level {
                    server: written.server,
                    workstation: written.workstation,
                })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for Level {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Level".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let level = json_schema!({ "type": "integer", "minimum": 1, "maximum": 4 });
        json_schema!({ "anyOf": [level.clone(), {
            "type": "object",
            "additionalProperties": false,
            "minProperties": 1,
            "properties": { "server": level.clone(), "workstation": level },
        }]})
    }
}
