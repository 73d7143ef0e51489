//! The arguments of every verb, as clap reads them, and the help that it prints.

pub(super) mod audit;
pub(super) mod bootable;
pub(super) mod command;
pub(super) mod fleet;
pub(super) mod host;
pub(super) mod image;
pub(super) mod installer;
pub(super) mod kickstart;
pub(super) mod lock;
pub(super) mod machine;
pub(super) mod machine_image;
pub(super) mod options;
pub(super) mod pipeline;
pub(super) mod recipe;
pub(super) mod store;
