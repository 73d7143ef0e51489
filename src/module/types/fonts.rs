//! `type: fonts`: fonts of the repository; BlueBuild's sources are checked, not built.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::action::{Action, Command};
use crate::module::module_type::{BLUEBUILD, Configuration, Form, ModuleType, NATIVE};
use crate::module::package::{Plan, many};
use crate::module::sources::Copy;
use crate::module::surroundings::{Compiled, Surroundings};
use crate::module::union::present;
use crate::origin::{Diagnostic, Sourced};
use crate::path::TreePath;

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "fonts",
    does: "Installs fonts for all users.",
    example: "type: fonts\nfiles: [fonts/acme]\n",
    forms: &[
        Form::of::<NativeFonts>(NATIVE),
        Form::unbuilt::<Fonts>(BLUEBUILD, MISSING),
    ],
};

/// Where fonts live.
const FONTS: &str = "/usr/share/fonts";

/// Installs fonts of the repository.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `files`")]
pub(in crate::module) struct NativeFonts {
    /// Font files, or folders of them, of the repository.
    #[serde(default)]
    pub files: Vec<Sourced<String>>,
    /// Fonts of BlueBuild's sources, which cannot be built: commit them, and name them as `files`.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "FontSources")]
    pub fonts: Option<Sourced<FontSources>>,
}

/// What building BlueBuild's fonts would need.
const MISSING: &str = "fonts from the network in whatever version is there that day; commit them and use `files` of a native recipe";

/// Installs fonts.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `fonts`")]
pub(crate) struct Fonts {
    /// The fonts, by where they come from.
    pub fonts: FontSources,
}

/// Fonts, by where they come from.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    default,
    rename_all = "kebab-case",
    expecting = "a mapping"
)]
pub(in crate::module) struct FontSources {
    /// Names of Nerd Fonts, without the words "Nerd Font".
    pub nerd_fonts: Vec<String>,
    /// Names of Google Fonts.
    pub google_fonts: Vec<String>,
    /// Fonts from any address.
    pub url_fonts: Vec<UrlFont>,
}

/// A font from an address.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `name` and `url`")]
pub(in crate::module) struct UrlFont {
    /// Name of its folder.
    pub name: String,
    /// Address of a font file or an archive.
    pub url: String,
}

impl Configuration for NativeFonts {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        Plan::compiled(around, "", |plan| compile(self, plan))
    }
}

fn compile(config: &NativeFonts, plan: &mut Plan<'_>) {
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
