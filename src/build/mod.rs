//! From a flavour to an image: plan, execute, finish, assemble.

mod assemble;
mod base;
mod error;
mod execute;
mod files;
mod finish;
mod input;
mod inside;
mod inside_pack;
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
mod task;

pub use assemble::Provenance;
pub use error::{Error, StepError};
pub use execute::{Builder, Built, BuiltPlatform, Planned};
pub use inside::work;
pub use parent::record_of;
pub use stack::Outcome;
pub use target::{Found, Outside, Reach, Target};
