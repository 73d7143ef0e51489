//! Audits: a finished root checked against the controls of a benchmark.

mod benchmark;
#[cfg(test)]
mod control_tests;
mod drift;
mod examine;
mod exception;
mod expected;
mod finding;
mod format;
mod report;
mod section;

pub use benchmark::{Benchmark, BenchmarkError, Profile};
pub use benchmark::{Check, Subject};
pub use benchmark::{Choices, Said};
pub use drift::{ControlDrift, Drift, SettingDrift, Side, Way};
pub use examine::{Known, examine};
pub use expected::{Ended, TestOutcome, TestReport, Tested, evaluate, files_read};
pub use finding::{Examined, Excepted, Finding, Verdict};
pub use format::{Case, Format, Outcome, SARIF_SCHEMA, Suite, junit, uri_of_path};
pub use report::{Counts, Heading, Report, ReportError, score_of};
pub use section::Section;
