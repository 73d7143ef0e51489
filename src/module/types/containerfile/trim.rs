//! Patterns in variables: `${X#a}`, `${X%a}`, `${X/a/b}`.

use crate::module::sources::name_matches;

/// What an operator does with the value of a variable.
#[derive(Clone, Copy, Debug)]
pub(super) enum Trim {
    /// `#`, `##`: takes what fits away from the beginning.
    Beginning { longest: bool },
    /// `%`, `%%`: takes what fits away from the end.
    End { longest: bool },
}

impl Trim {
    /// The value without what a pattern fits; all of it where nothing does.
    pub(super) fn of(self, value: &str, pattern: &str) -> String {
        let mut cuts: Vec<usize> = value.char_indices().map(|(at, _)| at).collect();
        cuts.push(value.len());
        let (at_end, longest) = match self {
            Self::Beginning { longest } => (false, longest),
            Self::End { longest } => (true, longest),
        };
        if at_end != longest {
            cuts.reverse();
        }
        let left = cuts.into_iter().find_map(|cut| {
            let (before, after) = value.split_at_checked(cut)?;
            let (gone, left) = if at_end {
                (after, before)
            } else {
                (before, after)
            };
            name_matches(pattern, gone).then_some(left)
        });
        left.unwrap_or(value).to_owned()
    }
}

/// The value with another text for what a pattern fits: the first place, or all.
pub(super) fn replaced(value: &str, (pattern, by): (&str, &str), all: bool) -> String {
    let fitting = |text: &str| {
        let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
        let ends: Vec<usize> = ends.collect();
        let fits = |end: &usize| {
            let start = text.split_at_checked(*end);
            start.is_some_and(|(start, _)| name_matches(pattern, start))
        };
        ends.into_iter().rev().find(fits)
    };
    if value.is_empty() && name_matches(pattern, value) {
        return by.to_owned();
    }
    let mut out = String::new();
    let mut left = value;
    while let Some(first) = left.chars().next() {
        let found = fitting(left);
        match found {
            Some(_) => out.push_str(by),
            None => out.push(first),
        }
        let passed = found.unwrap_or(first.len_utf8());
        left = left.split_at_checked(passed).map_or("", |(_, left)| left);
        if found.is_some() && !all {
            break;
        }
    }
    out + left
}
