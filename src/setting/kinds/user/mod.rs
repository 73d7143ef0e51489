//! Users, what they may open, and rules for all of them.

mod check;
mod declare;
mod definition;
mod demand;
mod everyone;
mod render;

pub use declare::UserDeclaration;

pub(in crate::setting) use definition::{DECLARE, DEFINITION, Declared};
