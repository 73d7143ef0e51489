//! Autoinstall files for Ubuntu's Subiquity, which installs packages.

pub(super) mod netplan;
pub(super) mod placeholder;
pub(super) mod storage;
pub(super) mod user_data;
