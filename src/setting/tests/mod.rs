//! Tests of the setting kinds, and a repository and a root in memory for other rooms' tests.

mod declaration;
mod edit;
pub(crate) mod fake;
mod render;
mod service;
mod unit;
