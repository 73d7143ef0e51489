//! Limits on templates before they are compiled: one that nests too deeply would overflow the stack.

use crate::origin::{Diagnostic, Origin};

/// Most words and signs of one expression; each may be a level of its own.
const MAX_WORDS: usize = 500;
/// Most statements of one text; each may stand inside the one before.
const MAX_STATEMENTS: usize = 500;

/// Refuses a template whose expressions or statements could nest too deeply.
pub(super) fn check_template(text: &str, origin: &Origin) -> Result<(), Box<Diagnostic>> {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('{') {
        rest = after;
        if after.starts_with(['{', '%']) {
            let (words, after) = words(after, true);
            if words > MAX_WORDS {
                return Err(Box::new(too_long(origin)));
            }
            rest = after;
        }
    }
    if text.matches("{%").count() > MAX_STATEMENTS {
        let message = format!("the template has more than {MAX_STATEMENTS} statements");
        let hint = "make several files of it, or loop over a list";
        return Err(Box::new(Diagnostic::error(origin, message).hint(hint)));
    }
    Ok(())
}

/// Refuses a bare expression that could nest too deeply.
pub(super) fn check_expression(text: &str, origin: &Origin) -> Result<(), Box<Diagnostic>> {
    match words(text, false).0 > MAX_WORDS {
        true => Err(Box::new(too_long(origin))),
        false => Ok(()),
    }
}

fn too_long(origin: &Origin) -> Diagnostic {
    let message = format!("an expression of more than {MAX_WORDS} words and signs");
    Diagnostic::error(origin, message).hint("name its parts under `vars`")
}

/// Counts words, texts in quotes and signs up to the end of the tag, and gives what comes after it.
fn words(text: &str, in_tag: bool) -> (usize, &str) {
    let mut count = 0;
    let mut in_word = false;
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if let Some(end) = quote {
            if !escaped && character == end {
                quote = None;
            }
            escaped = !escaped && character == '\\';
            continue;
        }
        let rest = text.get(at..).unwrap_or_default();
        if in_tag && (rest.starts_with("}}") || rest.starts_with("%}")) {
            return (count, rest);
        }
        let is_word = character.is_alphanumeric() || character == '_';
        if !(character.is_whitespace() || is_word && in_word) {
            count += 1;
        }
        in_word = is_word;
        if matches!(character, '"' | '\'') {
            quote = Some(character);
        }
    }
    (count, "")
}
