//! The one place through which texts of machines and inventories go before they are shown.

use std::collections::BTreeSet;

use serde_json::Value;

use super::secret_text::masked;

/// The length of a token of an attempt.
const TOKEN: usize = 32;
/// What stands in the place of a token.
const SIGNS: &str = "********";

/// A value without tokens and secrets in any of its texts.
pub(super) fn without_secrets(value: Value, tokens: &BTreeSet<&str>) -> Value {
    texts(value, &|text| masked(&without_tokens(text, tokens)))
}

/// A value whose texts do nothing to a page but stand there.
pub(super) fn plain(value: Value) -> Value {
    texts(value, &|text| text.chars().map(shown).collect())
}

/// A value with each of its texts as something makes it; keys are our own.
fn texts(value: Value, make: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(make(&text)),
        Value::Array(all) => all.into_iter().map(|one| texts(one, make)).collect(),
        Value::Object(all) => {
            let all = all.into_iter();
            all.map(|(key, one)| (key, texts(one, make))).collect()
        }
        other => other,
    }
}

/// A character, or a sign for one that controls or turns what is beside it.
fn shown(c: char) -> char {
    let turns =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let controls = c.is_control() && !matches!(c, '\n' | '\t');
    if turns || controls { '\u{fffd}' } else { c }
}

/// A text with signs in the place of tokens.
fn without_tokens(text: &str, tokens: &BTreeSet<&str>) -> String {
    let is_digit = |c: char| c.is_ascii_hexdigit();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(is_digit) {
        let (before, run) = rest.split_at(begin);
        let end = run.find(|c| !is_digit(c)).unwrap_or(run.len());
        let (run, after) = run.split_at(end);
        out.push_str(before);
        out.push_str(&without_token(run, tokens));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A run of digits with signs in the place of a token that is a part of it.
fn without_token(run: &str, tokens: &BTreeSet<&str>) -> String {
    let begins = 0..=run.len().saturating_sub(TOKEN);
    let part = |begin: usize| run.get(begin..begin + TOKEN);
    let mut parts = begins.filter_map(part);
    match parts.find(|part| tokens.contains(part)) {
        Some(token) => run.replace(token, SIGNS),
        None => run.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tokens_are_not_shown_wherever_they_are() {
        let token = "0123456789abcdef0123456789abcdef";
        let tokens = BTreeSet::from([token]);
        let other = "f".repeat(64);
        let found = without_secrets(
            json!({ "a": [format!("x {token}, ff{token}0"), other], "b": 1 }),
            &tokens,
        );
        let expected = json!({ "a": ["x ********, ff********0", other], "b": 1 });
        assert_eq!(found, expected);
    }

    #[test]
    fn nothing_controls_a_page() {
        let found = plain(json!("a\u{1b}[2J\u{202e}b\nc\t"));
        assert_eq!(found, json!("a\u{fffd}[2J\u{fffd}b\nc\t"));
    }
}
