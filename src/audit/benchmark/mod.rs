//! The controls of a benchmark, and what a root has to meet for each.

mod choice;
mod gather;
mod profile;
mod subject;

pub use choice::{Choices, Said};
pub use profile::{Benchmark, BenchmarkError, Profile};
pub use subject::{Check, Subject};
