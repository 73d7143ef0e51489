//! What a check found, in words.

use crate::setting::Checked;

/// What a check found, and where.
pub(super) fn found_at(checked: &Checked) -> String {
    match &checked.place {
        Some(place) => match place.line {
            Some(line) => format!("{} ({}:{line})", checked.found, place.path),
            None => format!("{} ({})", checked.found, place.path),
        },
        None => checked.found.clone(),
    }
}
