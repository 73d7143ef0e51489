//! The table of module types, sorted by name: everything that lists them reads it.

use super::{
    akmods, apk, apt, bling, bootable, brew, chezmoi, containerfile, copy, default_flatpaks, dnf,
    files, fonts, gnome_extensions, gschema_overrides, initramfs, justfiles, kargs, os_release,
    packages, pacman, rpm_ostree, script, settings, signing, soar, systemd, trust_store, yafti,
    zypper,
};
use crate::module::module_type::ModuleType;

/// All module types.
pub(in crate::module) static TABLE: &[&ModuleType] = &[
    &akmods::TYPE,
    &apk::TYPE,
    &apt::TYPE,
    &bling::TYPE,
    &bootable::TYPE,
    &brew::TYPE,
    &chezmoi::TYPE,
    &containerfile::TYPE,
    &copy::TYPE,
    &default_flatpaks::TYPE,
    &dnf::TYPE,
    &files::TYPE,
    &fonts::TYPE,
    &gnome_extensions::TYPE,
    &gschema_overrides::TYPE,
    &initramfs::TYPE,
    &justfiles::TYPE,
    &kargs::TYPE,
    &os_release::TYPE,
    &packages::TYPE,
    &pacman::TYPE,
    &rpm_ostree::TYPE,
    &script::TYPE,
    &settings::TYPE,
    &signing::TYPE,
    &soar::TYPE,
    &systemd::TYPE,
    &trust_store::TYPE,
    &yafti::TYPE,
    &zypper::TYPE,
];
