//! The boot loader of the machine: shim and GRUB on the ESP follow those of the image, one try first.

mod entry;
mod firmware;
mod look;
mod operation;
mod pair;
mod plan;
mod sbat;
mod status;
mod tend;

#[cfg(test)]
mod tests;

pub(in crate::host) use status::loader;
pub use status::{Loader, Versions};
pub(in crate::host) use tend::withdraw;
pub use tend::{Tended, tend};
