//! The command line: one file per verb.

mod arguments;
mod arguments_kickstart;
mod arguments_lock;
mod build;
mod confinement;
mod doctor;
mod explain;
mod failure;
mod init;
mod inspect;
mod kickstart;
mod kickstart_artifact;
mod kickstart_check;
mod kickstart_explain;
mod kickstart_render;
mod kickstart_volume;
mod kickstart_write;
mod list;
mod lock;
mod lock_names;
mod lock_shown;
mod output;
mod plan;
mod pull;
mod push;
mod rebuild;
mod repository;
mod run;
mod schema;
mod session;
mod unpack;
mod validate;
mod vendor;

pub use failure::{Failure, Kind};
pub use run::run;
