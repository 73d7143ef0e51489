//! What a flavour inherits from its ancestors, and its settings merged over theirs.

pub(super) mod inheritance;
pub(super) mod settings;
