//! A host under construction, as its parts see it.

use crate::kickstart::inventory::host::HostDocument;
use crate::kickstart::value::target::{Installer, Target};
use crate::origin::{Origin, Sourced};

/// A host under construction: its keys and where it is written.
pub(in crate::kickstart) struct Draft<'a> {
    /// Its name.
    pub name: &'a Sourced<String>,
    /// Its keys.
    pub document: &'a HostDocument,
    /// The origin of errors of the whole host.
    pub origin: &'a Origin,
    /// What it is installed with.
    pub target: Target,
    /// What installs it.
    pub installer: Installer,
}

/// The value without its origin.
pub(in crate::kickstart) fn value<T: Copy>(sourced: Option<&Sourced<T>>) -> Option<T> {
    sourced.map(|sourced| sourced.value)
}

/// The value in force of a choice that the built-in defaults make.
pub(in crate::kickstart) fn chosen<T: Copy + Default>(sourced: Option<&Sourced<T>>) -> T {
    value(sourced).unwrap_or_default()
}
