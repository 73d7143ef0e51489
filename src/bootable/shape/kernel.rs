//! The one kernel of a root.

use crate::path::TreePath;
use crate::tree::{Error, OpenRoot};

use super::error::ShapeError;

/// Where kernels keep their modules.
pub(super) const MODULES: &str = "/usr/lib/modules";

/// The version of the kernel, as `uname -r` prints it.
pub(super) fn kernel(root: &mut OpenRoot) -> Result<String, ShapeError> {
    let folder = place(MODULES);
    let mut found = Vec::new();
    for name in root.names(&folder)? {
        let version = String::from_utf8_lossy(&name).into_owned();
        let has = |root: &mut OpenRoot, path: String| -> Result<bool, Error> {
            Ok(root.entry(&place(&path))?.is_some())
        };
        let image = has(root, format!("{MODULES}/{version}/vmlinuz"))?
            || has(root, format!("/boot/vmlinuz-{version}"))?;
        let modules = has(root, format!("{MODULES}/{version}/kernel"))?;
        if image || modules {
            found.push((version, image));
        }
    }
    match found.as_slice() {
        [] => Err(ShapeError::NoKernel),
        [(version, true)] => Ok(version.clone()),
        [(version, false)] => Err(ShapeError::NoImage(version.clone())),
        _ => Err(ShapeError::Kernels(
            found.into_iter().map(|(version, _)| version).collect(),
        )),
    }
}

/// A path that is known to be valid.
pub(super) fn place(path: &str) -> TreePath {
    TreePath::parse(path).unwrap_or_default()
}

/// A path as programs of the root read it, not as terroir prints it.
pub(super) fn raw(path: &TreePath) -> String {
    format!("/{}", String::from_utf8_lossy(path.as_bytes()))
}
