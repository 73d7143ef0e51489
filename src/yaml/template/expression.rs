//! Bare expressions.

use std::collections::BTreeSet;

use minijinja::value::ValueKind;

use super::bound::check_expression;
use super::environment::{environment, is_template, shown, without_functions};
use super::operand;
use super::place::Place;
use super::undefined;
use crate::origin::{Diagnostic, Origin, Sourced};
use crate::yaml::written::{Scope, context, counted};

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
    let widened = operand::expression(text, any);
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
