//! The modules for desktops that can be built.

use crate::module::types::default_flatpaks::written::{DefaultFlatpaksV1, DefaultFlatpaksV2, GschemaOverrides};
use crate::module::bluebuild::ublue::Justfiles;
use crate::module::bluebuild::user::Chezmoi;
use crate::module::package::Plan;
use crate::module::surroundings::{Compiled, Surroundings};
use crate::origin::Diagnostic;

use super::NativeFonts;
use crate::module::types::{chezmoi, fonts, gschema_overrides, justfiles};
use crate::module::types::default_flatpaks::install;

/// Configuration of the modules for desktops that can be built.
#[derive(Clone, Debug, PartialEq)]
pub enum Desktop {
    /// Flatpaks that machines install when they start, as version 1 writes it.
    FlatpaksV1(DefaultFlatpaksV1),
    /// Flatpaks that machines install when they start.
    FlatpaksV2(DefaultFlatpaksV2),
    /// Defaults of desktops.
    GschemaOverrides(GschemaOverrides),
    /// Fonts of the repository.
    Fonts(NativeFonts),
    /// Recipes of `just`.
    Justfiles(Justfiles),
    /// Users' dotfiles.
    Chezmoi(Chezmoi),
}

impl Desktop {
    pub(in crate::module) fn compile(
        &self,
        around: &Surroundings<'_>,
    ) -> Result<Compiled, Vec<Diagnostic>> {
        let mut plan = Plan::new(around, "");
        match self {
            Self::FlatpaksV1(config) => install::version_1(config, &mut plan),
            Self::FlatpaksV2(config) => install::version_2(config, &mut plan),
            Self::GschemaOverrides(config) => gschema_overrides::compile(config, &mut plan),
            Self::Fonts(config) => fonts::compile(config, &mut plan),
            Self::Justfiles(config) => justfiles::compile(config, &mut plan),
            Self::Chezmoi(config) => chezmoi::compile(config, &mut plan),
        }
        plan.finish()
    }
}
