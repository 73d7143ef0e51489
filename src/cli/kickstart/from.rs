//! `terroir kickstart serve --from`: the inventory of a site that was pushed to a registry.

use std::fs;
use std::path::{Path, PathBuf};

use super::artifact::{fail, fetch};
use super::write::write;
use crate::cli::arguments::kickstart::Serve;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::target::reference::reference;
use crate::kickstart::{
    Content, File, Files, INDEX, PUBLIC, RelativePath, artifact_files, artifact_title,
};

/// The file of a site's folder with the path of its inventory.
const PLACE: &str = ".terroir-inventory";

/// The inventory that is served: a file, or one that is pulled once and kept beside the states.
pub(super) fn inventory(session: &Session, arguments: &Serve) -> Result<PathBuf, Failure> {
    let absolute =
        |path: &Path| std::path::absolute(path).map_err(|error| Failure::new(Kind::Usage, &error));
    match (&arguments.inventory, &arguments.from) {
        (Some(inventory), _) => absolute(inventory),
        (None, Some(from)) => {
            let states = absolute(&arguments.states.states)?;
            let folder = states.parent().unwrap_or(Path::new("/")).join("sites");
            pulled(session, from, &folder)
        }
        (None, None) => Err(Failure::say(
            Kind::Usage,
            "no inventory is named".to_owned(),
        )),
    }
}

fn pulled(session: &Session, from: &str, folder: &Path) -> Result<PathBuf, Failure> {
    let named = reference(from)?;
    let Some(digest) = named.digest() else {
        let message = format!("{from} has no digest");
        let hint = "write REFERENCE@sha256:…, which `terroir kickstart push` prints: a tag may be another site tomorrow";
        return Err(Failure::say(Kind::Usage, message).hint(hint));
    };
    let folder = folder.join(digest.hex());
    // It was written as a whole, and its name is its digest: the registry need not be there again.
    if !folder.is_dir() {
        let (image, source) = fetch(session, from)?;
        let mut files = artifact_files(&image, source.as_ref()).map_err(|error| fail(&error))?;
        let place = place(&files, &artifact_title(&image), from)?;
        let file = File {
            content: Content::Text(place),
            mode: PUBLIC,
        };
        files.extend(RelativePath::new(PLACE).map(|name| (name, file)));
        write(&files, &folder)?;
    }
    let place = fs::read_to_string(folder.join(PLACE)).map_err(|error| {
        let message = format!("{} is no site: {error}", folder.display());
        Failure::say(Kind::Outside, message).hint("remove it, and it is pulled again")
    })?;
    Ok(folder.join(place))
}

/// The path of the inventory among the files that were pushed with it.
fn place(files: &Files, title: &str, from: &str) -> Result<String, Failure> {
    let is_there =
        |path: &str| RelativePath::new(path).is_some_and(|path| files.contains_key(&path));
    if is_there(INDEX) {
        let message =
            format!("{from} is a rendered site, and a server renders its inventory itself");
        return Err(Failure::say(Kind::Usage, message)
            .hint("push the inventory: `terroir kickstart push kickstart/lab.yml …`"));
    }
    let is_inventory = |path: &&str| {
        let path = Path::new(path);
        let ends = path
            .extension()
            .is_some_and(|end| end == "yml" || end == "yaml");
        let stem = path.file_stem().is_some_and(|stem| *stem == *title);
        ends && stem
            && !path
                .components()
                .any(|part| part.as_os_str() == "templates")
    };
    let mut found = files.keys().map(RelativePath::as_str).filter(is_inventory);
    match (found.next(), found.next()) {
        (Some(path), None) => Ok(path.to_owned()),
        _ => {
            let message = format!("{from} does not say which of its files is the inventory");
            Err(Failure::say(Kind::Outside, message)
                .hint("push it with `terroir kickstart push INVENTORY`"))
        }
    }
}
