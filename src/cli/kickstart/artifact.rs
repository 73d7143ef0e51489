//! `terroir kickstart push` and `pull`: sites in registries, as OCI artifacts.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::inventory;
use super::write::write;
use crate::cli::arguments::kickstart::{PullSite, PushSite};
use crate::cli::arguments::options::{Compression, Format};
use crate::cli::context::session::Session;
use crate::cli::output::engine_failure;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::target::publish::push_all;
use crate::cli::target::reference::reference;
use crate::engine::{Reach, Target};
use crate::kickstart::{
    ArtifactError, Content, File, Files, INDEX, PUBLIC, RelativePath, SUMS, artifact_files,
    site_artifact,
};
use crate::oci::{BlobSource, Digest, Image};
use crate::recipe::{Base, repository_root};
use crate::store::export_layout;

/// Pushes a rendered site, or an inventory with its templates and all that it names.
pub(in crate::cli) fn push(session: &Session, arguments: &PushSite) -> Result<(), Failure> {
    let files = match arguments.site.is_dir() {
        true => rendered(&arguments.site)?,
        false => written(session, &arguments.site)?,
    };
    let absolute = std::path::absolute(&arguments.site);
    let absolute = absolute.unwrap_or_else(|_| arguments.site.clone());
    let title = absolute.file_stem().unwrap_or_default().to_string_lossy();
    let store = session.store()?;
    let _lock = store
        .shared()
        .map_err(|error| Failure::new(Kind::Outside, &error))?;
    let image = site_artifact(&files, &title, &store).map_err(|error| fail(&error))?;
    for place in &arguments.references {
        match Target::parse(place) {
            Target::Base(Base::Layout { path, tag }) => {
                export_layout(&image, &store, &path, tag.as_deref().unwrap_or("latest"))
                    .map_err(|error| Failure::new(Kind::Outside, &error))?;
            }
            Target::Base(Base::Image(_)) => {
                let source: Arc<dyn BlobSource> = Arc::new(store.clone());
                push_all(session, &image, &source, &[reference(place)?])?;
            }
            _ => {
                let message = format!("`{place}` is not a place for a site");
                return Err(Failure::say(Kind::Usage, message)
                    .hint("write registry.example.org/os/site:TAG or oci:DIR:TAG"));
            }
        }
    }
    show(session, arguments.print.format, &image, files.len());
    Ok(())
}

/// Pulls a site into a folder: a new or empty one, or one that was rendered before.
pub(in crate::cli) fn pull(session: &Session, arguments: &PullSite) -> Result<(), Failure> {
    let (image, source) = fetch(session, &arguments.reference)?;
    let files = artifact_files(&image, source.as_ref()).map_err(|error| fail(&error))?;
    write(&files, &arguments.output)?;
    show(session, arguments.print.format, &image, files.len());
    Ok(())
}

/// Finds a site by its reference.
pub(super) fn fetch(
    session: &Session,
    from: &str,
) -> Result<(Image, Arc<dyn BlobSource>), Failure> {
    let base = match Target::parse(from) {
        Target::Base(base @ (Base::Layout { .. } | Base::Archive(_))) => base,
        _ => Base::Image(reference(from)?.to_string()),
    };
    let outside = session.outside(session.reader()?, Reach::Newer, Compression::Zstd);
    let found = outside
        .image(&base)
        .map_err(|error| engine_failure::fail(&error))?;
    let absent = || Failure::say(Kind::Outside, format!("{from} was not found"));
    found.ok_or_else(absent)
}

fn show(session: &Session, format: Format, image: &Image, files: usize) {
    let digest = Digest::of(&image.root.bytes);
    match format {
        Format::Json => session
            .printer
            .json(&json!({ "digest": digest, "files": files })),
        Format::Text => session.printer.line(format!("{digest}  {files} files")),
    }
}

