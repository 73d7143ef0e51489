//! Commits from an archive on a web server: what states that a commit is an image, and how it comes in.

mod fetch;
mod statement;

pub use fetch::Archive;
pub use statement::{STATEMENT, Statement, stated};
