//! Whole files, and mode and owner of files that are there.

mod check;
mod declare;
mod value;

pub(in crate::setting) use check::{check, reads};
pub use declare::{FileDeclaration, parse_mode, parse_owner};
pub(in crate::setting) use declare::{at_least, declare, render, show};
