//! Undefined names in templates and expressions, each with what may have been meant.

use std::collections::BTreeSet;

use crate::origin::{Diagnostic, Origin, did_you_mean};
use crate::yaml::written::{Scope, TEXT, text_of};

/// The error of a template or expression that uses dotted `names` which the scope lacks.
pub(super) fn diagnostic(origin: &Origin, scope: &Scope, names: &BTreeSet<String>) -> Diagnostic {
    let mut absent = names.iter().filter_map(|name| first_absent(scope, name));
    let Some((message, written, valid)) = absent.next() else {
        return Diagnostic::error(origin, "a part of this expression is not defined")
            .hint("give it a value with `| default(…)`");
    };
    let known = valid.join(", ");
    let near = did_you_mean(&written, valid.iter().copied());
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if valid.is_empty() => "nothing is defined here".to_owned(),
        None => format!("defined here: {known}"),
    };
    Diagnostic::error(origin, message).hint(hint)
}

/// The first part of a dotted name that is absent: the message, the part, and what there is.
fn first_absent<'s>(scope: &'s Scope, name: &str) -> Option<(String, String, Vec<&'s str>)> {
    let mut parts = name.split('.');
    let root = parts.next()?;
    let Some(mut value) = scope.get(root) else {
        let valid = scope.keys().map(String::as_str).collect();
        return Some((format!("`{root}` is not defined"), root.to_owned(), valid));
    };
    let mut path = root.to_owned();
    for part in parts {
        let below = value.get(part).filter(|_| part != TEXT);
        let Some(below) = below else {
            let mapping = value.as_object();
            let keys = mapping
                .filter(|entries| text_of(entries).is_none())
                .into_iter()
                .flat_map(|object| object.keys());
            let valid = keys.map(String::as_str).collect();
            return Some((format!("`{path}` has no `{part}`"), part.to_owned(), valid));
        };
        value = below;
        path = format!("{path}.{part}");
    }
    None
}
