//! Files of a store: locked, written beside their place first, verified when read.

pub(super) mod lock;
pub(super) mod staged;
pub(super) mod verified;
pub(super) mod walk;
