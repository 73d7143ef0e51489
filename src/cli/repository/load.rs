//! Recipes on disk, loaded for the platforms that a verb is about.

use std::path::Path;
use std::sync::Arc;

use super::lock::hold_to_lock;
use crate::cli::context::environment::variable;
use crate::cli::context::platform::host;
use crate::cli::context::session::Session;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::{Failure, Kind};
use crate::engine::Outside;
use crate::oci::{Digest, Platform};
use crate::origin::{Diagnostic, Severity};
use crate::recipe::{Flavour, Loader};

/// Loads a recipe for each of its platforms, shows what is wrong with it, and gives nothing then.
pub(in crate::cli) fn load(
    session: &Session,
    outside: &Outside,
    recipe: &Path,
    platforms: &[Platform],
) -> Result<Vec<Arc<Flavour>>, Failure> {
    let locking = hold_to_lock(session, outside, recipe)?;
    let environment = |name: &str| variable(name)?.into_string().ok();
    let mut loader = Loader::new(recipe, outside, &environment);
    let first = match platforms.first() {
        Some(first) => first.clone(),
        None => loader.first_platform(recipe, &host()),
    };
    let loaded = loader.load(recipe, &first);
    let flavours = loaded.and_then(|flavour| {
        let own = flavour.platforms.clone();
        let wanted: Vec<Platform> = match (platforms, own.is_empty()) {
            ([], true) => vec![first.clone()],
            ([], false) => own,
            (some, _) => some.to_vec(),
        };
        wanted
            .iter()
            .map(|platform| loader.load(recipe, platform))
            .collect::<Result<Vec<_>, _>>()
    });
    session.keep(loader.sources());
    match flavours {
        Ok(flavours) => {
            for (file, text) in loader.sources().iter() {
                let layer = file.strip_prefix("<terroir>/layers/");
                if let Some(layer) = layer.and_then(|rest| rest.strip_suffix("/layer.yml")) {
                    let digest = Digest::of(text.as_bytes());
                    locking
                        .use_layer(layer, digest)
                        .map_err(|error| fail(&error))?;
                }
            }
            if let Some(flavour) = flavours.first() {
                session.printer.warnings(&flavour.notes, loader.sources());
            }
            Ok(flavours)
        }
        Err(diagnostics) => {
            session.printer.diagnostics(&diagnostics, loader.sources());
            let count = diagnostics
                .iter()
                .filter(|one| one.severity == Severity::Error)
                .count();
            let s = if count == 1 { "" } else { "s" };
            Err(Failure::say(
                at_fault(&diagnostics),
                format!("{count} error{s} in {}", recipe.display()),
            ))
        }
    }
}

/// Who is at fault: the recipes, unless nothing but the world is.
pub(in crate::cli) fn at_fault<'d>(diagnostics: impl IntoIterator<Item = &'d Diagnostic>) -> Kind {
    let mut errors = diagnostics
        .into_iter()
        .filter(|one| one.severity == Severity::Error);
    if errors.all(|error| error.outside) {
        Kind::Outside
    } else {
        Kind::Usage
    }
}
