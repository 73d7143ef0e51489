//! From nodes to typed values.

mod access;
mod blank;
mod cursor;
mod deserializer;
mod origin;
mod problem;
mod run;
mod state;
#[cfg(test)]
mod tests;

pub use run::{check, decode};
