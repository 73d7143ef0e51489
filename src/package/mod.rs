//! Package managers: bootstrapping a base.

mod accounts;
mod apt;
mod bootstrap;
mod index;
mod installed;
mod machine_state;
mod release;
mod resolution;
mod version;

#[cfg(test)]
mod apt_tests;

pub use accounts::{Accounts, Moved, Renumbering};
pub use apt::{PLACE, fetch_script, install_place, install_script, resolve_script};
pub use bootstrap::{Bootstrap, BootstrapError, bootstrap};
pub use index::{Newest, is_security, newest};
pub use installed::Installed;
pub use machine_state::{
    Fate, fate, fate_in_step, is_made_by_machines, settle_machine_id, settle_shadow,
};
pub use release::{Release, ReleaseError, fetch_digest, parse_date, release_urls};
pub use resolution::{AptError, Resolution, Resolved, read_resolution};
pub use version::compare_versions;
