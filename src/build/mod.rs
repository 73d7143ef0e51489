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
mod job;
mod key;
mod lower;
mod pack;
mod packages;
pub(crate) mod parallel;
mod parent;
mod piece;
mod place;
mod roots;
mod run;
mod runner;
mod scan;
mod stack;
mod stack_run;
mod stages;
mod state;
mod target;
mod task;

pub use assemble::Provenance;
pub use error::{Error, RunError, StepError};
pub use execute::{Builder, Built, BuiltPlatform, Planned};
pub use inside::work;
pub use parent::record_of;
pub use runner::{Log, Lookup, Runner};
pub use stack::Outcome;
pub use target::{Found, Outside, Reach, Target};
