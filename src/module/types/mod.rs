//! The module types, a file or folder each, and the table of them.

pub(super) mod zypper;
pub(super) mod rpm_ostree;
pub(super) mod pacman;
pub(super) mod packages;
pub(super) mod justfiles;
pub(super) mod gschema_overrides;
pub(super) mod fonts;
pub(super) mod default_flatpaks;
pub(super) mod copy;
pub(super) mod chezmoi;
pub(super) mod apt;
pub(super) mod apk;
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

