//! Virtual machines that start images and disks.

mod acceleration;
mod console;
mod error;
mod firmware;
mod guest;
mod inside;
mod program;
mod report;
mod start;

pub use acceleration::{Acceleration, probe};
pub use error::Error;
pub use firmware::Firmware;
pub use guest::Guest;
pub use inside::{Inside, Ran, suits};
pub use report::Report;
pub use start::{run_on_terminal, run_tests, wait_until_ready};
