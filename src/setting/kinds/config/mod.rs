//! Single keys of configuration files that keep the rest of their text.

mod accept;
mod assigned;
mod check;
mod declare;
mod definition;
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

pub use declare::ConfigDeclaration;
pub use effective::configured_beyond;
#[cfg(test)]
pub(in crate::setting) use effective::effective;
#[cfg(test)]
pub(in crate::setting) use program::Program;
pub use term::ConfigTerm;

pub(in crate::setting) use definition::{DECLARE, DEFINITION, Declared};
