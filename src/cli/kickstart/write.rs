//! Rendered files on disk: written beside the output folder, which they then replace at once.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::cli::output::failure::{Failure, Kind};
use crate::kickstart::{
    ArchiveKind, ArtifactError, Files, INDEX, RelativePath, SUMS, write_archive,
};

/// Writes files into a new or empty folder, or in place of what was rendered there before; what
/// others put there (kernels, boot loaders) stays.
pub(in crate::cli) fn write(files: &Files, output: &Path) -> Result<(), Failure> {
    let failed = |error: io::Error| {
        let message = format!("writing {}", output.display());
        Failure::say(Kind::Outside, format!("{message}: {error}"))
    };
    let absolute = std::path::absolute(output).map_err(failed)?;
    let parent = absolute.parent().unwrap_or(Path::new("/"));
    let before = rendered_before(&absolute)?;
    fs::create_dir_all(parent).map_err(failed)?;
    let stage = tempfile::Builder::new()
        .prefix(".terroir-render-")
        .tempdir_in(parent)
        .map_err(failed)?;
    fs::set_permissions(stage.path(), fs::Permissions::from_mode(0o755)).map_err(failed)?;
    fill(files, stage.path()).map_err(failed)?;
    let Some(before) = before else {
        // An empty folder gives way; one that is not empty would not.
        fs::rename(stage.path(), &absolute).map_err(failed)?;
        return Ok(());
    };
    keep_others(&absolute, &before, files, stage.path()).map_err(failed)?;
    match renameat_with(CWD, stage.path(), CWD, &absolute, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(()),
        // File systems that cannot exchange: for an instant there is no folder.
        Err(_) => {
            let aside = parent.join(format!(".terroir-old-{}", std::process::id()));
            fs::rename(&absolute, &aside).map_err(failed)?;
            fs::rename(stage.path(), &absolute).map_err(failed)?;
            fs::remove_dir_all(&aside).map_err(failed)
        }
    }
}

/// Writes files into one archive, which appears at its place as a whole.
pub(in crate::cli) fn write_to_archive(
    files: &Files,
    output: &Path,
    (kind, mode): (ArchiveKind, u32),
) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        let message = format!("writing {}: {error}", output.display());
        Failure::say(Kind::Outside, message)
    };
    let folder = output.parent().filter(|folder| *folder != Path::new(""));
    let mut staged = tempfile::Builder::new()
        .prefix(".terroir-render-")
        .permissions(fs::Permissions::from_mode(mode))
        .tempfile_in(folder.unwrap_or(Path::new(".")))
        .map_err(|error| failed(&error))?;
    let sink = staged.as_file_mut().try_clone();
    let sink = sink.map_err(|error| failed(&error))?;
    let written = write_archive(files, kind, sink).map_err(|error| match &error {
        ArtifactError::Archive(source) => failed(source),
        other => failed(other),
    })?;
    written.sync_data().map_err(|error| failed(&error))?;
    staged
        .persist(output)
        .map_err(|error| failed(&error.error))?;
    Ok(())
}

/// The files that an earlier run wrote; none when the folder is new or empty.
fn rendered_before(output: &Path) -> Result<Option<BTreeSet<String>>, Failure> {
    let mut entries = match output.read_dir() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let message = format!("{} cannot be written to: {error}", output.display());
            return Err(Failure::say(Kind::Usage, message));
        }
        Ok(entries) => entries,
    };
    if entries.next().is_none() {
        return Ok(None);
    }
    let sums = fs::read_to_string(output.join(SUMS));
    match sums {
        Ok(sums) if output.join(INDEX).is_file() => {
            let path = |line: &str| Some(line.split_once("  ")?.1.to_owned());
            let mut paths: BTreeSet<String> = sums.lines().filter_map(path).collect();
            paths.insert(SUMS.to_owned());
            Ok(Some(paths))
        }
        _ => {
            let message = format!(
                "{} holds something other than a rendered site",
                output.display()
            );
            Err(Failure::say(Kind::Usage, message).hint("name a new or empty folder"))
        }
    }
}

fn fill(files: &Files, stage: &Path) -> io::Result<()> {
    let folders: BTreeSet<PathBuf> = files
        .keys()
        .filter_map(|path| Some(stage.join(path).parent()?.to_path_buf()))
        .collect();
    for folder in &folders {
        fs::create_dir_all(folder)?;
    }
    // Neither the mode of a file nor that of its folder is left to the umask.
    for folder in folders.iter().flat_map(|folder| folder.ancestors()) {
        if folder.starts_with(stage) && folder != stage {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
        }
    }
    files.par_iter().try_for_each(|(path, file)| {
        let mut out = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(file.mode)
            .open(stage.join(path))?;
        out.set_permissions(fs::Permissions::from_mode(file.mode))?;
        out.write_all(file.content.bytes())
    })
}

/// Takes over what others put into the folder that is replaced.
fn keep_others(
    old: &Path,
    before: &BTreeSet<String>,
    files: &Files,
    stage: &Path,
) -> io::Result<()> {
    let mut folders = vec![old.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir()? {
            let entry = entry?;
            let path = entry.path();
            let inside = path.strip_prefix(old).unwrap_or(&path);
            if entry.file_type()?.is_dir() {
                folders.push(path);
                continue;
            }
            let name = inside.to_string_lossy().into_owned();
            let is_ours = before.contains(&name)
                || RelativePath::new(name).is_some_and(|name| files.contains_key(&name));
            if is_ours {
                continue;
            }
            let to = stage.join(inside);
            fs::create_dir_all(to.parent().unwrap_or(stage))?;
            // A second name costs nothing, and the old folder keeps its own until it goes.
            if fs::hard_link(&path, &to).is_err() {
                fs::copy(&path, &to)?;
            }
        }
    }
    Ok(())
}
