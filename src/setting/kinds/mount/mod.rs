//! File systems and the options that they are mounted with (fstab(5), systemd.mount(5)).
//!
//! What counts is what a boot does: systemd makes a unit of the first line of fstab for a place, a
//! unit of `/etc` goes before it, that before one of the vendor, a mask before all; drop-ins change
//! any of them, and a unit that nothing wants is not mounted.

mod boot;
mod check;
mod declare;
mod definition;
mod fstab;
mod render;

pub use declare::MountDeclaration;

pub(in crate::setting) use definition::{DECLARE, DEFINITION, Declared};
