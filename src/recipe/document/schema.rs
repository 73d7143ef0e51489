//! JSON Schemas of the documents that people write, generated from the types that read them.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::{BlueBuildDocument, NativeDocument};
use crate::layer::LayerDocument;
use crate::module::{Dialect, Module, bluebuild};

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
    let mut modules = match dialect {
        Dialect::Native => named(Module::schemas(&mut generator)),
        Dialect::BlueBuild => Module::bluebuild_schemas(&mut generator),
    };
    let own = match dialect {
        Dialect::Native => Module::names(dialect),
        Dialect::BlueBuild => &[],
    };
    let mut others = bluebuild::schemas(&mut generator);
    others.retain(|(name, _)| {
        let name = name.split('@').next().unwrap_or(name);
        !own.contains(&name)
    });
    modules.extend(named(others));
    let names: Vec<String> = modules.iter().map(|(name, _)| name.clone()).collect();
    let conditions: Vec<Value> = modules
        .into_iter()
        .map(|(name, schema)| condition(&name, schema, dialect))
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

fn named(schemas: Vec<(&str, Schema)>) -> Vec<(String, Schema)> {
    let named = schemas.into_iter();
    named
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect()
}

/// An entry of a type has the keys of the type's configuration, besides those of every entry.
fn condition(name: &str, schema: Schema, dialect: Dialect) -> Value {
    let mut then = schema.to_value();
    if let Some(map) = then.as_object_mut() {
        // The keys that every entry has stand beside it, so it may not close itself.
        map.remove("additionalProperties");
        map.remove("unevaluatedProperties");
        map.remove("$schema");
    }
    let of_type = match dialect {
        Dialect::Native => json!({ "pattern": format!("^{name}(@.+)?$") }),
        Dialect::BlueBuild => json!({ "const": name }),
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
