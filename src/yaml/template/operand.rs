//! Operands of templates: where an expression compares or calculates, values count as numbers.
//!
//! minijinja lets no value of ours take part in its operators. So the text of an expression gets a
//! filter behind each operand of one, which gives what the operand counts as; what is only printed
//! keeps its characters.

/// The filter that gives what a value counts as.
pub(super) const FILTER: &str = "counted_";
/// What is put in.
const INSERTED: &str = "|counted_";
/// Signs that compare or calculate, the longest first.
const SIGNS: [&str; 13] = [
    "==", "!=", "<=", ">=", "//", "**", "<", ">", "+", "-", "*", "/", "%",
];
/// Filters that take a number.
const NUMERIC: [&str; 7] = ["abs", "bool", "float", "int", "round", "sum", "tojson"];
/// Words that are not operands.
const WORDS: [&str; 8] = ["and", "else", "elif", "for", "if", "in", "is", "not"];

/// A text with what was put into it.
#[derive(Debug, Default)]
pub(super) struct Widened {
    /// The text.
    pub(super) text: String,
    /// Where something was put in, in bytes of the text that it was put into.
    places: Vec<usize>,
}

impl Widened {
    /// A text as it is.
    fn none(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            places: Vec::new(),
        }
    }

    fn of(text: &str, mut places: Vec<usize>) -> Self {
        places.sort_unstable();
        places.dedup();
        let mut widened = String::with_capacity(text.len() + places.len() * INSERTED.len());
        let mut from = 0;
        for place in &places {
            widened.push_str(text.get(from..*place).unwrap_or_default());
            widened.push_str(INSERTED);
            from = *place;
        }
        widened.push_str(text.get(from..).unwrap_or_default());
        Self {
            text: widened,
            places,
        }
    }

    /// Where a byte of the widened text stands in the text that it was made of.
    pub(super) fn written(&self, at: usize) -> usize {
        let mut back = 0;
        for place in &self.places {
            if place + back >= at {
                break;
            }
            // Within what was put in, its place counts.
            back += INSERTED.len().min(at - place - back);
        }
        at - back
    }
}

/// Widens a bare expression; one whose scope has not `any` value to be counted stays as it is.
pub(super) fn expression(text: &str, any: bool) -> Widened {
    if !any {
        return Widened::none(text);
    }
    let mut places = Vec::new();
    operands(text, 0, false, &mut places);
    Widened::of(text, places)
}

/// Widens every expression of a template; otherwise like [`expression`].
pub(super) fn template(text: &str, any: bool) -> Widened {
    if !any {
        return Widened::none(text);
    }
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('{')) {
        let open = at + found;
        let rest = text.get(open..).unwrap_or_default();
        at = open + 1;
        if rest.starts_with("{#") {
            at = open + rest.find("#}").map_or(rest.len(), |end| end + 2);
        } else if rest.starts_with("{{") || rest.starts_with("{%") {
            let inner = open + 2;
            let end = inner + end_of_tag(text.get(inner..).unwrap_or_default());
            let tag = text.get(inner..end).unwrap_or_default();
            let word = tag.trim_start_matches(['-', '+']).trim_start();
            if rest.starts_with("{%") && word.starts_with("raw") {
                let after = text.get(end..).unwrap_or_default();
                at = end + after.find("endraw").unwrap_or(after.len());
                continue;
            }
            let is_for = rest.starts_with("{%") && word.starts_with("for");
            let skipped = tag.len() - tag.trim_start_matches(['-', '+']).len();
            let tag = tag
                .trim_start_matches(['-', '+'])
                .trim_end_matches(['-', '+']);
            operands(tag, inner + skipped, is_for, &mut places);
            at = end;
        }
    }
    Widened::of(text, places)
}

