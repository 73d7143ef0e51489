//! Versions of Debian packages, in the order that dpkg has them (deb-version(7)).

use std::cmp::Ordering;

/// Compares two versions as dpkg does.
#[must_use]
pub fn compare_versions(one: &str, other: &str) -> Ordering {
    let (one, other) = (split(one), split(other));
    let epochs = number(one.0).cmp(&number(other.0));
    epochs
        .then_with(|| compare_parts(one.1, other.1))
        .then_with(|| compare_parts(one.2, other.2))
}

/// Epoch, upstream version and revision.
fn split(version: &str) -> (&str, &str, &str) {
    let (epoch, rest) = version.split_once(':').unwrap_or(("0", version));
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
    (epoch, upstream, revision)
}

/// Digits as a number that compares rightly at any length.
fn number(digits: &str) -> (usize, &str) {
    let digits = digits.trim_start_matches('0');
    (digits.len(), digits)
}

/// Compares what is not a number character by character, then numbers, in turn.
fn compare_parts(mut one: &str, mut other: &str) -> Ordering {
    while !one.is_empty() || !other.is_empty() {
        let ((words, rest), (other_words, other_rest)) = (
            cut(one, |c| !c.is_ascii_digit()),
            cut(other, |c| !c.is_ascii_digit()),
        );
        let ((digits, rest), (other_digits, other_rest)) = (
            cut(rest, |c| c.is_ascii_digit()),
            cut(other_rest, |c| c.is_ascii_digit()),
        );
        let found = compare_words(words, other_words)
            .then_with(|| number(digits).cmp(&number(other_digits)));
        if found != Ordering::Equal {
            return found;
        }
        (one, other) = (rest, other_rest);
    }
    Ordering::Equal
}

fn cut(text: &str, wanted: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !wanted(c)).unwrap_or(text.len());
    text.split_at(end)
}

/// Letters come before other characters, a tilde before everything, even the end.
fn compare_words(one: &str, other: &str) -> Ordering {
    let rank = |c: Option<char>| match c {
        Some('~') => (0, '~'),
        None => (1, ' '),
        Some(c) if c.is_ascii_alphabetic() => (2, c),
        Some(c) => (3, c),
    };
    let (mut one, mut other) = (one.chars(), other.chars());
    loop {
        let (a, b) = (one.next(), other.next());
        let found = rank(a).cmp(&rank(b));
        if found != Ordering::Equal || a.is_none() {
            return found;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_dpkg_orders_them() {
        // Each line was asked of `dpkg --compare-versions`.
        let cases = [
            ("1.22.1-9", Ordering::Less, "1.22.1-9+deb12u1"),
            ("1:1.0", Ordering::Greater, "2.0"),
            ("1.0~rc1", Ordering::Less, "1.0"),
            ("1.0", Ordering::Less, "1.0a"),
            ("1.0a", Ordering::Less, "1.0+"),
            ("1.10", Ordering::Greater, "1.9"),
            ("1.0-1", Ordering::Greater, "1.0"),
            ("0:1.0", Ordering::Equal, "1.0"),
            ("1.00", Ordering::Equal, "1.0"),
            ("1.0-1~bpo12+1", Ordering::Less, "1.0-1"),
            ("12-7-3", Ordering::Greater, "12-7"),
            (
                "99999999999999999999999",
                Ordering::Less,
                "100000000000000000000000",
            ),
        ];
        for (one, expected, other) in cases {
            assert_eq!(compare_versions(one, other), expected, "{one} {other}");
            assert_eq!(
                compare_versions(other, one),
                expected.reverse(),
                "{one} {other}"
            );
        }
    }
}
