//! The deployments of a system root, as the boot loader has them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::bootable::ostree::{Checksum, OS_NAME, Origin, argument_words};
use crate::host::error::Error;

/// A system that can be started.
#[derive(Clone, Debug)]
pub(in crate::host) struct Deployment {
    pub commit: Checksum,
    /// Its root.
    pub folder: PathBuf,
    /// Its kernel command line, without what OSTree adds.
    pub arguments: Vec<String>,
    /// Where it came from; none when terroir did not make it.
    pub origin: Option<Origin>,
    pub is_pinned: bool,
}

/// Reads the deployments that are in the boot loader's menu, the one that starts next first.
pub(super) fn in_menu(sysroot: &Path) -> Result<Vec<Deployment>, Error> {
    let folder = sysroot.join("boot/loader/entries");
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).map_err(Error::file("reading", &folder))? {
        let path = entry.map_err(Error::file("reading", &folder))?.path();
        if path.extension().is_none_or(|extension| extension != "conf") {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(Error::file("reading", &path))?;
        let value = |name: &str| {
            let mut lines = text
                .lines()
                .filter_map(|line| line.split_once(char::is_whitespace));
            lines
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.trim())
        };
        let rank: u32 = value("version")
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        let mut arguments = argument_words(value("options").unwrap_or_default());
        let Some(at) = arguments.iter().position(|one| one.starts_with("ostree=")) else {
            continue;
        };
        let link = arguments.remove(at);
        let link = link.trim_start_matches("ostree=").trim_start_matches('/');
        let link = sysroot.join(link);
        let folder = fs::canonicalize(&link).map_err(Error::file("following", &link))?;
        found.extend(at_folder(&folder, arguments).map(|one| (rank, one)));
    }
    found.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
    Ok(found.into_iter().map(|(_, one)| one).collect())
}

/// The deployment that is completed when the machine shuts down.
pub(super) fn staged(sysroot: &Path, run: &Path, menu: &[Deployment]) -> Option<Deployment> {
    let about = fs::read(run.join("ostree/staged-deployment")).ok()?;
    let folder = sysroot.join("ostree/deploy").join(OS_NAME).join("deploy");
    let folder = fs::canonicalize(folder).ok()?;
    let names = fs::read_dir(&folder).ok()?.filter_map(Result::ok);
    let mut found = names.filter_map(|entry| {
        let path = entry.path();
        let one = at_folder(&path, Vec::new())?;
        let name = one.commit.to_string();
        let is_it = about.windows(64).any(|word| word == name.as_bytes());
        let is_new = menu.iter().all(|other| other.folder != one.folder);
        (is_it && is_new && path.is_dir()).then_some(one)
    });
    found.next()
}

/// The deployment in a folder that is named by its commit and a number.
fn at_folder(folder: &Path, arguments: Vec<String>) -> Option<Deployment> {
    let name = folder.file_name()?.to_str()?;
    let commit = name.split_once('.')?.0.parse().ok()?;
    let origin = folder.with_file_name(format!("{name}.origin"));
    let origin = fs::read_to_string(origin).unwrap_or_default();
    let is_pinned = origin.lines().any(|line| {
        let line = line.replace(' ', "");
        line == "pinned=true"
    });
    Some(Deployment {
        commit,
        folder: folder.to_path_buf(),
        arguments,
        origin: Origin::read(&origin),
        is_pinned,
    })
}
