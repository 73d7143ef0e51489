//! The module types, a file or folder each, and the table of them.

pub(super) mod trust_store;
pub(super) mod systemd;
pub(super) mod signing;
pub(super) mod settings;
pub(super) mod script;
pub(super) mod os_release;
pub(super) mod kargs;
pub(super) mod initramfs;
pub(super) mod files;
pub(super) mod dnf;
pub(super) mod containerfile;

