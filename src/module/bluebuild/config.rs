//! What becomes of each configuration: the module that builds it, or what building it would need.

use super::table::Config;
use super::{desktop, dnf, packages, script, ublue, user};
use crate::module::dnf::Dnf;
use crate::module::entry::Module;
use crate::module::packages::{Manager, Packages};

impl Config for packages::PackageManager {
    fn module(self, name: &'static str) -> Result<Module, &'static str> {
        let manager = match name {
            "apk" => Manager::Apk,
            "apt" => Manager::Apt,
            "pacman" => Manager::Pacman,
            _ => Manager::Zypper,
        };
        Ok(Module::Packages(Box::new(Packages {
            manager: Some(manager),
            request: self.into(),
        })))
    }
}

impl Config for dnf::Dnf {
    fn module(self, _: &'static str) -> Result<Module, &'static str> {
        Ok(Module::Dnf(Box::new(Dnf::BlueBuild(self))))
    }
}

impl Config for packages::RpmOstree {
    fn module(self, _: &'static str) -> Result<Module, &'static str> {
        Ok(Module::RpmOstree(Box::new(self)))
    }
}

/// Configurations that cannot be built, each with what building it would need.
macro_rules! unbuilt {
    ($($config:ty: $missing:expr;)+) => {
        $(impl Config for $config {
            fn module(self, _: &'static str) -> Result<Module, &'static str> {
                Err($missing)
            }
        })+
    };
}

unbuilt! {
    script::Script: "";
    script::Containerfile: "";
    script::Copy: "";
    script::Initramfs: "";
    ublue::Akmods: "";
    ublue::Bling: "";
    ublue::Justfiles: "";
    ublue::Yafti: "";
    user::Brew: "";
    user::Soar: "";
    user::Chezmoi: "";
    desktop::DefaultFlatpaksV1: "";
    desktop::DefaultFlatpaksV2: "";
    desktop::Fonts: "";
    desktop::GnomeExtensions: "";
    desktop::GschemaOverrides: "";
}
