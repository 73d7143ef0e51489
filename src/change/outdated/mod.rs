//! What changed beneath flavours since their lock.

mod answer;
mod judge;
#[cfg(test)]
mod tests;
mod text;

pub use answer::{Answer, Cause, Freshness, Why};
pub use judge::{Archive, Asked, Current, Seen, judge};
