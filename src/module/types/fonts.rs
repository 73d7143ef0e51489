//! `type: fonts` of native recipes: fonts of the repository.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::action::{Action, Command};
use super::default_flatpaks::written::FontSources;
use crate::module::union::present;
use super::files::Copy;
use crate::module::package::{Plan, many};
use crate::module::surroundings::Compiled;
use crate::origin::{Diagnostic, Sourced};
use crate::path::TreePath;

/// Where fonts live.
const FONTS: &str = "/usr/share/fonts";

/// Installs fonts of the repository.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `files`")]
pub struct NativeFonts {
    /// Font files, or folders of them, of the repository.
    #[serde(default)]
    pub files: Vec<Sourced<String>>,
    /// Fonts of BlueBuild's sources, which cannot be built: commit them, and name them as `files`.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "FontSources")]
    pub fonts: Option<Sourced<FontSources>>,
}

/// What building BlueBuild's fonts would need.
pub(in crate::module) const MISSING: &str = "fonts from the network in whatever version is there that day; commit them and use `files` of a native recipe";

pub(crate) fn compile(config: &NativeFonts, plan: &mut Plan<'_>) {
    if let Some(fonts) = &config.fonts {
        let message = "fonts are not fetched from the network: nothing says which version comes";
        plan.wrong.push(
            Diagnostic::error(&fonts.origin, message)
                .hint("commit the font files and name them under `files`"),
        );
    }
    let mut compiled = Compiled::default();
    for source in &config.files {
        let name = source.trim_end_matches('/');
        let name = name.rsplit('/').next().unwrap_or(name);
        if plan.around.inputs.is_folder(source) {
            let place = TreePath::parse(&format!("{FONTS}/{name}"));
            let place = place.map_err(|error| Diagnostic::error(&source.origin, error.to_string()));
            let Some(place) = plan.keep(place) else {
                continue;
            };
            let copied = Copy::plain(&plan.around).folder(source, &place, &mut compiled);
            plan.wrong.extend(copied.err().into_iter().flatten());
            plan.actions.append(&mut compiled.actions);
        } else if let Some(input) = plan.input("", source) {
            plan.copy(&format!("{FONTS}/{name}"), input, &source.origin);
        }
    }
    if !plan.actions.is_empty() {
        let cache = many(&["fc-cache", "--system-only", "--really-force"]);
        plan.actions
            .push(Action::Run(Box::new(Command::new("fc-cache", cache))));
    }
}
