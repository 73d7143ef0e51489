//! Preseeds for debian-installer, which installs packages.

pub(super) mod answers;
pub(super) mod network;
pub(super) mod storage;
