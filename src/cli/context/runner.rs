//! The runner of the commands in recipes.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::environment::variable;
use super::isolation::default_isolation;
use super::session::Session;
use crate::cli::arguments::options::{Confinement, IsolationKind};
use crate::engine::Runner;
use crate::recipe::repository_root;
use crate::sandbox::Isolation;

/// Who carries out the steps of recipes that run commands; `recipe` is the first of them, in whose
/// repository the files of secrets lie.
pub(in crate::cli) fn runner(
    session: &Session,
    confinement: &Confinement,
    recipe: Option<&Path>,
) -> Runner {
    let isolation = match confinement.isolation {
        Some(IsolationKind::Namespaces) => Isolation::Namespaces,
        Some(IsolationKind::SingleId) => Isolation::SingleId,
        Some(IsolationKind::Chroot) => Isolation::Chroot,
        None => default_isolation(),
    };
    let mut runner = plain_runner(session, isolation, recipe);
    runner.limit = Duration::from_secs(confinement.step_timeout);
    runner.size_limit = confinement.step_size_limit;
    runner.tells = true;
    runner
}

/// A runner without limits, whose output is shown to those who ask for more.
pub(in crate::cli) fn plain_runner(
    session: &Session,
    isolation: Isolation,
    recipe: Option<&Path>,
) -> Runner {
    let printer = session.printer.clone();
    let mut runner = Runner::new(isolation);
    if let Some(recipe) = recipe {
        runner.repository = repository_root(recipe);
    }
    runner.environment = Arc::new(variable);
    runner.log = Arc::new(move |label, line| printer.detail(&format!("{label}: {line}")));
    runner
}
