//! The minijinja environment of templates and expressions, and what its values are called.

use std::borrow::Cow;
use std::collections::BTreeSet;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, escape_formatter};

use super::operand::FILTER;
use crate::yaml::limits::MAX_OUTPUT;
use crate::yaml::written::counted;

/// Most instructions of one template or expression.
pub(super) const FUEL: u64 = 10_000;

/// Tells whether a text is a template.
pub(in crate::yaml) fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

pub(super) fn without_functions(
    names: BTreeSet<String>,
    environment: &Environment<'_>,
) -> BTreeSet<String> {
    let functions: BTreeSet<&str> = environment.globals().map(|(name, _)| name).collect();
    let needed = names.into_iter();
    needed
        .filter(|name| !functions.contains(name.as_str()))
        .collect()
}

pub(super) fn environment<'s>() -> Environment<'s> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_debug(true);
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build();
    environment.set_syntax(syntax.unwrap_or_default());
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(64);
    environment.remove_global("debug");
    environment.remove_global("namespace");
    environment.remove_filter("format");
    environment.add_filter("replace", replace);
    environment.add_filter(FILTER, |value: &minijinja::Value| counted(value));
    environment.set_formatter(|out, state, value| match value.kind() {
        // YAML's words, not Python's.
        ValueKind::Bool => escape_formatter(out, state, &value.is_true().to_string().into()),
        ValueKind::None => Err(Error::new(
            ErrorKind::InvalidOperation,
            "a value that is nothing (`~`) has no text",
        )),
        _ => escape_formatter(out, state, value),
    });
    environment
}

/// minijinja's `replace`, bounded.
#[expect(
    clippy::needless_pass_by_value,
    reason = "minijinja hands a number's text over as a value of its own"
)]
fn replace(text: Cow<'_, str>, from: &str, to: &str) -> Result<String, Error> {
    let grown = text.matches(from).count().saturating_mul(to.len());
    if grown > MAX_OUTPUT {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            "the replaced text is too long",
        ));
    }
    Ok(text.replace(from, to))
}

pub(super) fn shown(value: &minijinja::Value) -> String {
    use ValueKind as K;
    match value.kind() {
        K::String => format!("the text `{value}`"),
        K::Number => format!("the number {value}"),
        K::None => "nothing".to_owned(),
        K::Seq | K::Iterable => "a list".to_owned(),
        K::Map => "a mapping".to_owned(),
        _ => "a function".to_owned(),
    }
}
