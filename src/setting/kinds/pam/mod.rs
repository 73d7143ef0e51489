//! Stacks of PAM, as Debian's `pam-auth-update` makes them from profiles.

mod check;
mod declare;
mod definition;
mod generate;
mod profile;
mod render;

pub use declare::{PamDeclaration, UnixHash};

pub(in crate::setting) use definition::{DECLARE, DEFINITION, Declared};
