//! Package managers: one shape of configuration, and what each manager makes of it.
//!
//! apt's packages are an action of their own, which is resolved before it is carried out; every
//! other manager is a list of commands.

mod address;
mod bluebuild;
mod command;
mod family;
mod item;
pub(super) mod key;
mod manager;
mod name;
mod plan;
mod repo;
mod request;
mod unit;

pub(super) use address::{VERSION, is_address, with_version};
pub(super) use bluebuild::PackageManager;
pub(super) use command::{FILES, cached, inputs_mount, quoted, sh};
#[cfg(test)]
pub(super) use family::FAMILIES;
pub(super) use item::Item;
pub(super) use key::import;
pub(super) use manager::{Asked, Manager};
pub(super) use name::{debian, plain, rpm};
pub(super) use plan::{Plan, many, unsupported};
pub(super) use repo::{OF_APT, Repo, rpm_repository};
pub(super) use request::{Pin, Remove, Request, asking};
pub(super) use unit::enable;
