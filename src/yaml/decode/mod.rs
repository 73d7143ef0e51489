//! From nodes to typed values.

pub(super) mod access;
pub(super) mod blank;
pub(super) mod cursor;
pub(super) mod deserializer;
pub(super) mod origin;
pub(super) mod problem;
pub(super) mod run;
pub(super) mod state;
#[cfg(test)]
mod tests;
