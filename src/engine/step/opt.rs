//! Files that an entry writes where no update of an image reaches them.

use crate::action::Action;
use crate::engine::root::State;
use crate::origin::Diagnostic;
use crate::path::TreePath;
use crate::recipe::Entry;

/// The warning that a file below `/opt` lies in `/var/opt`, where the one leads to the other.
pub(super) fn beyond_update(entry: &Entry, state: &State) -> Option<Diagnostic> {
    let (opt, kept) = (
        TreePath::parse("/opt").ok()?,
        TreePath::parse("/var/opt").ok()?,
    );
    let writes = entry
        .actions
        .iter()
        .filter(|action| matches!(action, Action::Write { .. }));
    let mut below = writes
        .filter_map(Action::path)
        .filter(|path| path.starts_with(&opt));
    let lost = below.find(|path| {
        let resolved = state.table.resolve(path);
        resolved.is_ok_and(|resolved| resolved.path.starts_with(&kept))
    })?;
    let message = format!("{lost} lies in {kept} here, which no update of an image reaches");
    Some(Diagnostic::warning(&entry.origin, message).hint(
        "write it below /usr/lib/opt, and `L+ /var/opt/NAME - - - - /usr/lib/opt/NAME` to a file in /usr/lib/tmpfiles.d",
    ))
}
