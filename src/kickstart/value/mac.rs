//! Hardware addresses of network interfaces.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::from_text::read_from_text;
use crate::origin::Sourced;
use crate::yaml::{Node, Value};

/// A hardware address of six bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// The address with a sign of choice between its bytes, in lower case.
    #[must_use]
    pub fn joined(self, sign: &str) -> String {
        self.0.map(|byte| format!("{byte:02x}")).join(sign)
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.joined(":"))
    }
}

impl FromStr for Mac {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a hardware address, write 52:54:00:12:34:56");
        let mut bytes = [0; 6];
        let mut parts = text.split([':', '-']);
        for byte in &mut bytes {
            let part = parts.next().filter(|part| part.len() == 2);
            let part = part.filter(|part| part.bytes().all(|c| c.is_ascii_hexdigit()));
            *byte = part
                .and_then(|part| u8::from_str_radix(part, 16).ok())
                .ok_or_else(wrong)?;
        }
        if parts.next().is_some() {
            return Err(wrong());
        }
        if bytes == [0; 6] || bytes[0] & 1 == 1 {
            return Err(format!("`{text}` is not the address of one machine"));
        }
        Ok(Self(bytes))
    }
}

read_from_text!(Mac, "^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$");

/// One hardware address or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Macs(pub Vec<Sourced<Mac>>);

impl<'de> Deserialize<'de> for Macs {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        let read = |node: &Node| {
            let text = node
                .as_text()
                .ok_or("expected a hardware address or a list of them")?;
            let mac = text.parse()?;
            Ok::<_, String>(Sourced::new(mac, node.origin.clone()))
        };
        let macs: Result<Vec<_>, String> = match &node.value {
            Value::Sequence(items) if items.is_empty() => Err("the list is empty".to_owned()),
            Value::Sequence(items) => items.iter().map(read).collect(),
            _ => read(&node).map(|mac| vec![mac]),
        };
        macs.map(Self).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Macs {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Macs".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = Mac::json_schema(generator);
        json_schema!({ "oneOf": [one, { "type": "array", "minItems": 1, "items": one }] })
    }
}
