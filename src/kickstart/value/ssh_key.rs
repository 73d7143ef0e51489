//! Lines of authorized_keys: options, kind, key and comment (sshd(8)).

/// How the kinds of keys and certificates begin.
const KINDS: [&str; 5] = [
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-",
    "sk-ssh-",
    "sk-ecdsa-",
];

/// Whether a text is one key, perhaps with options before it and a comment behind it.
pub(in crate::kickstart) fn is_line(text: &str) -> bool {
    if text.chars().any(char::is_control) || text.trim() != text {
        return false;
    }
    is_key(text) || after_options(text).is_some_and(is_key)
}

/// A kind, a key in base64, and whatever follows as a comment.
fn is_key(text: &str) -> bool {
    let mut words = text.split(' ').filter(|word| !word.is_empty());
    let kind = words.next().unwrap_or_default();
    let key = words.next().unwrap_or_default();
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"-@.".contains(&c);
    KINDS.iter().any(|known| kind.starts_with(known))
        && kind.bytes().all(plain)
        && key.starts_with("AAAA")
        && key
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || b"+/=".contains(&c))
}

/// The text after the options, which end at the first space outside of double quotes.
fn after_options(text: &str) -> Option<&str> {
    let mut quoted = false;
    let mut escaped = false;
    let mut end = None;
    for (place, c) in text.char_indices() {
        match c {
            '"' if !escaped => quoted = !quoted,
            ' ' if !quoted => {
                end = Some(place);
                break;
            }
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    let (options, rest) = text.split_at_checked(end?)?;
    are_options(options).then(|| rest.trim_start())
}

/// Names, each alone or with a quoted value, with commas between them.
fn are_options(text: &str) -> bool {
    let mut rest = text;
    loop {
        let name = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        let (name, more) = rest
            .split_at_checked(name.unwrap_or(rest.len()))
            .unwrap_or_default();
        if name.is_empty() {
            return false;
        }
        rest = match more.strip_prefix("=\"") {
            None => more,
            Some(value) => match closing(value) {
                Some(behind) => behind,
                None => return false,
            },
        };
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => return rest.is_empty(),
        }
    }
}

/// What follows the quote that ends a value.
fn closing(text: &str) -> Option<&str> {
    let mut escaped = false;
    for (place, c) in text.char_indices() {
        if c == '"' && !escaped {
            return text.get(place + 1..);
        }
        escaped = c == '\\' && !escaped;
    }
    None
}
