//! Single keys of configuration files that keep the rest of their text.

mod check;
mod declare;
mod effective;
mod term;

pub(super) use check::{check, reads};
pub use declare::ConfigDeclaration;
pub(super) use declare::{at_least, declare, followed, render, show};
pub use term::ConfigTerm;
