//! What changed beneath flavours since their lock.

mod answer;
mod compare;
#[cfg(test)]
mod tests;
mod text;

pub use answer::{Answer, Cause, Freshness, Why};
pub use compare::{Archive, Asked, Current, Seen, compare_to_lock};
