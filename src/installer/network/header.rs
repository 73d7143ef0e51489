//! What every file begins with.

/// Who wrote it.
pub(super) const HEADER: &str = "# Written by terroir from the document of this host.\n";
