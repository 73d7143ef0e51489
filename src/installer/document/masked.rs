//! The text of a document as errors may show it.

/// What is in keys whose values are secrets, or would be if they were spelled right.
const SECRET: [&str; 5] = ["pass", "secret", "token", "hash", "content"];
/// Keys of places, in which somebody may have written the secret itself.
const PLACE: [&str; 2] = ["secret", "auth-file"];
/// How places begin.
const BEGINS: [&str; 3] = ["\"http://", "\"https://", "\"/"];

/// The text with signs in the place of secrets, as many as their characters, so that places stay; nothing
/// of a text that is no JSON, in which secrets have no certain end.
#[must_use]
pub fn masked(text: &str) -> String {
    if !text.trim_start().starts_with('{') || has_bare_secrets(text) {
        return String::new();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find('"') {
        let (before, quoted) = rest.split_at(begin);
        out.push_str(before);
        let (key, after) = string(quoted);
        out.push_str(key);
        rest = after;
        let value = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ':');
        let (between, _) = rest.split_at(rest.len() - value.len());
        if !between.contains(':') || !is_secret(key.trim_matches('"'), value) {
            continue;
        }
        out.push_str(between);
        let (secret, after) = end_of(value);
        let signs = secret.chars().map(|c| if c == '\n' { c } else { '*' });
        out.extend(signs);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Whether a text has keys that are not quoted as JSON has them: YAML, of which no end of a value is certain.
fn has_bare_secrets(text: &str) -> bool {
    let mut bare = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find('"') {
        let (before, quoted) = rest.split_at(begin);
        bare.push_str(before);
        rest = string(quoted).1;
    }
    bare.push_str(rest);
    bare.make_ascii_lowercase();
    bare.contains('\'') || SECRET.iter().any(|word| bare.contains(word))
}

/// Whether the value of a key is a secret; what is after it in the text stands behind the value.
fn is_secret(key: &str, value: &str) -> bool {
    if PLACE.contains(&key) {
        return !BEGINS.iter().any(|begin| value.starts_with(begin));
    }
    let inner = value.strip_prefix('{').map(str::trim_start);
    let has_place = inner.is_some_and(|inner| inner.starts_with("\"secret\""));
    let key: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
    let key = key.to_ascii_lowercase();
    SECRET.iter().any(|word| key.contains(word)) && !has_place
}

/// A value at the begin of a text, and what follows it.
fn end_of(text: &str) -> (&str, &str) {
    if text.starts_with('"') {
        return string(text);
    }
    let mut depth = 0_u32;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        match c {
            '"' => {
                rest = string(rest).1;
                continue;
            }
            '{' | '[' => depth += 1,
            ',' | '}' | ']' | '\n' if depth == 0 => break,
            '}' | ']' => depth -= 1,
            _ => {}
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    text.split_at(text.len() - rest.len())
}

/// A string in double quotes at the begin of a text, and what follows it.
fn string(text: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == '"' && !escaped {
            return text.split_at(at + 1);
        }
        escaped = c == '\\' && !escaped;
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_shown() {
        let cases = [
            (
                r#"{ "a": "b", "password-hash": "x\"y", "c": 1 }"#,
                r#"{ "a": "b", "password-hash": ******, "c": 1 }"#,
            ),
            (
                "{\"password\":12,\"token\" :\n \"t",
                "{\"password\":**,\"token\" :\n **",
            ),
            (
                r#"{ "password-hash": { "secret": "/a" }, "x": ["password"] }"#,
                r#"{ "password-hash": { "secret": "/a" }, "x": ["password"] }"#,
            ),
            (
                r#"{ "content": ["a,b", {"c":"]"}], "token": {"x":"y"}, "d": 1 }"#,
                r#"{ "content": ******************, "token": *********, "d": 1 }"#,
            ),
            (
                r#"{ "secret": "x", "auth-file": "https://a", "secret": "/b" }"#,
                r#"{ "secret": ***, "auth-file": "https://a", "secret": "/b" }"#,
            ),
            ("password: x", ""),
            ("{ a: 1, password-hash: $6$x }", ""),
            ("{ 'password': 'x' }", ""),
            (
                r#"{ "pass_word": "x", "Passwd": "y", "mode": "0600" }"#,
                r#"{ "pass_word": ***, "Passwd": ***, "mode": "0600" }"#,
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(masked(text), expected);
        }
    }
}
