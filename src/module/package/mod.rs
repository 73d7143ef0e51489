//! Package managers: one shape of configuration, and what each manager makes of it.
//!
//! apt's packages are an action of their own, which is resolved before it is carried out; every
//! other manager is a list of commands.

mod apk;
mod apt;
mod command;
mod item;
mod key;
mod manager;
mod name;
mod needed;
mod pacman;
mod plan;
mod repo;
mod request;
mod rpm_ostree;
mod zypper;

pub(super) use command::{FILES, cached, inputs_mount, quoted, sh};
pub(super) use item::Item;
pub(super) use key::import;
pub use manager::{Manager, Packages};
pub(super) use name::{plain, rpm};
pub use needed::needed_packages;
pub(super) use plan::{Plan, many, unsupported};
pub(super) use repo::{Repo, rpm_repository};
pub(super) use request::{Pin, Remove, Request};
