//! The words of a line, as systemd separates them.

/// The words of a line: quotes hold words together and are no part of them, a backslash takes the
/// meaning from the sign behind it.
pub(in crate::bootable) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut signs = line.chars();
    while let Some(sign) = signs.next() {
        match (quote, sign) {
            (_, '\\') => word.get_or_insert_default().push(escaped(&mut signs)),
            (Some(open), sign) if sign == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(sign);
                word.get_or_insert_default();
            }
            (None, sign) if sign.is_whitespace() => words.extend(word.take()),
            (_, sign) => word.get_or_insert_default().push(sign),
        }
    }
    words.extend(word);
    words
}

/// What stands for an escape, after its backslash.
fn escaped(signs: &mut std::str::Chars<'_>) -> char {
    match signs.next() {
        Some('n') => '\n',
        Some('t') => '\t',
        Some('s') => ' ',
        Some('x') => {
            let code = signs.as_str().get(..2);
            let code = code.and_then(|code| u8::from_str_radix(code, 16).ok());
            match code.filter(u8::is_ascii) {
                Some(code) => {
                    signs.nth(1);
                    char::from(code)
                }
                None => 'x',
            }
        }
        Some(sign) => sign,
        None => '\\',
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_separated_as_systemd_does() {
        let cases: [(&str, &[&str]); 6] = [
            ("d /a 0755", &["d", "/a", "0755"]),
            ("d \"/a b\" -", &["d", "/a b", "-"]),
            ("u x - 'It is' \"\"", &["u", "x", "-", "It is", ""]),
            ("d /a\\x20b", &["d", "/a b"]),
            ("d \"/a\\\"\\\\b\"", &["d", "/a\"\\b"]),
            ("d /a\\xZZ\\", &["d", "/axZZ\\"]),
        ];
        for (line, expected) in cases {
            assert_eq!(words(line), expected, "{line}");
        }
    }
}
