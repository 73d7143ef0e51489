//! Files of a store: locked, written beside their place first, verified when read.

mod lock;
pub(super) mod staged;
mod verified;
mod walk;

pub use lock::Lock;
pub use staged::Staged;
pub(super) use verified::Verified;
pub(super) use walk::walk;
