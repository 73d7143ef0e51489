//! The steps of a flavour in order: their keys, whether they are cached, their layers. The finish
//! steps come last.

mod accounts;
mod entry_error;
mod finish;
mod kernel_modules;
mod key;
mod make;
mod needs;
mod opt;
mod outcome;
mod pack;
mod packages;
mod run;
mod settings;
mod stack;

pub use outcome::Outcome;

pub(in crate::engine) use needs::{requests, trees_of};
pub(in crate::engine) use stack::{Stacked, Stacking};
