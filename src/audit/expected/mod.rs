//! Tests of recipes and layers, evaluated on a finished root.

mod aspect;
mod evaluate;
mod file;
mod outcome;
mod state;
pub(super) mod write;

pub use evaluate::{Ended, evaluate, files_read};
pub use outcome::{TestOutcome, TestReport, Tested};