/// The failure for an artifact that is no site.
pub(super) fn fail(error: &ArtifactError) -> Failure {
    let kind = match error {
        ArtifactError::Secret { .. } => Kind::Usage,
        _ => Kind::Outside,
    };
    Failure::new(kind, error)
}

/// What `render` wrote into a folder; kernels and loaders that others put there stay behind.
fn rendered(folder: &Path) -> Result<Files, Failure> {
    let sums = fs::read_to_string(folder.join(SUMS));
    let sums = sums.map_err(|_| {
        let message = format!("{} is not a rendered site", folder.display());
        Failure::say(Kind::Usage, message)
            .hint("push an inventory, or what `terroir kickstart render` wrote")
    })?;
    let mut files = Files::new();
    let listed = sums.lines().filter_map(|line| line.split_once("  "));
    for (digest, path) in listed.chain([("", SUMS)]) {
        let (place, file) = read(folder, path)?;
        let found = Digest::of(file.content.bytes()).hex();
        if !digest.is_empty() && digest != found {
            let message = format!("{path} has changed since it was rendered");
            return Err(Failure::say(Kind::Usage, message)
                .hint("render the site again: what is pushed is what an inventory says"));
        }
        files.insert(place, file);
    }
    if !folder.join(INDEX).is_file() {
        let message = format!("{} has no {INDEX}", folder.display());
        return Err(Failure::say(Kind::Usage, message));
    }
    Ok(files)
}

/// An inventory, the templates beside it, and the keys and authorities that it names, by their paths
/// in the repository. Files that hold secrets are never among them.
fn written(session: &Session, inventory: &Path) -> Result<Files, Failure> {
    let reading = inventory::read(session, inventory)?;
    if !reading.problems.is_empty() {
        return Err(inventory::refused(session, &reading.problems, inventory));
    }
    let inventory = inventory
        .canonicalize()
        .map_err(|error| Failure::say(Kind::Usage, error.to_string()))?;
    let root = repository_root(&inventory);
    let folder = inventory::folder(&inventory);
    let mut paths: Vec<PathBuf> = vec![inventory.clone()];
    paths.extend(reading.files().iter().map(|file| folder.join(&file.value)));
    let mut folders = vec![folder.join("templates")];
    while let Some(inner) = folders.pop() {
        for entry in inner.read_dir().into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => paths.push(entry.path()),
                _ => {}
            }
        }
    }
    let mut files = Files::new();
    for path in paths {
        let real = path
            .canonicalize()
            .map_err(|error| Failure::say(Kind::Usage, format!("{}: {error}", path.display())))?;
        let inside = real.strip_prefix(&root).map_err(|_| {
            let message = format!("{} is not in the repository", path.display());
            Failure::say(Kind::Usage, message)
        })?;
        let (place, file) = read(&root, &inside.to_string_lossy())?;
        files.insert(place, file);
    }
    Ok(files)
}

fn read(folder: &Path, path: &str) -> Result<(RelativePath, File), Failure> {
    let place = RelativePath::new(path)
        .ok_or_else(|| Failure::say(Kind::Usage, format!("{path} leads elsewhere")))?;
    let failed = |error: std::io::Error| Failure::say(Kind::Usage, format!("{path}: {error}"));
    let full = folder.join(path);
    let bytes = fs::read(&full).map_err(failed)?;
    let metadata = fs::symlink_metadata(&full).map_err(failed)?;
    if !metadata.is_file() {
        return Err(Failure::say(
            Kind::Usage,
            format!("{path} is not a regular file"),
        ));
    }
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
    let content = match String::from_utf8(bytes) {
        Ok(text) => Content::Text(text),
        Err(error) => Content::Bytes(error.into_bytes()),
    };
    let mode = match mode {
        mode if mode & 0o077 == 0 => mode,
        mode if mode & 0o100 != 0 => 0o755,
        _ => PUBLIC,
    };
    Ok((place, File { content, mode }))
}
