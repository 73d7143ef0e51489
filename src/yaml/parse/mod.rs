//! From text to nodes.

pub(super) mod builder;
pub(super) mod indent;
pub(super) mod syntax;
#[cfg(test)]
pub(super) mod tests;