/// Where a tag ends, quotes passed over.
fn end_of_tag(text: &str) -> usize {
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        let rest = text.get(at..).unwrap_or_default();
        match quote {
            Some(end) => {
                if !escaped && character == end {
                    quote = None;
                }
                escaped = !escaped && character == '\\';
            }
            None if rest.starts_with("}}") || rest.starts_with("%}") => return at,
            None if matches!(character, '"' | '\'') => quote = Some(character),
            None => {}
        }
    }
    text.len()
}

/// A piece of an expression.
#[derive(Clone, Copy, Debug)]
struct Token<'t> {
    text: &'t str,
    end: usize,
}

impl Token<'_> {
    fn is_sign(&self) -> bool {
        SIGNS.contains(&self.text)
    }

    /// Whether an operand may end here.
    fn ends_operand(&self) -> bool {
        let word = self
            .text
            .starts_with(|c: char| c.is_alphanumeric() || c == '_');
        let quoted = self.text.starts_with(['"', '\'']);
        (word && !WORDS.contains(&self.text)) || quoted || matches!(self.text, ")" | "]" | "}")
    }
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or(' ');
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let number = first.is_ascii_digit();
        let length = if matches!(first, '"' | '\'') {
            let inner = rest.get(1..).unwrap_or_default();
            let mut escaped = false;
            let end = inner.find(|c: char| {
                let ends = c == first && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |end| end + 2)
        } else if word(first) {
            let ends = |c: char| !(word(c) || number && c == '.');
            rest.find(ends).unwrap_or(rest.len())
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            sign.len()
        } else {
            first.len_utf8()
        };
        let text = rest.get(..length).unwrap_or_default();
        at += length;
        if !first.is_whitespace() {
            found.push(Token { text, end: at });
        }
    }
    found
}

/// Finds the ends of operands; `start` is where the expression stands in its text.
fn operands(text: &str, start: usize, is_for: bool, places: &mut Vec<usize>) {
    let tokens = tokens(text);
    let word = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let mut loops = is_for;
    for (at, token) in tokens.iter().enumerate() {
        let left = at.checked_sub(1).and_then(|before| tokens.get(before));
        let operand = left.filter(|left| left.ends_operand());
        match token.text {
            // `for x in …` is not a question.
            "in" if loops => loops = false,
            "in" => {
                let before = if word(at.wrapping_sub(1)) == "not" {
                    2
                } else {
                    1
                };
                let left = at.checked_sub(before).and_then(|place| tokens.get(place));
                places.extend(
                    left.filter(|left| left.ends_operand())
                        .map(|left| start + left.end),
                );
                places.extend(chain_end(&tokens, at + 1).map(|end| start + end));
            }
            "is" => {
                let test = if word(at + 1) == "not" {
                    word(at + 2)
                } else {
                    word(at + 1)
                };
                if !matches!(test, "defined" | "undefined") {
                    places.extend(operand.map(|left| start + left.end));
                }
            }
            "|" if NUMERIC.contains(&word(at + 1)) => {
                places.extend(operand.map(|left| start + left.end));
            }
            _ if token.is_sign() && operand.is_some() => {
                places.extend(operand.map(|left| start + left.end));
                places.extend(chain_end(&tokens, at + 1).map(|end| start + end));
            }
            _ => {}
        }
    }
}

/// Where the operand ends that begins at a token: a value with its attributes, items, calls and
/// filters.
fn chain_end(tokens: &[Token<'_>], mut at: usize) -> Option<usize> {
    while matches!(tokens.get(at)?.text, "not" | "-" | "+") {
        at += 1;
    }
    let mut end = closed(tokens, at)?;
    loop {
        let next = tokens.get(end + 1).map_or("", |token| token.text);
        end = match next {
            "(" | "[" => closed(tokens, end + 1)?,
            "." | "|" if tokens.get(end + 2).is_some() => end + 2,
            _ => return tokens.get(end).map(|token| token.end),
        };
    }
}

/// The token that closes the bracket at a place; the place itself where there is none.
fn closed(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (place, token) in tokens.iter().enumerate().skip(at) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return Some(place);
        }
    }
    None
}
