//! Bare expressions, and the minijinja environment that they share with templates.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, escape_formatter};

use super::bound::check_expression;
use super::operand::{self, FILTER, Widened};
use super::parse::MAX_NODES;
use super::template::is_template;
use super::undefined;
use super::written::{context, counted};
use crate::origin::{Diagnostic, Origin, Sourced};

/// The names that templates and expressions can use.
pub type Scope = BTreeMap<String, serde_json::Value>;

/// Most instructions of one template or expression.
const FUEL: u64 = 10_000;
/// Most text that one call gives, in bytes.
pub(super) const MAX_OUTPUT: usize = 1 << 20;
/// Evaluates the bare expression of `when`.
///
/// # Errors
/// An expression that is not valid, uses unknown names, or gives anything but true or false.
pub fn condition(expression: &Sourced<String>, scope: &Scope) -> Result<bool, Box<Diagnostic>> {
    let (text, origin) = (expression.value.as_str(), &expression.origin);
    if is_template(text) {
        let message = "a condition is a bare expression";
        let hint = "remove the `{{ }}`: when: family == 'debian'";
        return Err(Box::new(Diagnostic::error(origin, message).hint(hint)));
    }
    check_expression(text, origin)?;
    let environment = environment();
    let (context, any) = context(scope);
    let widened = match any {
        true => operand::expression(text),
        false => Widened::none(text),
    };
    let place = Place {
        text,
        origin,
        start: 0,
        widened: &widened,
    };
    let compiled = environment
        .compile_expression(&widened.text)
        .map_err(|error| place.reword(&error, scope, &BTreeSet::new()))?;
    let names = compiled.undeclared_variables(true).into_iter().collect();
    let value = compiled
        .eval(context)
        .map_err(|error| place.reword(&error, scope, &names))?;
    let value = counted(&value);
    if value.is_undefined() {
        return Err(Box::new(undefined::diagnostic(origin, scope, &names)));
    }
    if value.kind() == ValueKind::Bool {
        return Ok(value.is_true());
    }
    let message = format!(
        "a condition gives true or false, this gives {}",
        shown(&value)
    );
    let hint = "compare it: name == 'value'";
    Err(Box::new(Diagnostic::error(origin, message).hint(hint)))
}

/// The names that an expression needs; empty when it is not valid.
#[must_use]
pub fn names(expression: &str) -> BTreeSet<String> {
    if check_expression(expression, &Origin::builtin()).is_err() {
        return BTreeSet::new();
    }
    let environment = environment();
    let used = environment
        .compile_expression(expression)
        .map(|compiled| compiled.undeclared_variables(false).into_iter().collect());
    without_functions(used.unwrap_or_default(), &environment)
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

pub(super) fn too_much(origin: &Origin) -> Diagnostic {
    Diagnostic::error(origin, "the template gives too much").hint(format!(
        "up to {MAX_OUTPUT} bytes and {MAX_NODES} values are allowed"
    ))
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

/// A template's text and where it stands.
pub(super) struct Place<'a> {
    pub(super) text: &'a str,
    pub(super) origin: &'a Origin,
    /// Where in the text the compiled part starts, in bytes.
    pub(super) start: usize,
    /// What was compiled of that part.
    pub(super) widened: &'a Widened,
}

impl Place<'_> {
    /// Says what is wrong with a template in words for people, at the very place if that is known.
    pub(super) fn reword(
        &self,
        error: &Error,
        scope: &Scope,
        names: &BTreeSet<String>,
    ) -> Diagnostic {
        let widened = |at: usize| self.widened.written(at);
        let range = error.range();
        let origin = self.exact(range.map(|range| widened(range.start)..widened(range.end)));
        let detail = error.detail().unwrap_or_default();
        match error.kind() {
            ErrorKind::UndefinedError => undefined::diagnostic(&origin, scope, names),
            ErrorKind::OutOfFuel => Diagnostic::error(&origin, "the template runs for too long")
                .hint(format!(
                    "{FUEL} steps are allowed: loop over fewer elements"
                )),
            ErrorKind::WriteFailure => too_much(&origin),
            ErrorKind::SyntaxError => {
                Diagnostic::error(&origin, format!("the template is not valid: {detail}")).hint(
                    "text that holds `{{` or `{%` as such goes between {% raw %} and {% endraw %}",
                )
            }
            ErrorKind::UnknownFilter => {
                Diagnostic::error(&origin, format!("unknown filter: {detail}"))
            }
            kind if detail.is_empty() => Diagnostic::error(&origin, format!("template: {kind}")),
            _ => Diagnostic::error(&origin, format!("the template fails: {detail}")),
        }
    }

    /// Narrows the origin to a range of bytes, where the text stands in the file as it is.
    pub(super) fn exact(&self, range: Option<Range<usize>>) -> Origin {
        let mut origin = self.origin.clone();
        let Some(range) = range.filter(|range| range.start < range.end) else {
            return origin;
        };
        let chars = |end: usize| self.text.get(..end).map(|part| part.chars().count());
        let bounds = (
            chars(self.start + range.start),
            chars(self.start + range.end),
        );
        let (Some(start), Some(end)) = bounds else {
            return origin;
        };
        let length = u32::try_from(self.text.chars().count()).unwrap_or(u32::MAX);
        let quote = match origin.length.checked_sub(length) {
            Some(0) => 0,
            Some(2) => 1,
            _ => return origin,
        };
        if self.text.contains('\n') {
            return origin;
        }
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        origin.column += quote + small(start);
        origin.length = small(end - start);
        origin
    }
}
