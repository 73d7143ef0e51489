//! Names, files and folders of systemd units.

pub(super) mod load;
pub(super) mod name;
pub(super) mod scope;
pub(super) mod unit;
