//! Stacks of PAM, as Debian's `pam-auth-update` makes them from profiles.

mod check;
mod declare;
mod generate;
mod line;
mod profile;
mod render;

pub use declare::{PamDeclaration, UnixHash};

pub(in crate::setting) use check::{check, reads};
pub(in crate::setting) use declare::{at_least, declare, is_account_name, show};
pub(in crate::setting) use line::{Line, logical_lines};
pub(in crate::setting) use render::render;
