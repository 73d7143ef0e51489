//! `type: gschema-overrides`: defaults of desktops, checked before they are compiled.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::module::module_type::{BOTH, Configuration, Form, ModuleType};
use crate::module::package::{Plan, sh};
use crate::module::surroundings::{Compiled, Dialect, Surroundings};
use crate::origin::{Diagnostic, Sourced};
use crate::setting::InputNode;

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "gschema-overrides",
    does: "Sets GSettings defaults of desktops, after a strict check of the override files.",
    example: "type: gschema-overrides\ninclude: [zz-acme.gschema.override]\n",
    forms: &[Form::of::<GschemaOverrides>(BOTH)],
};

/// The folder of `files/` in which BlueBuild looks.
const FOLDER: &str = "gschema-overrides";
/// Where schemas live.
const SCHEMAS: &str = "/usr/share/glib-2.0/schemas";
/// The ending that glib-compile-schemas(1) wants.
const ENDING: &str = ".gschema.override";

/// Tests the schemas with these overrides and no others strictly, then compiles all.
const COMPILE: &str = r#"schemas=/usr/share/glib-2.0/schemas
trial=$(mktemp -d)
for file in "$schemas"/*; do
    case $file in
        *.gschema.override | */gschemas.compiled) ;;
        *) cp -- "$file" "$trial/" ;;
    esac
done
for name; do cp -- "$schemas/$name" "$trial/"; done
glib-compile-schemas --strict "$trial"
rm -r "$trial"
glib-compile-schemas "$schemas""#;

/// Sets defaults of desktops through GSettings.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a mapping")]
pub(in crate::module) struct GschemaOverrides {
    /// Files of `files/gschema-overrides`; all when empty.
    pub include: Vec<Sourced<String>>,
}

impl Configuration for GschemaOverrides {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        Plan::compiled(around, "", |plan| compile(self, plan))
    }
}

fn compile(config: &GschemaOverrides, plan: &mut Plan<'_>) {
    let mut names = Vec::new();
    for include in chosen(config, plan) {
        let name = include.rsplit('/').next().unwrap_or(&include).to_owned();
        if !name.ends_with(ENDING) {
            let message = format!("`{include}` is not an override of schemas");
            plan.wrong.push(
                Diagnostic::error(&include.origin, message)
                    .hint(format!("its name has to end with {ENDING}")),
            );
        } else if let Some(input) = plan.input(FOLDER, &include) {
            plan.copy(&format!("{SCHEMAS}/{name}"), input, &include.origin);
            names.push(name);
        }
    }
    if !names.is_empty() {
        plan.actions
            .push(sh("glib-compile-schemas", COMPILE, &names));
    }
}

/// The files that are named; in a BlueBuild recipe that names none, all of its folder.
fn chosen(config: &GschemaOverrides, plan: &mut Plan<'_>) -> Vec<Sourced<String>> {
    if !config.include.is_empty() {
        return config.include.clone();
    }
    let origin = plan.around.origin;
    if plan.around.dialect == Dialect::Native {
        plan.wrong.push(
            Diagnostic::error(origin, "no overrides are named")
                .hint("give `include` with files of the repository"),
        );
        return Vec::new();
    }
    let is_override = |(path, node): &(String, InputNode)| {
        !matches!(node, InputNode::Directory) && path.ends_with(ENDING)
    };
    let found = plan.tree(FOLDER).into_iter().filter(is_override);
    let found: Vec<_> = found
        .map(|(path, _)| Sourced::new(path, origin.clone()))
        .collect();
    if found.is_empty() && plan.wrong.is_empty() {
        let message = format!("files/{FOLDER} holds no file whose name ends with {ENDING}");
        plan.wrong.push(Diagnostic::error(origin, message));
    }
    found
}
