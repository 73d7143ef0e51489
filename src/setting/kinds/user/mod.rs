//! Users, what they may open, and rules for all of them.

mod check;
mod declare;
mod demand;
mod everyone;
mod render;

pub use declare::UserDeclaration;

pub(in crate::setting) use check::{check, reads};
pub(in crate::setting) use declare::{at_least, declare, show};
pub(in crate::setting) use render::render;
