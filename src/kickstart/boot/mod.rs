//! The boot chain: what machines that boot from a network are told, by each loader in its own way.
//!
//! Every machine that the inventory does not know is told to boot its disk.

mod argument;
mod chain;
mod dhcp;
mod header;
mod loader;
mod machine;
mod needed;
mod reservation;
#[cfg(test)]
mod tests;

pub use needed::{NEEDED, NEEDED_FORMAT, NeededFile, needed_files};

pub(super) use chain::produce as produce_chain;
pub(super) use dhcp::produce as produce_dhcp;
pub(super) use header::header;
pub(super) use needed::produce as produce_needed;
