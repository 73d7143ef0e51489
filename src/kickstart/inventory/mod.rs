//! The inventory as it is written: its document, its levels merged, its schema.

pub(super) mod control_characters;
pub(super) mod document;
pub(super) mod host;
pub(super) mod merge;
pub(super) mod read;
pub(super) mod schema;
pub(super) mod secret_files;
pub(super) mod without_errors;
