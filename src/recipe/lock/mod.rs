//! terroir.lock: what recipes take from outside, its text, and what changes in it.

pub(super) mod change;
pub(super) mod content;
pub(super) mod line;
#[cfg(test)]
mod tests;
pub(super) mod text;
