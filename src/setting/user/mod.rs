//! Users, what they may open, and rules for all of them.

mod check;
mod declare;
mod demand;
mod everyone;
mod render;

pub use declare::UserDeclaration;

pub(super) use check::{check, reads};
pub(super) use declare::{at_least, declare, show};
pub(super) use render::render;
