//! Texts in which secrets may stand: rendered files, logs and reports.
//!
//! What terroir renders has no secrets. Templates of an organisation, files of an inventory and logs
//! of machines may have some.

/// What stands in the place of a secret.
const SIGNS: &str = "********";
/// How names of secrets end, without signs between words.
const NAMES: [&str; 10] = [
    "password",
    "passwd",
    "passphrase",
    "passwordhash",
    "passwordcrypted",
    "secret",
    "token",
    "psk",
    "apikey",
    "privatekey",
];
/// How the values of secrets never begin: they come from elsewhere.
const ELSEWHERE: [&str; 7] = ["$(", "\"$", "'$(", "${", "{", "$token", "\\("];
/// The first and the last line of a private key.
const KEY_BEGINS: &str = "PRIVATE KEY-----";

/// A text with signs in the place of what looks like a secret.
pub(super) fn masked(text: &str) -> String {
    let mut in_key = false;
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let is_edge = line.contains(KEY_BEGINS);
        if in_key && !is_edge {
            continue;
        }
        if is_edge {
            in_key = line.contains("-----BEGIN");
            lines.push(if in_key {
                SIGNS.to_owned()
            } else {
                String::new()
            });
            continue;
        }
        lines.push(without_credentials(&without_hashes(&without_values(line))));
    }
    lines.join("\n")
}

/// A line with signs in the place of values whose names say that they are secrets.
fn without_values(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['=', ':']) {
        let (before, after) = rest.split_at(at + 1);
        out.push_str(before);
        rest = after;
        let value = rest.trim_start_matches([' ', '\t']);
        if !is_secret_name(before) || value.is_empty() || comes_from_elsewhere(value) {
            continue;
        }
        let (space, value) = rest.split_at(rest.len() - value.len());
        let (quotes, after) = end_of(value);
        out.push_str(space);
        out.push_str(quotes);
        out.push_str(SIGNS);
        out.push_str(quotes);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Whether what stands before `=` or `:` is the name of a secret.
fn is_secret_name(before: &str) -> bool {
    let name = before
        .trim_end_matches(['=', ':'])
        .trim_end_matches([' ', '\t', '"', '\'', '\\']);
    let begin = name
        .rfind(|c: char| !(c.is_alphanumeric() || "-_.".contains(c)))
        .map_or(0, |at| at + 1);
    let word = name.get(begin..).unwrap_or_default();
    let word: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
    let word = word.to_ascii_lowercase();
    NAMES.iter().any(|end| word.ends_with(end))
}

fn comes_from_elsewhere(value: &str) -> bool {
    ELSEWHERE.iter().any(|begin| value.starts_with(begin))
}

/// The quotes around a value, and what follows it.
fn end_of(value: &str) -> (&'static str, &str) {
    for quote in ["\\\"", "\"", "'"] {
        let Some(inner) = value.strip_prefix(quote) else {
            continue;
        };
        let after = inner.split_once(quote).map_or("", |(_, after)| after);
        return (quote, after);
    }
    let end = value
        .find(|c: char| c.is_whitespace() || c == '&')
        .unwrap_or(value.len());
    ("", value.split_at(end).1)
}

/// A line with signs in the place of hashes of passwords, as crypt(5) writes them.
fn without_hashes(line: &str) -> String {
    let is_inside = |c: char| c.is_ascii_alphanumeric() || "$./=,-+_".contains(c);
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('$') {
        let (before, value) = rest.split_at(at);
        let end = value.find(|c| !is_inside(c)).unwrap_or(value.len());
        let (hash, after) = value.split_at(end);
        out.push_str(before);
        let parts: Vec<&str> = hash.split('$').collect();
        let is_hash = parts.len() >= 3
            && parts
                .get(1)
                .is_some_and(|kind| (1..=8).contains(&kind.len()))
            && parts.last().is_some_and(|last| !last.is_empty());
        out.push_str(if is_hash { SIGNS } else { hash });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A line with signs in the place of the password of an address.
fn without_credentials(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let end = after
            .find(|c: char| c.is_whitespace() || "/?#\"'<>".contains(c))
            .unwrap_or(after.len());
        let (place, after) = after.split_at(end);
        match place.rsplit_once('@') {
            Some((user, host)) if user.contains(':') => {
                let name = user.split(':').next().unwrap_or_default();
                out.extend([name, ":", SIGNS, "@", host]);
            }
            _ => out.push_str(place),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let rows = [
            ("password: x", "password: ********"),
            (
                "{\"password-hash\": \"a\\b\", \"c\": 1}",
                "{\"password-hash\": \"********\", \"c\": 1}",
            ),
            (
                "user --password=$6$ab$cdef/. --lock",
                "user --password=******** --lock",
            ),
            (
                "rootpw --iscrypted $y$j9T$abc$def",
                "rootpw --iscrypted ********",
            ),
            (
                "d-i passwd/root-password-crypted password $6$a$b",
                "d-i passwd/root-password-crypted password ********",
            ),
            (
                "quiet terroir.token=0123 ro",
                "quiet terroir.token=******** ro",
            ),
            ("X-Terroir-Token: 0123", "X-Terroir-Token: ********"),
            (
                "http://u:p@h/x?token=1&a=2",
                "http://u:********@h/x?token=********&a=2",
            ),
            (
                "a\n-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\nb",
                "a\n********\n\nb",
            ),
            // Nothing of these is a secret.
            (
                "hash0=$(secret password-root)",
                "hash0=$(secret password-root)",
            ),
            (
                "token=$(cat /etc/terroir/token)",
                "token=$(cat /etc/terroir/token)",
            ),
            (
                "--header \"X-Terroir-Token: $token\"",
                "--header \"X-Terroir-Token: $token\"",
            ),
            (
                "report failed \"$*\"; a $1 $2",
                "report failed \"$*\"; a $1 $2",
            ),
            ("url=http://h/a:b@c", "url=http://h/a:b@c"),
        ];
        for (text, expected) in rows {
            assert_eq!(masked(text), expected);
        }
    }
}
