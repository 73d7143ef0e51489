//! From text to nodes.

mod builder;
mod indent;
mod syntax;
#[cfg(test)]
pub(super) mod tests;

pub use builder::{parse, parse_any_size};
