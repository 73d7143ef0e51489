//! A test of what steps need of the machine: namespaces, owners, overlay mounts.

use std::path::Path;

use crate::engine::error::RunError;
use crate::engine::helper::Task;

use super::call::Runner;

/// How long the try may take, in seconds.
const LIMIT: u64 = 20;

impl Runner {
    /// Tries in an empty folder what the steps of a build do: enters the namespaces, gives files to
    /// other ids, mounts layers and writes into the mount. The folder is left as it was.
    pub fn probe(&self, folder: &Path) -> Result<(), RunError> {
        let task = Task::Probe(folder.to_path_buf(), self.isolation);
        self.ask(&task, Some(LIMIT), ("trying the sandbox", &[]))
            .map(drop)
    }
}
