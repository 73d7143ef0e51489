//! Patterns of file names as Containerfiles and ignore files write them (Go's `filepath.Match`).

/// Tells whether a path has a wildcard in it.
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// Tells whether one name fits one pattern without `/`.
pub(in crate::module) fn name_matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    here(&pattern, &name)
}

/// Tells whether a path fits a pattern in which `**` is any number of folders.
pub(super) fn path_matches(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => {
            path_matches(rest, path)
                || path
                    .split_first()
                    .is_some_and(|(_, below)| path_matches(pattern, below))
        }
        (Some((first, rest)), Some((name, below))) => {
            name_matches(first, name) && path_matches(rest, below)
        }
        _ => false,
    }
}

fn here(pattern: &[char], name: &[char]) -> bool {
    // Where the last star stands and how far it reached: going back there is enough.
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
                continue;
            }
            None if from == name.len() => return true,
            Some(_) | None => {}
        }
        let step = name.get(from).and_then(|c| one(pattern.get(at..)?, *c));
        if let Some(length) = step {
            at += length;
            from += 1;
            continue;
        }
        match star {
            Some((place, reached)) if reached < name.len() => {
                star = Some((place, reached + 1));
                (at, from) = (place + 1, reached + 1);
            }
            _ => return false,
        }
    }
}

/// How many characters of a pattern fit one character of a name; none when they do not.
fn one(pattern: &[char], c: char) -> Option<usize> {
    match pattern {
        ['?', ..] => Some(1),
        ['\\', escaped, ..] => (*escaped == c).then_some(2),
        ['[', rest @ ..] => class(rest, c),
        [literal, ..] => (*literal == c).then_some(1),
        [] => None,
    }
}

fn class(rest: &[char], c: char) -> Option<usize> {
    let negated = rest.first() == Some(&'^');
    let mut at = usize::from(negated);
    let start = at;
    let mut fits = false;
    loop {
        let low = *rest.get(at)?;
        if low == ']' && at > start {
            return (fits != negated).then_some(at + 2);
        }
        if rest.get(at + 1) == Some(&'-') && rest.get(at + 2).is_some_and(|high| *high != ']') {
            fits |= (low..=*rest.get(at + 2)?).contains(&c);
            at += 3;
        } else {
            fits |= low == c;
            at += 1;
        }
    }
}
