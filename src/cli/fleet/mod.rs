//! `terroir fleet`: hosts as the inventory wants them and as they are.

mod csv;
mod resolve;
mod text;
pub(super) mod verb;
