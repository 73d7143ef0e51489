//! Paths inside the image as people write them.

use crate::origin::{Diagnostic, Origin, Sourced};
use crate::path::TreePath;

/// The folder of the flavour record, which nothing else may write (both spellings of a merged
/// `/usr`).
const RECORD: [&[u8]; 2] = [b"usr/lib/terroir", b"lib/terroir"];

/// Reads an absolute path that a setting or module may write.
pub fn parse_place(path: &Sourced<String>) -> Result<TreePath, Diagnostic> {
    if !path.starts_with('/') {
        let hint = format!("write /{}", path.trim_start_matches("./"));
        return Err(Diagnostic::error(
            &path.origin,
            format!("`{path}` is not an absolute path of the image"),
        )
        .hint(hint));
    }
    let place = TreePath::parse(path).map_err(|error| {
        Diagnostic::error(&path.origin, error.to_string())
            .hint("write the path as it is in the image, without `..`")
    })?;
    refuse_record(&place, &path.origin)?;
    Ok(place)
}

/// Refuses a path under `/usr/lib/terroir`, where only terroir itself writes.
pub fn refuse_record(place: &TreePath, origin: &Origin) -> Result<(), Diagnostic> {
    for record in RECORD {
        let record = TreePath::from_bytes(record).expect("a constant path is valid");
        if place.starts_with(&record) {
            return Err(Diagnostic::error(
                origin,
                format!("{place} belongs to the flavour record of terroir"),
            )
            .hint("choose another folder: nothing else may write under /usr/lib/terroir"));
        }
    }
    Ok(())
}

/// Folders of which nothing is ever part of an image: they are fresh for every entry, or the kernel's.
const FRESH: [&[u8]; 6] = [b"dev", b"proc", b"run", b"sys", b"tmp", b"var/run"];

/// Refuses a path in a folder of which nothing is part of an image, where nothing of the entry reads
/// what is put there.
pub fn refuse_fresh(place: &TreePath, origin: &Origin) -> Result<(), Diagnostic> {
    for fresh in FRESH {
        let fresh = TreePath::from_bytes(fresh).expect("a constant path is valid");
        if *place != fresh && place.starts_with(&fresh) {
            let message = format!("{place} would never be in the image: {fresh} is not part of it");
            return Err(Diagnostic::error(origin, message).hint(
                "what later entries need goes below /var/tmp; what a machine needs there when it \
                 runs is made by a file in /usr/lib/tmpfiles.d",
            ));
        }
    }
    Ok(())
}

/// Refuses a path in a folder of the kernel.
pub fn refuse_kernel(place: &TreePath, origin: &Origin) -> Result<(), Diagnostic> {
    let shared = TreePath::from_bytes(b"dev/shm").expect("a constant path is valid");
    let kernel = ["dev", "proc", "sys"].into_iter();
    let mut kernel = kernel.map(|name| TreePath::from_bytes(name.as_bytes()).unwrap_or_default());
    match kernel.any(|top| *place != top && place.starts_with(&top) && !place.starts_with(&shared))
    {
        true => refuse_fresh(place, origin),
        false => Ok(()),
    }
}

/// Reads a path back from the name of a setting.
pub(in crate::setting) fn place_of_name(name: &str) -> Result<TreePath, serde_json::Error> {
    serde_json::from_value(serde_json::Value::from(name))
}

/// A path that the program itself states.
pub(in crate::setting) fn constant(path: &str) -> TreePath {
    TreePath::parse(path).expect("a constant path is valid")
}
