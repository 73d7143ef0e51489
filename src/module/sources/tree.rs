//! The root that a name stands for: a stage of the recipe, or an image.

use crate::action::Tree;
use crate::module::surroundings::{Dialect, Surroundings};
use crate::origin::{Diagnostic, Sourced, did_you_mean};
use crate::registry::{Reference, is_short};

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
            Diagnostic::error(&from.origin, format!("`{from}` is not an image reference"))
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
        let message = format!("`{from}` is not a stage, and is taken for an image of docker.io");
        warnings.push(
            Diagnostic::warning(&from.origin, message)
                .hint(format!("write docker.io/library/{from}")),
        );
    }
    Ok(Tree::Image(from.value.clone()))
}
