//! The command line: one file for each verb, in folders by subject.

mod arguments;
mod audit;
mod bootable;
mod completions;
mod context;
mod diff;
mod doctor;
mod explain;
mod fleet;
mod host;
mod image;
mod installer;
mod kickstart;
mod lock;
mod man;
mod output;
mod pipeline;
mod recipe;
mod repository;
mod run;
mod schema;
mod store;
mod target;

pub use output::failure::{Failure, Kind};
pub use run::run;
