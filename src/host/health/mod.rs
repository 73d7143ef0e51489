//! Whether a new image works on this machine, and what becomes of one that does not.

mod checks;
mod confirm;

pub use confirm::{Verdict, health};
