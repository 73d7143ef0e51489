//! From a flavour to an image: plan, execute, finish, assemble.

mod assemble;
mod base;
mod error;
mod execute;
mod files;
mod finish;
mod input;
mod key;
mod lower;
mod pack;
pub(crate) mod parallel;
mod parent;
mod piece;
mod place;
mod scan;
mod stack;
mod state;
mod target;

pub use assemble::Provenance;
pub use error::{Error, StepError};
pub use execute::{Builder, Built, BuiltPlatform, Planned};
pub use parent::record_of;
pub use stack::Outcome;
pub use target::{Found, Outside, Reach, Target};
