//! The commit of an image in an OSTree repository, made of its unpacked root.

use std::fs;
use std::path::Path;

use super::error::Error;
use super::order::Source;
use super::tools::Tools;
use crate::store::Store;
use crate::tree::{Limits, Ownership, unpack};

/// Folders of which a deployment has its own content.
const EMPTIED: [&str; 6] = ["var", "run", "tmp", "proc", "sys", "dev"];

/// Makes the commit; gives the name by which it is deployed.
pub(super) fn commit(
    repository: &Path,
    source: &Source,
    work: &Path,
    tools: &Tools,
) -> Result<String, Error> {
    let root = work.join("flat");
    flatten(source, &root)?;
    let failed = || Error::io("giving the root the form of OSTree");
    fs::rename(root.join("etc"), root.join("usr/etc")).map_err(failed())?;
    for name in EMPTIED {
        let path = root.join(name);
        if path.symlink_metadata().is_ok_and(|found| found.is_dir()) {
            fs::remove_dir_all(&path).map_err(failed())?;
        }
        fs::create_dir(&path).map_err(failed())?;
    }
    let reference = format!("terroir/image/{}", source.manifest.hex());
    let repo = format!("--repo={}", repository.display());
    let branch = format!("--branch={reference}");
    let date = format!("--timestamp=@{}", source.created);
    let tree = format!("--tree=dir={}", root.display());
    let version = format!("--add-metadata-string=version={}", source.version);
    let image = format!("--add-metadata-string=terroir.image={}", source.manifest);
    tools.run(
        "ostree",
        &[
            &repo,
            "commit",
            &branch,
            &date,
            "--parent=none",
            "--bootable",
            "--no-bindings",
            &version,
            &image,
            &tree,
        ],
        &[],
    )?;
    fs::remove_dir_all(&root).map_err(failed())?;
    Ok(reference)
}

/// Unpacks all layers onto each other.
pub(super) fn flatten(source: &Source, into: &Path) -> Result<(), Error> {
    let store = Store::open(&source.store)?;
    let layers: Vec<_> = source
        .layers
        .iter()
        .map(|(layer, _)| layer.clone())
        .collect();
    unpack(&layers, &store, into, Ownership::Keep, &Limits::default())?;
    Ok(())
}
