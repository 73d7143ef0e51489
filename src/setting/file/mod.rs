//! Whole files, and mode and owner of files that are there.

mod check;
mod declare;
mod value;

pub(super) use check::{check, reads};
pub use declare::{FileDeclaration, parse_mode, parse_owner};
pub(super) use declare::{at_least, declare, render, show};
