//! The settings of a flavour with every claim on them, and the rules that bind them.

pub(super) mod binding;
pub(super) mod chain;
pub(super) mod kernel_arguments;
pub(super) mod merge;
#[cfg(test)]
mod tests;
