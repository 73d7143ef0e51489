//! Numbers and truth values that templates print as somebody wrote them.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{DynObject, Object, ObjectRepr, Serde};
use serde_json::Value as Json;

use super::plain::{self, Plain};

/// The names that templates and expressions can use.
pub type Scope = BTreeMap<String, Json>;

/// The only key of a JSON mapping that stands for a plain scalar by its characters, where JSON's
/// own number would lose some: `{"$text": "24.10"}`.
pub(super) const TEXT: &str = "$text";

/// A number or truth value with the characters that it is written in.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) text: String,
    /// What it counts as.
    pub(super) value: Value,
}

impl Object for Written {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.value.is_true()
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<Self>()?;
        Some(self.value.cmp(&other.value))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What a value counts as, lists with all that is in them.
pub(super) fn counted(value: &Value) -> Value {
    if let Some(written) = value.downcast_object_ref::<Written>() {
        return written.value.clone();
    }
    let is_list = value.kind() == minijinja::value::ValueKind::Seq;
    match value.try_iter().ok().filter(|_| is_list) {
        Some(items) => items.map(|item| counted(&item)).collect(),
        None => value.clone(),
    }
}

/// The names of a scope as templates see them, and whether one of their values is [`Written`].
pub(super) fn context(scope: &Scope) -> (Value, bool) {
    let mut any = false;
    let names = scope.iter();
    let context: BTreeMap<String, Value> = names
        .map(|(name, value)| (name.clone(), seen(value, false, &mut any)))
        .collect();
    (Value::from(context), any)
}

/// A value as templates see it; `all` makes every number a written one, so that those of a list
/// compare with each other.
fn seen(json: &Json, all: bool, any: &mut bool) -> Value {
    let written = match json {
        Json::Bool(truth) => Some((truth.to_string(), Value::from(*truth))),
        Json::Number(number) if all => {
            let value = Value::from(Serde(number));
            Some((value.to_string(), value))
        }
        Json::Object(entries) => text_of(entries).map(|text| (text.to_owned(), meaning(text))),
        _ => None,
    };
    if let Some((text, value)) = written {
        *any = true;
        return Value::from_object(Written { text, value });
    }
    match json {
        Json::Array(items) => {
            let exact = items
                .iter()
                .any(|item| item.as_object().and_then(text_of).is_some());
            items.iter().map(|item| seen(item, exact, any)).collect()
        }
        Json::Object(entries) => {
            let seen = |(key, value): (&String, &Json)| (key.clone(), seen(value, false, any));
            Value::from(
                entries
                    .iter()
                    .map(seen)
                    .collect::<BTreeMap<String, Value>>(),
            )
        }
        other => Value::from(Serde(other)),
    }
}

/// The characters that a mapping stands for.
pub(super) fn text_of(entries: &serde_json::Map<String, Json>) -> Option<&str> {
    match entries.get(TEXT) {
        Some(Json::String(text)) if entries.len() == 1 => Some(text),
        _ => None,
    }
}

fn meaning(text: &str) -> Value {
    match plain::read(text) {
        Plain::Bool(truth) => Value::from(truth),
        Plain::Integer(number) => Value::from(number),
        Plain::Float(number) => Value::from(number),
        Plain::Null | Plain::Text => Value::from(text),
    }
}

/// The JSON of a plain scalar, by its characters where the value alone would print otherwise.
pub(super) fn exact(text: &str, json: Json) -> Json {
    let printed = match (&json, plain::read(text)) {
        (Json::Bool(truth), _) => truth.to_string(),
        (Json::Number(_), Plain::Integer(number)) => number.to_string(),
        (Json::Number(_), Plain::Float(number)) => Value::from(number).to_string(),
        _ => return json,
    };
    match printed == text {
        true => json,
        false => serde_json::json!({ TEXT: text }),
    }
}
