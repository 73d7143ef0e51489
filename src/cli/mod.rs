//! The command line: one file per verb.

mod arguments;
mod arguments_audit;
mod arguments_lock;
mod arguments_store;
mod audit;
mod audit_diff;
mod audited;
mod build;
mod confinement;
mod doctor;
mod explain;
mod failure;
mod init;
mod inspect;
mod list;
mod lock;
mod lock_names;
mod lock_shown;
mod output;
mod output_file;
mod plan;
mod pull;
mod push;
mod rebuild;
mod repository;
mod run;
mod schema;
mod session;
mod test;
mod unpack;
mod validate;
mod vendor;

pub use failure::{Failure, Kind};
pub use run::run;
