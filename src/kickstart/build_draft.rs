//! A host under construction.

use super::document_host::HostDocument;
use super::target::Target;
use crate::origin::{Origin, Sourced};

/// A host under construction: its words, where it stands, and what is wrong.
pub(super) struct Draft<'a> {
    /// Its name.
    pub name: &'a Sourced<String>,
    /// Its words.
    pub document: &'a HostDocument,
    /// Where mistakes of the whole host are told.
    pub origin: &'a Origin,
    /// What installs it.
    pub target: Target,
}

/// The value without its origin.
pub(super) fn value<T: Copy>(sourced: Option<&Sourced<T>>) -> Option<T> {
    sourced.map(|sourced| sourced.value)
}

/// The value in force of a choice that the built-in defaults make.
pub(super) fn chosen<T: Copy + Default>(sourced: Option<&Sourced<T>>) -> T {
    value(sourced).unwrap_or_default()
}
