//! Mount points that a root did not have, which go before its changes are packed.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::package::{Fate, fate_in_step};
use crate::path::TreePath;
use crate::sandbox::Bind;
use crate::tree::InRoot;

use crate::engine::helper::error::TaskError;

/// Mount points and working directories that the root did not have: they go before packing.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Stubs {
    pub paths: Vec<String>,
    /// Files that were copied to places where commands only leave what is of the moment.
    pub stated: Vec<TreePath>,
}

impl Stubs {
    pub(in crate::engine) fn read(folder: &Path) -> Self {
        let text = fs::read(folder.join("stubs")).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    pub(in crate::engine) fn write(&self, folder: &Path) -> Result<(), TaskError> {
        Ok(fs::write(folder.join("stubs"), serde_json::to_vec(self)?)?)
    }

    /// Notes of copied files those that would be taken for what a command left.
    pub(in crate::engine) fn state(&mut self, put: Vec<TreePath>) {
        let at_risk = put.into_iter();
        self.stated
            .extend(at_risk.filter(|path| fate_in_step(path, true) != Fate::Keep));
    }

    /// Notes what is missing of mount points now.
    pub(in crate::engine) fn expect(
        &mut self,
        root: &mut InRoot,
        binds: &[Bind],
        directory: &str,
    ) -> Result<(), TaskError> {
        let fixed = ["/proc", "/dev", "/sys"].into_iter();
        let targets = binds.iter().map(|bind| bind.target.as_str());
        for target in targets.chain(fixed).chain([directory]) {
            let missing = root.missing(target)?;
            self.paths.extend(missing);
        }
        self.paths.sort();
        self.paths.dedup();
        Ok(())
    }
}
