//! Users, what they may open, and rules for all of them.

mod check;
mod databases;
mod declare;
mod definition;
mod demand;
mod everyone;
mod host;
mod render;

pub use databases::NEW_SHELL;
pub use declare::UserDeclaration;
pub use host::{AccountTexts, HostAccount, HostPerson, add_accounts};

pub(in crate::setting) use definition::{DECLARE, DEFINITION, Declared};
