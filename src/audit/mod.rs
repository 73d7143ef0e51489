//! Audits: a finished root held against the controls of a benchmark.

mod benchmark;
mod choice;
mod examine;
mod exception;
mod finding;
mod report;

pub use benchmark::{Benchmark, BenchmarkError, Profile, Subject};
pub use choice::Choices;
pub use examine::{Known, examine};
pub use finding::{Examined, Excepted, Finding, Verdict};
pub use report::{Counts, Heading, Report, score_of};
