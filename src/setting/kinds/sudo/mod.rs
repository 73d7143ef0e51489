//! Who may become whom, and how: Defaults of sudo, and what its rules may not say (sudoers(5)).

mod check;
mod declare;
mod sudoers;

pub(in crate::setting) use check::{check, reads};
pub(in crate::setting) use declare::{at_least, declare, render, show};
