//! The JSON Schema of inventories, generated from the types that read them.

use schemars::JsonSchema as _;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::document::Inventory;

/// The schema of inventories.
#[must_use]
pub fn inventory_schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = Inventory::json_schema(&mut generator).to_value();
    let definitions = generator.take_definitions(true);
    if let Some(object) = schema.as_object_mut() {
        object.insert(
            "$schema".to_owned(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        object.insert("title".to_owned(), json!("terroir inventory"));
        object.insert("$defs".to_owned(), Value::Object(definitions));
    }
    schema
}
