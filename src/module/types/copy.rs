//! The module type `copy` of both dialects.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::module::sources::context::{Context, Target};
use crate::action::{Action, Tree};
use crate::module::entry::Dialect;
use crate::module::surroundings::{Compiled, Surroundings};
use crate::origin::{Diagnostic, Severity, Sourced, did_you_mean};
use crate::registry::{Reference, is_short};
use crate::setting::{Scalar, parse_mode, parse_owner, parse_place, refuse_fresh};

/// Configuration of the module type `copy`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub struct Copy {
    /// The stage or image to copy from; the repository when absent.
    #[serde(default)]
    pub from: Option<Sourced<String>>,
    /// The file or folder to copy; of a folder what it holds.
    pub src: Sourced<String>,
    /// Where it is put: into the folder when it ends in a slash, else under this name.
    pub dest: Sourced<String>,
    /// `user` or `user:group` of the copies and of the folders made for them; else root, with `from`
    /// the owners there.
    #[serde(default)]
    pub owner: Option<Sourced<String>>,
    /// Permission bits of every copied file as octal text, such as "0644".
    #[serde(default)]
    pub mode: Option<Sourced<Scalar>>,
}

/// Copies from a stage, an image or the repository.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(in crate::module) struct BlueBuildCopy {
    /// The stage or image to copy from; the repository when absent.
    #[serde(default, deserialize_with = "crate::module::bluebuild::present")]
    #[schemars(with = "String")]
    from: Option<Sourced<String>>,
    /// The file or folder to copy.
    src: Sourced<String>,
    /// Where it is put.
    dest: Sourced<String>,
}

impl From<BlueBuildCopy> for Copy {
    fn from(copy: BlueBuildCopy) -> Self {
        Self {
            from: copy.from,
            src: copy.src,
            dest: copy.dest,
            owner: None,
            mode: None,
        }
    }
}

impl Copy {
    pub(in crate::module) fn compile(
        &self,
        around: &Surroundings<'_>,
    ) -> Result<Compiled, Vec<Diagnostic>> {
        let one = |problem| vec![problem];
        let mode = self.mode.as_ref().map(parse_mode).transpose();
        let owner = self.owner.as_ref().map(parse_owner).transpose();
        let destination = match around.dialect {
            Dialect::Native => self.dest.clone(),
            // As a COPY instruction reads it, in the working directory /.
            Dialect::BlueBuild => self.dest.clone().map(|dest| rooted(&dest)),
        };
        let place = parse_place(&destination).map_err(one)?;
        let mut compiled = Compiled::default();
        match refuse_fresh(&place, &destination.origin) {
            Err(refused) if around.dialect == Dialect::Native => return Err(vec![refused]),
            Err(refused) => compiled.warnings.push(Diagnostic {
                severity: Severity::Warning,
                ..refused
            }),
            Ok(()) => {}
        }
        if let Some(from) = &self.from {
            compiled.actions.push(Action::Copy {
                from: tree(from, around, &mut compiled.warnings).map_err(one)?,
                source: rooted(&self.src),
                destination: destination.value,
                owner: owner.map_err(one)?,
                mode: mode.map_err(one)?,
            });
            return Ok(compiled);
        }
        let target = Target {
            destination,
            mode: mode.map_err(one)?,
            owner: owner.map_err(one)?,
            folders: false,
        };
        let context = match around.dialect {
            Dialect::Native => Context::of_entry(around),
            Dialect::BlueBuild => Context::of_project(around).map_err(one)?,
        };
        for found in context.find(&self.src).map_err(one)? {
            context.copy(&found, &target, &mut compiled).map_err(one)?;
        }
        Ok(compiled)
    }
}

fn rooted(path: &str) -> String {
    format!("/{}", path.trim_start_matches("./").trim_start_matches('/'))
}

/// The root that a name stands for: a stage of the recipe, else an image.
pub(in crate::module) fn tree(
    from: &Sourced<String>,
    around: &Surroundings<'_>,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Tree, Diagnostic> {
    named_tree(from, around.run.stages, around.dialect, warnings)
}

/// The root that a name stands for: one of the stages, else an image.
///
/// # Errors
/// A name that is neither, or most likely a misspelt stage.
pub fn named_tree(
    from: &Sourced<String>,
    stages: &[String],
    dialect: Dialect,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Tree, Diagnostic> {
    if stages.contains(&from.value) {
        return Ok(Tree::Stage(from.value.clone()));
    }
    let bare = !from.contains(['/', ':', '@']);
    let near = did_you_mean(from, stages.iter().map(String::as_str));
    let number = !from.is_empty() && from.bytes().all(|byte| byte.is_ascii_digit());
    if bare && (near.is_some() || number || dialect == Dialect::Native) {
        let error = Diagnostic::error(&from.origin, format!("there is no stage `{from}`"));
        return Err(match near {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint("name a stage of the recipe, or an image with its registry: docker.io/library/alpine:3"),
        });
    }
    if let Err(error) = Reference::parse(from) {
        return Err(
            Diagnostic::error(&from.origin, format!("`{from}` is no image reference"))
                .labelled(error.to_string())
                .hint("name a stage of the recipe, or registry/name:tag"),
        );
    }
    if dialect == Dialect::Native && is_short(from) {
        let message = format!("`{from}` does not say which registry is meant");
        return Err(Diagnostic::error(&from.origin, message)
            .hint("write the registry too, such as docker.io/library/alpine:3"));
    }
    if bare {
        let message = format!("`{from}` is no stage, and taken for an image of docker.io");
        warnings.push(
            Diagnostic::warning(&from.origin, message)
                .hint(format!("write docker.io/library/{from}")),
        );
    }
    Ok(Tree::Image(from.value.clone()))
}
