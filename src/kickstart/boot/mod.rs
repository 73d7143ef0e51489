//! The boot chain: configurations of boot loaders and DHCP servers, and the list of files that they need.
//!
//! Every machine that is not in the inventory boots its disk.

mod argument;
mod chain;
mod dhcp;
mod firmware;
mod header;
mod loader;
mod machine;
mod needed;
mod reservation;
#[cfg(test)]
mod tests;

pub use chain::{LocalBoot, local_boot};
pub use firmware::{BootFile, Client, Firmware, Loaders};
pub use needed::{NEEDED, NEEDED_FORMAT, NeededFile, needed_files};

pub(super) use chain::produce as produce_chain;
pub(super) use dhcp::produce as produce_dhcp;
pub(super) use header::header;
pub(super) use needed::produce as produce_needed;
