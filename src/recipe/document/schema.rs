//! JSON Schemas of the documents that people write, generated from the types that read them.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::{BlueBuildDocument, NativeDocument};
use crate::layer::LayerDocument;
use crate::module::{Dialect, Module, TypeSchema};

/// The schema of native recipes.
#[must_use]
pub fn native_schema() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    document::<NativeDocument>(generator, "terroir recipe", Dialect::Native)
}

/// The schema of BlueBuild v1 recipes.
#[must_use]
pub fn bluebuild_schema() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    document::<BlueBuildDocument>(generator, "BlueBuild recipe", Dialect::BlueBuild)
}

/// The schema of layer documents.
#[must_use]
pub fn layer_schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let schema = LayerDocument::schema(&mut generator);
    finish(schema.to_value(), &mut generator, "terroir layer")
}

fn document<T: JsonSchema>(mut generator: SchemaGenerator, title: &str, dialect: Dialect) -> Value {
    let schema = T::json_schema(&mut generator);
    let mut root = finish(schema.to_value(), &mut generator, title);
    let modules = Module::schemas(dialect, &mut generator);
    let spellings = modules.iter().flat_map(|module| module.spellings.clone());
    let names: Vec<String> = spellings.collect();
    let conditions: Vec<Value> = modules
        .into_iter()
        .map(|module| condition(module, dialect))
        .collect();
    let definitions = generator.take_definitions(true);
    if let Some(held) = root.get_mut("$defs").and_then(Value::as_object_mut) {
        for (name, schema) in definitions {
            held.entry(name).or_insert(schema);
        }
        if let Some(entry) = held.get_mut("Entry").and_then(Value::as_object_mut) {
            match dialect {
                Dialect::Native => {
                    entry.insert("allOf".into(), Value::Array(conditions));
                }
                Dialect::BlueBuild => closed(entry, &names, conditions),
            }
        }
    }
    root
}

/// Makes an entry one of BlueBuild's own module types with its keys alone, or one that says by
/// `source` whose it is.
fn closed(entry: &mut Map<String, Value>, names: &[String], conditions: Vec<Value>) {
    let mut open = entry.clone();
    open.insert(
        "oneOf".into(),
        json!([{ "required": ["type"] }, { "required": ["from-file"] }]),
    );
    if let Some(keys) = open.get_mut("properties").and_then(Value::as_object_mut) {
        keys.retain(|key, _| !["layer", "override", "when", "with"].contains(&key.as_str()));
    }
    let mut own = open.clone();
    if let Some(keys) = own.get_mut("properties").and_then(Value::as_object_mut) {
        keys.insert("type".into(), json!({ "enum": names }));
    }
    own.insert("allOf".into(), Value::Array(conditions));
    own.insert("unevaluatedProperties".into(), Value::Bool(false));
    entry.clear();
    entry.insert("if".into(), json!({ "required": ["source"] }));
    entry.insert("then".into(), Value::Object(open));
    entry.insert("else".into(), Value::Object(own));
}

/// An entry of a type has the keys of the type's configuration, besides those of every entry.
fn condition(module: TypeSchema, dialect: Dialect) -> Value {
    let mut then = module.schema.to_value();
    if let Some(map) = then.as_object_mut() {
        // The keys that every entry has stand beside it, so it may not close itself.
        map.remove("additionalProperties");
        map.remove("unevaluatedProperties");
        map.remove("$schema");
    }
    let of_type = match dialect {
        Dialect::Native if module.is_only => {
            json!({ "pattern": format!("^{}(@.+)?$", module.name) })
        }
        _ => json!({ "enum": module.spellings }),
    };
    json!({
        "if": { "required": ["type"], "properties": { "type": of_type } },
        "then": then,
    })
}

fn finish(schema: Value, generator: &mut SchemaGenerator, title: &str) -> Value {
    let mut root =
        json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "title": title });
    if let (Some(root), Value::Object(schema)) = (root.as_object_mut(), schema) {
        root.extend(
            schema
                .into_iter()
                .filter(|(key, _)| key != "title" && key != "$schema"),
        );
        root.insert(
            "$defs".into(),
            Value::Object(generator.take_definitions(true)),
        );
    }
    root
}
