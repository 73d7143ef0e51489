//! Patterns: those of this program, in which `*` stands for anything, and those of glob(7).

use crate::path::TreePath;
use crate::tree::Snapshot;

/// Tells whether a text fits a pattern in which `*` stands for any run of characters.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last)
}

/// Tells whether a text is a pattern of glob(7).
pub(in crate::setting) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// Tells whether a text fits a pattern of glob(7), in which `/` and a leading dot are nothing
/// special (fnmatch(3) without flags).
pub(in crate::setting) fn fits(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    fits_from(&pattern, &text)
}

/// Tells whether a path fits a pattern of glob(7), component by component; a leading dot is only
/// fitted by a dot.
pub(in crate::setting) fn fits_path(pattern: &str, path: &str) -> bool {
    let mut names = path.split('/');
    let mut parts = pattern.split('/');
    loop {
        match (parts.next(), names.next()) {
            (None, None) => return true,
            (Some(part), Some(name)) if fits_name(part, name) => {}
            _ => return false,
        }
    }
}

fn fits_name(pattern: &str, name: &str) -> bool {
    (!name.starts_with('.') || pattern.starts_with('.')) && fits(pattern, name)
}

/// The paths of a root that fit a pattern, sorted by their bytes (glob(3)).
pub(in crate::setting) fn paths(root: &Snapshot, pattern: &str) -> Vec<TreePath> {
    let mut found = vec![TreePath::root()];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        let mut next = Vec::new();
        for folder in found {
            if is_pattern(part) {
                let fitting =
                    |path: &TreePath| fits_name(part, &String::from_utf8_lossy(path.file_name()));
                next.extend(root.children(&folder).into_iter().filter(fitting));
            } else if let Ok(path) = folder.join(part.replace('\\', "").as_bytes()) {
                next.extend(root.node(&path).map(|_| path));
            }
        }
        found = next;
    }
    found.sort_by(|one, other| one.as_bytes().cmp(other.as_bytes()));
    found
}

fn fits_from(pattern: &[char], text: &[char]) -> bool {
    let Some((first, rest)) = pattern.split_first() else {
        return text.is_empty();
    };
    let one = |fitting: bool, rest: &[char]| {
        fitting
            && text
                .split_first()
                .is_some_and(|(_, text)| fits_from(rest, text))
    };
    match first {
        '*' => (0..=text.len()).any(|skip| fits_from(rest, text.get(skip..).unwrap_or_default())),
        '?' => one(true, rest),
        '[' => match (set(rest), text.first()) {
            (Some((set, rest)), Some(found)) => one(set.holds(*found), rest),
            (Some(_), None) => false,
            (None, found) => one(found == Some(&'['), rest),
        },
        '\\' => match rest.split_first() {
            Some((escaped, rest)) => one(text.first() == Some(escaped), rest),
            None => one(text.first() == Some(&'\\'), rest),
        },
        literal => one(text.first() == Some(literal), rest),
    }
}

/// What stands between brackets.
struct Set {
    negated: bool,
    ranges: Vec<(char, char)>,
}

impl Set {
    fn holds(&self, found: char) -> bool {
        let inside = |(first, last): &(char, char)| (*first..=*last).contains(&found);
        self.ranges.iter().any(inside) != self.negated
    }
}

/// Reads a set up to its closing bracket; none when it has none.
fn set(after_open: &[char]) -> Option<(Set, &[char])> {
    let negated = after_open
        .first()
        .is_some_and(|first| ['!', '^'].contains(first));
    let mut rest = after_open.get(usize::from(negated)..)?;
    let mut ranges = Vec::new();
    loop {
        let (first, after) = rest.split_first()?;
        if *first == ']' && !ranges.is_empty() {
            return Some((Set { negated, ranges }, after));
        }
        if let ['[', ':', ..] = rest {
            let end = rest.windows(2).position(|pair| pair == [':', ']'])?;
            let name: String = rest.get(2..end)?.iter().collect();
            ranges.extend_from_slice(class(&name)?);
            rest = rest.get(end + 2..)?;
            continue;
        }
        (rest, ranges) = match after {
            ['-', last, after @ ..] if *last != ']' => {
                ranges.push((*first, *last));
                (after, ranges)
            }
            _ => {
                ranges.push((*first, *first));
                (after, ranges)
            }
        };
    }
}

/// The characters of a named class, in the locale C.
fn class(name: &str) -> Option<&'static [(char, char)]> {
    Some(match name {
        "digit" => &[('0', '9')],
        "lower" => &[('a', 'z')],
        "upper" => &[('A', 'Z')],
        "alpha" => &[('a', 'z'), ('A', 'Z')],
        "alnum" => &[('a', 'z'), ('A', 'Z'), ('0', '9')],
        "xdigit" => &[('a', 'f'), ('A', 'F'), ('0', '9')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "space" => &[('\t', '\r'), (' ', ' ')],
        _ => return None,
    })
}
