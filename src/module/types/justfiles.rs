//! `type: justfiles`: recipes for `just`, imported by `ujust` where the image has it, else by
//! `blujust`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::dnf;
use crate::module::module_type::{BOTH, Configuration, Form, ModuleType};
use crate::module::package::{Plan, sh};
use crate::module::surroundings::{Compiled, Dialect, Surroundings};
use crate::origin::{Diagnostic, Sourced};
use crate::setting::InputNode;

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "justfiles",
    does: "Adds recipes to `ujust`, or to `blujust` where the image has no `ujust`.",
    example: "type: justfiles\ninclude: [acme.just]\n",
    forms: &[Form::of::<Justfiles>(BOTH)],
};

/// The folder of `files/` in which BlueBuild looks.
const FOLDER: &str = "justfiles";
/// Where the recipes are put.
const PLACE: &str = "/usr/share/bluebuild/justfiles";

/// Checks the files as `just` formats them.
const VALIDATE: &str = r#"for file; do just --fmt --check --unstable --justfile "$file"; done"#;

/// Adds the files to those that `ujust` or `blujust` imports, each once.
const IMPORT: &str = r#"if [ -x /usr/bin/ujust ]; then
    list=/usr/share/ublue-os/just/60-custom.just
else
    list=/usr/share/bluebuild/justfiles/60-custom.just
    if ! [ -e /usr/bin/blujust ]; then
        printf '%s\n' '#!/bin/sh' 'exec just --justfile /usr/share/bluebuild/justfile "$@"' > /usr/bin/blujust
        chmod 755 /usr/bin/blujust
        printf '%s\n' 'set allow-duplicate-recipes := true' 'set ignore-comments := true' '' '_default:' \
            '    @just --justfile /usr/share/bluebuild/justfile --list' '' \
            'import? "/usr/share/bluebuild/justfiles/60-custom.just"' > /usr/share/bluebuild/justfile
    fi
fi
mkdir -p "${list%/*}"
touch "$list"
for file; do
    line="import \"$file\""
    grep -qxF -- "$line" "$list" || printf '%s\n' "$line" >> "$list"
done"#;

/// Adds justfiles to the image's `ujust`.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a mapping")]
pub(in crate::module) struct Justfiles {
    /// Whether the files are checked with `just --fmt`.
    pub validate: bool,
    /// Files or folders of `files/justfiles`; all when empty.
    pub include: Vec<Sourced<String>>,
    /// Whether `just` is installed with the package manager.
    pub install: bool,
}

impl Configuration for Justfiles {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        Plan::compiled(around, "", |plan| compile(self, plan))
    }
}

fn compile(config: &Justfiles, plan: &mut Plan<'_>) {
    let mut files = Vec::new();
    for selected in chosen(config, plan) {
        let before = files.len();
        let source = plan.around.path_in(FOLDER, &selected);
        let below = match plan.around.dialect {
            Dialect::BlueBuild => selected.value.as_str(),
            Dialect::Native => selected.rsplit('/').next().unwrap_or(&selected),
        };
        let below = below.trim_matches('/');
        if plan.around.inputs.is_folder(&source) {
            let nodes = plan.around.inputs.tree(&source);
            for (path, node) in plan.keep(nodes).unwrap_or_default() {
                if let InputNode::File(input) = node {
                    let place = format!("{PLACE}/{below}/{path}");
                    plan.copy(&place, input, &selected.origin);
                    files.push(place);
                }
            }
        } else {
            let input = plan.around.inputs.file(&source);
            if let Some(input) = plan.keep(input) {
                let place = format!("{PLACE}/{below}");
                plan.copy(&place, input, &selected.origin);
                files.push(place);
            }
        }
        let just = |place: &String| place.ends_with(".just");
        if !files.iter().skip(before).any(just) && plan.wrong.is_empty() {
            let message = format!("`{selected}` has no file whose name ends with .just");
            plan.wrong
                .push(Diagnostic::error(&selected.origin, message));
        }
    }
    files.retain(|place| place.ends_with(".just"));
    if files.is_empty() {
        return;
    }
    if config.install {
        dnf::install_missing("just", plan);
    }
    if config.validate {
        plan.actions
            .push(sh("just --fmt --check", VALIDATE, &files));
    }
    plan.actions.push(sh("import justfiles", IMPORT, &files));
}

/// The files and folders that are named; in a BlueBuild recipe that names none, all of its folder.
fn chosen(config: &Justfiles, plan: &mut Plan<'_>) -> Vec<Sourced<String>> {
    let origin = plan.around.origin;
    if !config.include.is_empty() {
        return config.include.clone();
    }
    if plan.around.dialect == Dialect::Native {
        plan.wrong.push(
            Diagnostic::error(origin, "no justfiles are named")
                .hint("give `include` with files or folders of the repository"),
        );
        return Vec::new();
    }
    let top = plan.tree(FOLDER).into_iter().map(|(path, _)| path);
    let top = top.filter(|path| !path.contains('/') && path != ".gitkeep");
    top.map(|path| Sourced::new(path, origin.clone())).collect()
}
