//! The kinds of settings, each in the file or folder of its name.

pub(super) mod apparmor;
pub(super) mod audit_rule;
pub(super) mod banner;
pub(super) mod bootloader;
pub(super) mod config;
pub(super) mod file;
pub(super) mod firewall;
pub(super) mod group;
pub(super) mod karg;
pub(super) mod kernel_module;
pub(super) mod limit;
pub(super) mod mount;
pub(super) mod package;
pub(super) mod pam;
pub(super) mod service;
pub(super) mod shell;
pub(super) mod sudo;
pub(super) mod sysctl;
pub(super) mod time;
pub(super) mod tree;
pub(super) mod user;
