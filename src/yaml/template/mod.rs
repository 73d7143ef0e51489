//! Templates and expressions in nodes.

pub(super) mod bound;
pub(super) mod environment;
pub(super) mod expression;
pub(super) mod operand;
pub(super) mod place;
pub(super) mod render;
#[cfg(test)]
mod tests;
pub(super) mod undefined;
