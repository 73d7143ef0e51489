//! Names and numbers of accounts as documents write them.

use serde_json::Value;

use crate::origin::{Diagnostic, Sourced};

/// Tells whether a text is a name that useradd(8) and groupadd(8) take.
pub(in crate::setting) fn is_account_name(name: &str) -> bool {
    let first = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    let inner = |byte: u8| first(byte) || byte.is_ascii_digit() || byte == b'-';
    let bare = name.strip_suffix('$').unwrap_or(name);
    name.len() <= 32 && bare.bytes().next().is_some_and(first) && bare.bytes().all(inner)
}

/// The error of a text that names no account.
pub(in crate::setting) fn not_a_name(name: &Sourced<String>, what: &str) -> Diagnostic {
    Diagnostic::error(
        &name.origin,
        format!("`{name}` is not the name of a {what}"),
    )
    .hint("write small letters, digits, `-` and `_`, at most 32 of them")
}

/// The value of a range; one that is empty or holds numbers that stand for nobody is refused.
pub(in crate::setting) fn range_value(range: &Sourced<(u32, u32)>) -> Result<Value, Diagnostic> {
    let (first, last) = range.value;
    match first > 0 && first <= last && last < 65_534 {
        true => Ok(Value::from(vec![first, last])),
        false => Err(Diagnostic::error(
            &range.origin,
            format!("{first} to {last} is not a range of numbers"),
        )
        .hint("write the first and the last number, for example [900, 999]")),
    }
}
