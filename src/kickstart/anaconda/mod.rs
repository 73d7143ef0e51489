//! Kickstarts for Anaconda, which installs images.

pub(super) mod kickstart;
pub(super) mod network;
pub(super) mod oemdrv;
pub(super) mod storage;
