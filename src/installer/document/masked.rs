//! The text of a document as errors may show it.

/// Keys whose values are secrets, or may be.
const SECRET: [&str; 4] = ["password-hash", "password", "token", "content"];

/// The text with signs in the place of secrets, as many as their characters, so that places stay; nothing
/// of a text that is no JSON, in which secrets have no certain end.
#[must_use]
pub fn masked(text: &str) -> String {
    if !text.trim_start().starts_with('{') {
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
        if !SECRET.contains(&key.trim_matches('"')) {
            continue;
        }
        let value = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ':');
        let (between, _) = rest.split_at(rest.len() - value.len());
        out.push_str(between);
        rest = value;
        if !between.contains(':') || value.starts_with(['{', '[']) {
            continue;
        }
        let (secret, after) = match value.starts_with('"') {
            true => string(value),
            false => value.split_at(value.find([',', '}', '\n']).unwrap_or(value.len())),
        };
        let signs = secret.chars().map(|c| if c == '\n' { c } else { '*' });
        out.extend(signs);
        rest = after;
    }
    out.push_str(rest);
    out
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
            ("password: x", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(masked(text), expected);
        }
    }
}
