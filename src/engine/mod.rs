//! From a flavour to an image: what the steps are, what they run, what the image is made of.

mod account;
mod assemble;
mod base;
mod builder;
mod cache;
mod error;
mod gate;
mod helper;
mod lock;
mod lower;
mod outside;
pub(crate) mod parallel;
mod parent;
mod root;
mod run;
mod runner;
mod step;
mod target;
mod vendor;

pub use assemble::Provenance;
pub use builder::{Builder, Built, BuiltPlatform, InputKeys, Inputs, Planned, asked, bases};
pub use error::{Error, RunError, StepError};
pub use gate::hold_published;
pub use helper::work;
pub use lock::{Locking, Refresh, Rules};
pub use outside::{Outside, Reach};
pub use parent::record_of;
pub use run::{DiskWish, Script, Trial, Tried, make_disk};
pub use runner::{FreshStore, Limits, Log, Lookup, Pruned, Runner, prune_caches};
pub use step::Outcome;
pub use target::{Found, Target};
pub use vendor::{Parcel, parcel};
