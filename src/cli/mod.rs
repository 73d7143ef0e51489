//! The command line: one file per verb.

mod arguments;
mod build;
mod confinement;
mod doctor;
mod explain;
mod failure;
mod init;
mod inspect;
mod list;
mod output;
mod plan;
mod pull;
mod push;
mod repository;
mod run;
mod schema;
mod session;
mod unpack;
mod validate;

pub use failure::{Failure, Kind};
pub use run::run;
