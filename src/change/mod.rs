//! The differences between two images.

mod compare;
mod difference;
mod documents;
mod sides;

#[cfg(test)]
mod compare_tests;

pub use compare::{Error, compare};
pub use difference::{Difference, Subject};
