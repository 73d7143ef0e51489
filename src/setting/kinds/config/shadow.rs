//! login.defs and the defaults of useradd, as the programs of shadow read them.

use super::assigned::Assigned;
use crate::path::TreePath;
use crate::setting::contract::check::Place;

const BLANKS: [char; 2] = [' ', '\t'];

/// Every assignment of a key in the text of login.defs(5).
pub(super) fn login_defs(path: &TreePath, text: &str, key: &str) -> Vec<Assigned> {
    let lines = text.lines().enumerate();
    let found = lines.filter_map(|(index, line)| {
        let (word, value) = login_defs_line(line)?;
        (word == key).then(|| Assigned {
            value: value.to_owned(),
            place: Place::line(path, index),
        })
    });
    found.collect()
}

/// Key and value of a line: blanks part them, and nothing after the value is taken off.
pub(super) fn login_defs_line(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_end().trim_start_matches(BLANKS);
    if line.starts_with('#') {
        return None;
    }
    let (word, value) = line.split_once(BLANKS)?;
    let value = value.trim_start_matches([' ', '"', '\t']);
    Some((word, value.split('"').next().unwrap_or_default()))
}

/// Every assignment of a key in the text of `/etc/default/useradd`: `KEY=value` from the first
/// column, nothing undone.
pub(super) fn useradd(path: &TreePath, text: &str, key: &str) -> Vec<Assigned> {
    let lines = text.lines().enumerate();
    let found = lines.filter_map(|(index, line)| {
        let value = line.strip_prefix(key)?.strip_prefix('=')?;
        Some(Assigned {
            value: value.to_owned(),
            place: Place::line(path, index),
        })
    });
    found.collect()
}

/// A number as strtol(3) reads it with base 0; none when something else stands beside it.
pub(super) fn number(text: &str) -> Option<i64> {
    let text = text.trim_start();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.starts_with(['-', '+']) {
        return None;
    }
    let lower = digits.to_ascii_lowercase();
    let number = match (lower.strip_prefix("0x"), lower.strip_prefix('0')) {
        (Some(hex), _) => i64::from_str_radix(hex, 16).ok()?,
        (None, Some(octal)) if !octal.is_empty() => i64::from_str_radix(octal, 8).ok()?,
        _ => lower.parse().ok()?,
    };
    Some(if negative { -number } else { number })
}
