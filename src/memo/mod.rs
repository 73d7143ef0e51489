//! What was computed from the same inputs is known: the facts that a result stands on, and whether they hold.
//!
//! [`Seen`] notes every file, folder and variable that is looked at. An [`Entry`] keeps the facts with a result
//! in the store. A [`Checker`] tells whether they still hold, each fact once in a process: a file by its size,
//! times and inode where these are older than the entry, else by its content, as git's index does. What cannot
//! be told does not hold.

mod checker;
mod entry;
mod fact;
mod seen;
mod stored;
#[cfg(test)]
mod tests;

pub use checker::{Checker, Holds};
pub use entry::{Entry, PROGRAM};
pub use fact::{Fact, Facts, Look, Place};
pub use seen::{Marks, Seen};
pub use stored::Stored;
