//! Whole files, and mode and owner of files that are there.

mod check;
mod declare;
mod definition;
mod value;

pub use declare::FileDeclaration;

pub(in crate::setting) use definition::{DECLARE, DEFINITION, Declared};
