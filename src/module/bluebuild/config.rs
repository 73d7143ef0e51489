//! What becomes of each configuration: the module that builds it, or what building it would need.

use super::table::Config;
use crate::module::types::default_flatpaks::written;
use crate::module::types::dnf::bluebuild;
use crate::module::package::bluebuild;
use super::{ublue, user};
use crate::module::desktop::{Desktop, FONTS_MISSING};
use crate::module::types::dnf::Dnf;
use crate::module::entry::Module;
use crate::module::package::{Manager, Packages};

impl Config for bluebuild::PackageManager {
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

impl Config for bluebuild::Dnf {
    fn module(self, _: &'static str) -> Result<Module, &'static str> {
        Ok(Module::Dnf(Box::new(Dnf::BlueBuild(self))))
    }
}

impl Config for bluebuild::RpmOstree {
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
    ublue::Akmods: "kernel modules that Universal Blue builds for the kernel of the day, from its image without a fixed version";
    ublue::Bling: "installers of Universal Blue's image that fetch from the network without a fixed version; repositories are keys of `dnf`";
    ublue::Yafti: "the Python packages of yafti from the network, which nobody keeps any more";
    user::Brew: "Homebrew's installer and archive from the network without a fixed version; machines can install it when they start";
    user::Soar: "the newest release of soar from the network, which is no fixed version; commit the program and use `files`";
    written::Fonts: FONTS_MISSING;
    written::GnomeExtensions: "the newest extensions from extensions.gnome.org, which are no fixed version; install them as packages, or commit them and use `files`";
}

/// Configurations of modules for desktops.
macro_rules! desktop {
    ($($config:ty => $variant:ident;)+) => {
        $(impl Config for $config {
            fn module(self, _: &'static str) -> Result<Module, &'static str> {
                Ok(Module::Desktop(Box::new(Desktop::$variant(self))))
            }
        })+
    };
}

desktop! {
    written::DefaultFlatpaksV1 => FlatpaksV1;
    written::DefaultFlatpaksV2 => FlatpaksV2;
    written::GschemaOverrides => GschemaOverrides;
    ublue::Justfiles => Justfiles;
    user::Chezmoi => Chezmoi;
}
