//! Packages of an `apt` step: resolved once, fetched once, installed without network.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::error::{Error, RunError};
use super::job::environment;
use super::run::{Ground, Running};
use super::runner::RunFolder;
use super::task::{BindJob, BindSource, RunJob};
use crate::action::{Input, Packages};
use crate::oci::Digest;
use crate::package::{
    PLACE, Resolution, Resolved, fetch_script, install_script, read_resolution, resolve_script,
};
use crate::store::Store;

/// Keeps services from starting while packages are installed (Debian's policy-rc.d interface).
const NO_SERVICES: &str = "#!/bin/sh\nexit 101\n";

/// Asks the archives that the root names for the exact packages of a request.
pub(super) fn resolve(
    request: &Packages,
    mut running: Running<'_>,
    (ground, kept): (Ground<'_>, &[Resolved]),
) -> Result<Resolution, Error> {
    ground.outside.say("resolving packages");
    let place = below(&running.temporary(), PLACE);
    for file in &request.files {
        copy_file(file, &place.join("files"))?;
    }
    running.add_job(script_job(
        "resolving packages",
        &resolve_script(request, kept),
        true,
        ground,
    ));
    let folder = running.discard()?;
    let place = below(&folder.temporary(), PLACE);
    let read = |name: &str| -> Result<String, Error> {
        let path = place.join(name);
        fs::read_to_string(&path).map_err(io("reading", &path))
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
pub(super) fn fetch(resolution: &Resolution, ground: Ground<'_>) -> Result<(), Error> {
    let cache = cache(ground)?;
    let is_missing =
        |one: &&Resolved| !one.url.is_empty() && !cache.join(one.sha256.hex()).is_file();
    let mut missing: Vec<&Resolved> = resolution.packages.iter().filter(is_missing).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if let Some(vendored) = ground.outside.vendored()? {
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
    ground.outside.say(&format!(
        "fetching {count} packages, {} MB",
        size.div_ceil(1_000_000)
    ));
    let mut running = Running::start(ground, "fetching packages")?;
    fs::create_dir_all(below(&running.temporary(), PLACE))
        .map_err(io("making", &running.temporary()))?;
    let script = fetch_script(&missing);
    running.add_job(script_job("fetching packages", &script, true, ground));
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

/// Puts a package file into the cache if it is what its digest says.
pub(super) fn keep(file: &Path, sha256: &Digest, cache: &Path) -> Result<(), String> {
    let bytes = fs::read(file).map_err(|error| error.to_string())?;
    let found = Digest::of(&bytes);
    if found != *sha256 {
        return Err(format!("it has the digest {found}"));
    }
    let mut staged = tempfile::NamedTempFile::new_in(cache).map_err(|error| error.to_string())?;
    staged
        .write_all(&bytes)
        .map_err(|error| error.to_string())?;
    let place = cache.join(sha256.hex());
    let kept = staged.persist(place);
    kept.map(drop).map_err(|error| error.to_string())
}

/// The folder of package files, by digest.
fn cache(ground: Ground<'_>) -> Result<PathBuf, Error> {
    let cache = cache_of(ground.outside.store());
    fs::create_dir_all(&cache).map_err(io("making", &cache))?;
    Ok(cache)
}

/// Where a store has package files, by digest.
pub(super) fn cache_of(store: &Store) -> PathBuf {
    store.path().join("cache/packages")
}

/// The command that installs resolved packages; lays their repository into the folder of the run.
pub(super) fn install_job(
    request: &Packages,
    resolution: &Resolution,
    ground: Ground<'_>,
    folder: &RunFolder,
) -> Result<RunJob, Error> {
    fetch(resolution, ground)?;
    let cache = cache(ground)?;
    let place = below(&folder.temporary(), PLACE).join("repository");
    fs::create_dir_all(&place).map_err(io("making", &place))?;
    for package in &resolution.packages {
        let file = place.join(package.file_name());
        match package.url.is_empty() {
            true => {
                let own = request
                    .files
                    .iter()
                    .find(|file| file.sha256 == package.sha256);
                let own = own.ok_or_else(|| RunError::Package {
                    name: package.name.clone(),
                    why: "it is no file of the repository any more".to_owned(),
                })?;
                fs::copy(&own.file, &file).map_err(io("copying", &own.file))?;
            }
            // A copy: what runs in the root must not reach the cache.
            false => {
                let kept = cache.join(package.sha256.hex());
                touch(&kept);
                fs::copy(&kept, &file).map_err(io("copying", &kept))?;
            }
        }
    }
    let list = place.join("list");
    fs::write(&list, resolution.listing()).map_err(io("writing", &list))?;
    let policy = folder.path().join("policy-rc.d");
    fs::write(&policy, NO_SERVICES).map_err(io("writing", &policy))?;
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&policy, mode).map_err(io("writing", &policy))?;
    let label = format!("apt: {}", request.summary());
    let mut job = script_job(&label, &install_script(request, resolution), false, ground);
    job.binds.push(BindJob {
        source: BindSource::Path(policy),
        target: "/usr/sbin/policy-rc.d".to_owned(),
        read_only: true,
    });
    Ok(job)
}

/// A script of terroir's own as a command.
fn script_job(label: &str, script: &str, network: bool, ground: Ground<'_>) -> RunJob {
    let variables = environment(ground, &std::collections::BTreeMap::new());
    RunJob {
        label: label.to_owned(),
        arguments: ["/bin/sh", "-c", script].map(str::to_owned).to_vec(),
        environment: variables.into_iter().collect(),
        directory: "/".to_owned(),
        user: None,
        network,
        binds: Vec::new(),
        secrets: Vec::new(),
    }
}

/// Marks a package file as used now, which prune looks at.
fn touch(file: &Path) {
    if let Ok(file) = fs::File::open(file) {
        let now = rustix::fs::Timespec {
            tv_sec: 0,
            tv_nsec: rustix::fs::UTIME_NOW,
        };
        let times = rustix::fs::Timestamps {
            last_access: now,
            last_modification: now,
        };
        // In a store that may only be read nothing is pruned either.
        let _ = rustix::fs::futimens(&file, &times);
    }
}

fn copy_file(file: &Input, into: &Path) -> Result<(), Error> {
    fs::create_dir_all(into).map_err(io("making", into))?;
    let name = file.path.rsplit('/').next().unwrap_or_default();
    fs::copy(&file.file, into.join(name)).map_err(io("copying", &file.file))?;
    Ok(())
}

/// A place of `/tmp` in the folder that stands for it.
fn below(temporary: &Path, place: &str) -> PathBuf {
    temporary.join(place.trim_start_matches("/tmp/"))
}

fn io(doing: &str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let doing = format!("{doing} {}", path.display());
    move |source| Error::Io { doing, source }
}
