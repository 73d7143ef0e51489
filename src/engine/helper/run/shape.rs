//! The shape of a life cycle, given to the root of a run.

use crate::action::LifeCycle;
use crate::bootable::shape::{ShapeError, shape};
use crate::path::TreePath;
use crate::tree::InRoot;

use super::command::command;
use super::folders::Folders;
use super::stubs::Stubs;
use crate::engine::helper::error::{TaskError, causes};
use crate::engine::helper::task::{RunJob, RunTask};

/// Why a root did not get its shape.
enum Unshaped {
    /// A script of it failed.
    Script(TaskError),
    /// The root lacks something.
    Root(ShapeError),
}

impl From<ShapeError> for Unshaped {
    fn from(error: ShapeError) -> Self {
        Self::Root(error)
    }
}

/// Gives the root the shape of a life cycle.
pub(super) fn shape_root(
    task: &RunTask,
    folders: &Folders,
    (root, stubs): (&mut InRoot, &mut Stubs),
    (script, life_cycle): (&RunJob, LifeCycle),
) -> Result<(), TaskError> {
    let mut run = |label: &str, text: &str, arguments: &[&str]| {
        let words = ["/bin/sh", "-euc", text, "sh"];
        let job = RunJob {
            label: label.to_owned(),
            arguments: words
                .iter()
                .chain(arguments)
                .map(|word| (*word).to_owned())
                .collect(),
            ..script.clone()
        };
        command(task, folders, (&mut *root, &mut *stubs), &job).map_err(Unshaped::Script)
    };
    shape(&folders.root, life_cycle, &mut run).map_err(|error| match error {
        Unshaped::Script(error) => error,
        Unshaped::Root(error) => TaskError::Message(causes(&error), error.hint()),
    })?;
    stubs.stated.push(TreePath::parse(LifeCycle::PLACE)?);
    Ok(())
}
