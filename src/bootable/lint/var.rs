//! What becomes of things below /var on machines that have one already.

use super::root::Root;
use super::tmpfiles::{self, Lines};
use crate::bootable::shape::{Fate, Rules, VAR_RULES};
use crate::path::TreePath;

/// The lines of tmpfiles.d, and the places that are known.
pub(super) struct Var {
    lines: Lines,
    rules: Rules,
}

impl Var {
    /// Reads both; rules of a recipe that cannot be read count for nothing.
    pub(super) fn of(root: &Root) -> Self {
        let mut rules = Rules::default();
        for path in root.files_in(VAR_RULES, "") {
            let text = root.text_at(&path).unwrap_or_default();
            // The build that wrote them has refused what is wrong.
            let _ = rules.read(&path, &text);
        }
        Self {
            lines: tmpfiles::read(root),
            rules,
        }
    }

    /// Tells whether a line of tmpfiles.d makes a path.
    pub(super) fn is_made(&self, path: &TreePath) -> bool {
        self.lines.covers(path)
    }

    /// Tells whether machines are to have nothing of a file.
    pub(super) fn is_left_out(&self, path: &TreePath) -> bool {
        matches!(self.rules.fate(path), Some(Fate::Discard | Fate::Forget))
    }

    /// Tells whether machines are to have neither a path nor the folders that it stands in.
    pub(super) fn is_forgotten(&self, path: &TreePath) -> bool {
        self.rules.fate(path) == Some(Fate::Forget)
    }
}
