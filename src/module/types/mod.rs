//! The module types, a file or folder each, and the table of them.

mod akmods;
mod apk;
mod apt;
mod bling;
mod bootable;
mod brew;
mod chezmoi;
mod containerfile;
mod copy;
mod default_flatpaks;
mod dnf;
mod files;
mod fonts;
mod gnome_extensions;
mod gschema_overrides;
mod initramfs;
mod justfiles;
mod kargs;
mod os_release;
mod packages;
mod pacman;
mod rpm_ostree;
mod script;
mod settings;
mod signing;
mod soar;
mod systemd;
mod table;
mod trust_store;
mod yafti;
mod zypper;

pub use containerfile::expand;
#[cfg(test)]
pub(super) use dnf::Dnf;
pub use initramfs::initramfs_commands;
pub(super) use packages::Packages;
pub(super) use table::TABLE;
#[cfg(test)]
pub(super) use trust_store::{Family, TrustStore};
