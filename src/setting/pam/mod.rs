//! Stacks of PAM, as Debian's `pam-auth-update` makes them from profiles.

mod check;
mod declare;
mod generate;
mod line;
mod profile;
mod render;

pub use declare::{PamDeclaration, UnixHash};

pub(super) use check::{check, reads};
pub(super) use declare::{at_least, declare, is_account_name, show};
pub(super) use line::{Line, logical_lines};
pub(super) use render::render;
