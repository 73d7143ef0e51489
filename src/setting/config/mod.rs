//! Single keys of configuration files that keep the rest of their text.

mod accept;
mod assigned;
mod check;
mod declare;
mod effective;
mod neutralise;
mod program;
mod security;
mod shadow;
mod sshd;
mod systemd;
mod target;
mod term;
mod write;

pub(super) use check::{check, reads};
pub use declare::ConfigDeclaration;
pub(super) use declare::{at_least, declare, show};
pub use effective::configured_beyond;
#[cfg(test)]
pub(super) use effective::effective;
#[cfg(test)]
pub(super) use program::Program;
pub use term::ConfigTerm;
pub(super) use write::{followed, render};
