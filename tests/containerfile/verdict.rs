//! Whether the results of both builders are as a row expects.

use serde_json::Value;

use crate::bench::{Bench, Built};
use crate::image::Root;
use crate::row::{Expected, Row};

/// Builds a row with both and says what is not as expected.
pub(crate) fn of(row: &Row, bench: &Bench, worker: usize) -> Result<(), String> {
    let context = bench.context(row);
    let ours = bench.ours(row, &context);
    let theirs = bench.theirs(row, &context, worker);
    judged(row.expected, &ours, &theirs)
}

fn judged(expected: Expected, ours: &Built, theirs: &Built) -> Result<(), String> {
    let refused = |words: &str| match ours {
        Err(said) if flat(said).contains(words) => Ok(()),
        Err(said) => Err(format!("not {words:?} but terroir says:\n{said}")),
        Ok(_) => Err("terroir builds it".to_owned()),
    };
    match (expected, ours, theirs) {
        (Expected::Refused { words }, _, Err(_)) => refused(words),
        (Expected::Refused { .. }, _, Ok(_)) => Err("buildah builds it".to_owned()),
        (Expected::RefusedHere { words, .. }, _, Ok(_)) => refused(words),
        (_, _, Err(said)) => Err(format!("buildah says:\n{said}")),
        (_, Err(said), _) => Err(format!("terroir says:\n{said}")),
        (Expected::Same, Ok(ours), Ok(theirs)) => {
            let shown = differences(ours, theirs);
            match shown.is_empty() {
                true => Ok(()),
                false => Err(shown.join("\n")),
            }
        }
        (
            Expected::Differs {
                reason,
                shown: words,
            },
            Ok(ours),
            Ok(theirs),
        ) => {
            let shown = differences(ours, theirs);
            let other: Vec<&String> = shown.iter().filter(|line| !line.contains(words)).collect();
            match (shown.is_empty(), other.as_slice()) {
                (true, _) => Err(format!(
                    "no longer differs, so its reason is none: {reason}"
                )),
                (false, []) => Ok(()),
                (false, other) => Err(format!("not only {words:?} but also: {other:#?}")),
            }
        }
    }
}

/// The text of an error without its line breaks.
fn flat(said: &str) -> String {
    let bars = said.replace(['│', '├', '╰', '▶', '×'], " ");
    bars.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What differs, a line each.
fn differences(
    (root, config): &(Root, Value),
    (their_root, their_config): &(Root, Value),
) -> Vec<String> {
    let none = "nothing".to_owned();
    let mut paths: Vec<&String> = root.keys().chain(their_root.keys()).collect();
    paths.sort();
    paths.dedup();
    let mut shown = Vec::new();
    for path in paths {
        let (ours, theirs) = (root.get(path), their_root.get(path));
        if ours != theirs {
            let (ours, theirs) = (ours.unwrap_or(&none), theirs.unwrap_or(&none));
            shown.push(format!(
                "/{path}\n    terroir: {ours}\n    buildah: {theirs}"
            ));
        }
    }
    let empty = serde_json::Map::new();
    let config = config.as_object().unwrap_or(&empty);
    let their_config = their_config.as_object().unwrap_or(&empty);
    let mut keys: Vec<&String> = config.keys().chain(their_config.keys()).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        let (ours, theirs) = (config.get(key), their_config.get(key));
        if ours != theirs {
            let say = |value: Option<&Value>| value.map_or_else(|| none.clone(), Value::to_string);
            shown.push(format!(
                "{key}\n    terroir: {}\n    buildah: {}",
                say(ours),
                say(theirs)
            ));
        }
    }
    shown
}
