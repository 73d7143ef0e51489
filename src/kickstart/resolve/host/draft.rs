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

impl<'a> Draft<'a> {
    /// A host that stands alone, without a site around it, for terroir's own installer. What Debian's network
    /// configuration can say is not asked.
    pub(in crate::kickstart) fn alone(
        name: &'a Sourced<String>,
        document: &'a HostDocument,
    ) -> Self {
        Self {
            name,
            document,
            origin: &name.origin,
            target: Target::Debian13,
            installer: Installer::Own,
        }
    }
}

/// The value without its origin.
pub(in crate::kickstart) fn value<T: Copy>(sourced: Option<&Sourced<T>>) -> Option<T> {
    sourced.map(|sourced| sourced.value)
}

/// The value in force of a choice that the built-in defaults make.
pub(in crate::kickstart) fn chosen<T: Copy + Default>(sourced: Option<&Sourced<T>>) -> T {
    value(sourced).unwrap_or_default()
}
