//! Packages of a step: looked up in the archives once, fetched once.

use std::fs;
use std::path::Path;

use crate::action::{Action, Input, Packages};
use crate::engine::cache::{cache, keep};
use crate::engine::error::{Error, RunError, failed_file};
use crate::engine::lock::Pinned;
use crate::engine::root::State;
use crate::oci::Digest;
use crate::package::{PLACE, Resolution, Resolved, fetch_script, read_resolution, resolve_script};

use super::context::RunContext;
use super::install::{below, script_job};
use super::running::Running;

/// Asks the archives that the root names for the exact packages of a request.
fn resolve_request(
    request: &Packages,
    mut running: Running<'_>,
    (context, kept): (RunContext<'_>, &[Resolved]),
) -> Result<Resolution, Error> {
    context.outside.say("resolving packages");
    let place = below(&running.temporary(), PLACE);
    for file in &request.files {
        copy_file(file, &place.join("files"))?;
    }
    running.add_job(script_job(
        "resolving packages",
        &resolve_script(request, kept),
        true,
        context,
    ));
    let folder = running.discard()?;
    let place = below(&folder.temporary(), PLACE);
    let read = |name: &str| -> Result<String, Error> {
        let path = place.join(name);
        fs::read_to_string(&path).map_err(failed_file("reading", &path))
    };
    let files: Vec<(Digest, u64)> = request
        .files
        .iter()
        .map(|file| (file.sha256, file.size))
        .collect();
    let resolution =
        read_resolution(&read("uris")?, &read("controls")?, &files).map_err(RunError::from)?;
    Ok(resolution)
}

/// Fetches the packages that the cache does not have: from where packages are kept, else through
/// the root's own apt.
pub(in crate::engine) fn fetch_packages(
    resolution: &Resolution,
    context: RunContext<'_>,
) -> Result<(), Error> {
    let cache = cache(context.outside.store())?;
    let is_missing =
        |one: &&Resolved| !one.url.is_empty() && !cache.join(one.sha256.hex()).is_file();
    let mut missing: Vec<&Resolved> = resolution.packages.iter().filter(is_missing).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if let Some(vendored) = context.outside.vendored()? {
        for package in &missing {
            vendored.take(package, &cache)?;
        }
        missing.retain(is_missing);
        if missing.is_empty() {
            return Ok(());
        }
    }
    let size: u64 = missing.iter().map(|one| one.size).sum();
    let count = missing.len();
    context.outside.say(&format!(
        "fetching {count} packages, {} MB",
        size.div_ceil(1_000_000)
    ));
    let mut running = Running::start(context, "fetching packages")?;
    fs::create_dir_all(below(&running.temporary(), PLACE))
        .map_err(failed_file("making", &running.temporary()))?;
    let script = fetch_script(&missing);
    running.add_job(script_job("fetching packages", &script, true, context));
    let folder = running.discard()?;
    let place = below(&folder.temporary(), PLACE).join("debs");
    let is_gone = |one: &&&Resolved| !place.join(one.sha256.hex()).exists();
    let gone: Vec<String> = missing
        .iter()
        .filter(is_gone)
        .map(|one| format!("{} {}", one.name, one.version))
        .collect();
    if !gone.is_empty() {
        return Err(RunError::Gone(gone.join(", ")).into());
    }
    for package in missing {
        let file = place.join(package.sha256.hex());
        keep(&file, &package.sha256, &cache).map_err(|why| RunError::Package {
            name: package.name.clone(),
            why,
        })?;
    }
    Ok(())
}

fn copy_file(file: &Input, into: &Path) -> Result<(), Error> {
    fs::create_dir_all(into).map_err(failed_file("making", into))?;
    let name = file.path.rsplit('/').next().unwrap_or_default();
    fs::copy(&file.file, into.join(name)).map_err(failed_file("copying", &file.file))?;
    Ok(())
}

/// Finds out which packages an entry means, each request on the state that those before it leave.
pub(in crate::engine) fn resolve_all(
    actions: &[Action],
    state: &State,
    context: RunContext<'_>,
    (label, pinned): (&str, &[Pinned]),
) -> Result<Vec<Resolution>, Error> {
    let mut found: Vec<Resolution> = Vec::new();
    for (position, action) in actions.iter().enumerate() {
        let Action::Packages(request) = action else {
            continue;
        };
        let kept = match pinned.get(found.len()) {
            Some(Pinned::Known(known)) => {
                found.push(known.clone());
                continue;
            }
            Some(Pinned::Open(kept)) => kept.as_slice(),
            None => &[],
        };
        let before = actions.get(..position).unwrap_or_default();
        for resolution in &found {
            fetch_packages(resolution, context)?;
        }
        let mut running = Running::start(context, label)?;
        running.add(before, &mut state.clone(), &mut found.iter())?;
        found.push(resolve_request(request, running, (context, kept))?);
    }
    Ok(found)
}
