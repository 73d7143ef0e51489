//! What changed between two images.

mod compare;
mod documents;
mod sides;

#[cfg(test)]
mod compare_tests;

pub use compare::{Difference, Error, Subject, compare};
