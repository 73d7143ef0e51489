//! Package managers: bootstrapping a base.

mod bootstrap;
mod noise;
mod release;

pub use bootstrap::{Bootstrap, BootstrapError, bootstrap};
pub use noise::{Fate, fate, settle_shadow};
pub use release::{Release, ReleaseError, fetch_digest, parse_date, release_urls};
