//! The files of a machine.

use super::followed::followed;
use crate::bootable::disk::error::Error;
use crate::bootable::disk::image::{Root, put};
use crate::bootable::disk::own::OwnFile;

/// Puts files, and those of the network; none of them takes the place of another.
pub(super) fn put_all(files: &[OwnFile], network: &[OwnFile], root: &Root) -> Result<(), Error> {
    for (at, file) in files.iter().chain(network).enumerate() {
        let mut before = files.iter().chain(network).take(at);
        if before.any(|one| one.path == file.path) {
            return Err(refused(format!(
                "{} is written for the network of the host, too",
                file.path
            )));
        }
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let folder = followed(&root.system, folder)?;
        let mut first = folder
            .iter()
            .filter_map(|folder| folder.components().next());
        if first.next() != Some(b"etc") {
            return Err(refused(format!(
                "{} leads out of /etc in the image",
                file.path
            )));
        }
        put(&root.system, &file.path, (&file.text, file.mode))?;
    }
    Ok(())
}

fn refused(why: String) -> Error {
    Error::Host {
        why,
        hint: "name another file in the document of the host".to_owned(),
    }
}
