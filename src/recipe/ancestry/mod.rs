//! What a flavour takes over from its ancestors, and its settings merged over theirs.

pub(super) mod inheritance;
pub(super) mod settings;
