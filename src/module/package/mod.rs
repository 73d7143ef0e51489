//! Package managers: one shape of configuration, and what each manager makes of it.
//!
//! apt's packages are an action of their own, which is resolved before it is carried out; every
//! other manager is a list of commands.

pub(super) mod unit;
pub(super) mod bluebuild;
mod command;
mod item;
mod key;
mod name;
mod plan;
mod repo;
mod request;

pub(super) use command::{FILES, cached, inputs_mount, quoted, sh};
pub(super) use item::Item;
pub(super) use key::import;
pub use crate::module::types::packages::{Manager, Packages};
pub(super) use name::{plain, rpm};
pub use crate::module::needed::needed_packages;
pub(super) use plan::{Plan, many, unsupported};
pub(super) use repo::{Repo, rpm_repository};
pub(super) use request::{Pin, Remove, Request};
