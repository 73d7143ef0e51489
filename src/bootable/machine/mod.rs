//! Virtual machines that start images and disks.

mod acceleration;
mod console;
mod direct;
mod error;
mod firmware;
mod guest;
mod inside;
mod port;
mod program;
mod report;
mod start;
mod tpm;
mod watch;

pub use acceleration::{Acceleration, probe};
pub use direct::{Direct, Drive, first_process, may_run};
pub use error::Error;
pub use firmware::Firmware;
pub use guest::Guest;
pub use inside::{Inside, suits};
pub use port::Ran;
pub use report::Report;
pub use start::{run_on_terminal, run_tests, wait_until_ready};
pub use tpm::Tpm;
