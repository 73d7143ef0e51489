//! The version that a document names.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

/// The version of a format that people write: recipes, fragments, inventories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum ApiVersion {
    /// The only one so far.
    V1,
}

impl TryFrom<String> for ApiVersion {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.strip_prefix("terroir/v").map(str::parse::<u32>) {
            Some(Ok(1)) => Ok(Self::V1),
            Some(Ok(2..)) => Err(format!(
                "`{text}` is newer than this terroir, which reads terroir/v1"
            )),
            _ => Err(format!("`{text}` is not a known version, write terroir/v1")),
        }
    }
}

impl JsonSchema for ApiVersion {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "ApiVersion".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "const": "terroir/v1" })
    }
}
