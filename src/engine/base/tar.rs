//! The archive that a bootstrap writes, and the state of the package lists in it.

use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;

use crate::engine::error::Error;
use crate::oci::{Digest, MediaType};
use crate::package::{Release, parse_date, release_urls};
use crate::tree::{Entry, Limits, read_layer};

/// Walks a plain tar.
pub(super) fn walk(
    tar: &Path,
    visit: &mut dyn FnMut(Entry, &mut dyn Read) -> Result<(), crate::tree::Error>,
) -> Result<(), Error> {
    let doing = || format!("reading {}", tar.display());
    let file = File::open(tar).map_err(|source| Error::Io {
        doing: doing(),
        source,
    })?;
    read_layer(
        file,
        &MediaType::ImageLayer,
        &Limits::default(),
        &mut |entry, content| {
            visit(entry, content)?;
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(())
}

/// The state of the archive, from the lists that apt left and the sources that name them.
pub(super) fn read_release(tar: &Path) -> Result<Release, Error> {
    let mut sources = String::new();
    let mut lists: Vec<(String, Vec<u8>)> = Vec::new();
    walk(tar, &mut |entry, content| {
        let path = entry.path.to_string();
        if path == "/etc/apt/sources.list"
            || path.starts_with("/etc/apt/sources.list.d/") && path.ends_with(".list")
        {
            content
                .read_to_string(&mut sources)
                .map_err(|source| crate::tree::Error::io("reading the fresh base", source))?;
        } else if let Some(name) = path.strip_prefix("/var/lib/apt/lists/")
            && name.ends_with("_InRelease")
        {
            let mut bytes = Vec::new();
            content
                .read_to_end(&mut bytes)
                .map_err(|source| crate::tree::Error::io("reading the fresh base", source))?;
            lists.push((name.to_owned(), bytes));
        }
        Ok(())
    })?;
    let mut release = Release::default();
    let urls = release_urls(&sources);
    for (name, bytes) in lists {
        // apt names a list by its address without the scheme, slashes as underscores.
        let url = urls.iter().find(|url| {
            let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
            rest.replace('/', "_") == name
        });
        let date = parse_date(&String::from_utf8_lossy(&bytes)).unwrap_or_default();
        release.date = release.date.max(date);
        release
            .files
            .insert(url.cloned().unwrap_or(name), Digest::of(&bytes));
    }
    Ok(release)
}
