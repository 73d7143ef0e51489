//! Who may become whom, and how: Defaults of sudo, and what its rules may not say (sudoers(5)).

mod check;
mod declare;
mod definition;
mod sudoers;

pub(in crate::setting) use definition::{DECLARE, DEFINITION, Declared};
