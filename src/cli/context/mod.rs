//! What a run knows of its machine: environment, store, registries, platforms, signals.

pub(super) mod environment;
pub(super) mod isolation;
pub(super) mod platform;
pub(super) mod random;
pub(super) mod runner;
pub(super) mod session;
pub(super) mod signals;
