//! Two JSON documents and the first value in which they differ.

use serde_json::Value;

use super::difference::{Difference, Subject};

/// The first value in which two documents differ.
pub(super) fn documents(
    field: &'static str,
    (left, one): (&Value, Subject<'_>),
    (right, other): (&Value, Subject<'_>),
) -> Difference {
    let (pointer, a, b) = first_difference(left, right, String::new());
    let text = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    let what = format!(
        "the {field} has at {pointer} {} in {}, {} in {}",
        text(a),
        one.name,
        text(b),
        other.name
    );
    Difference::new(field, what)
}

fn first_difference<'v>(
    a: &'v Value,
    b: &'v Value,
    place: String,
) -> (String, Option<&'v Value>, Option<&'v Value>) {
    match (a, b) {
        (Value::Object(left), Value::Object(right)) => {
            let mut keys: Vec<&String> = left.keys().chain(right.keys()).collect();
            keys.sort();
            for key in keys {
                match (left.get(key), right.get(key)) {
                    (Some(a), Some(b)) if a == b => {}
                    (Some(a), Some(b)) => return first_difference(a, b, format!("{place}/{key}")),
                    (a, b) => return (format!("{place}/{key}"), a, b),
                }
            }
        }
        (Value::Array(left), Value::Array(right)) => {
            for number in 0..left.len().max(right.len()) {
                let place = format!("{place}/{number}");
                match (left.get(number), right.get(number)) {
                    (Some(a), Some(b)) if a == b => {}
                    (Some(a), Some(b)) => return first_difference(a, b, place),
                    (a, b) => return (place, a, b),
                }
            }
        }
        _ => {}
    }
    (place, Some(a), Some(b))
}
