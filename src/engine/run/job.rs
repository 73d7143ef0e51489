//! A command as the helper runs it: its environment and what it sees of the machine.

use std::collections::BTreeMap;
use std::fs;
use std::fs::File;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::action::{Command, Input, Mount, MountSource, Sharing, Tree};
use crate::engine::error::{Error, RunError};
use crate::engine::helper::{BindJob, BindSource, RunJob};
use crate::engine::lower::copy_input;
use crate::oci::Digest;

use super::context::{RunContext, command_environment, tree_name};
use super::secret::{Hidden, add_secret};

/// The caches that a step has to itself, by name.
pub(super) type Locks = BTreeMap<String, File>;

/// Turns a command into a job; what it sees of the repository is copied into the folder of the run.
pub(super) fn run_job(
    command: &Command,
    context: RunContext<'_>,
    (folder, trees): (&Path, &[Tree]),
    (hidden, locks): (&mut Hidden, &mut Locks),
) -> Result<RunJob, Error> {
    let mut job = RunJob {
        label: command.label.clone(),
        arguments: command.arguments.clone(),
        environment: Vec::new(),
        directory: command.directory.clone(),
        user: command.user.clone(),
        network: command.network,
        binds: Vec::new(),
        secrets: Vec::new(),
    };
    for mount in &command.mounts {
        let source = mount_source(mount, context, (folder, trees), locks)?;
        job.binds.push(BindJob {
            source,
            target: mount.target.clone(),
            read_only: mount.read_only,
        });
    }
    let mut variables = command_environment(context, &command.environment);
    for secret in &command.secrets {
        add_secret(secret, context.runner, &mut job, (&mut variables, hidden))?;
    }
    job.environment = variables.into_iter().collect();
    Ok(job)
}

fn mount_source(
    mount: &Mount,
    context: RunContext<'_>,
    (folder, trees): (&Path, &[Tree]),
    locks: &mut Locks,
) -> Result<BindSource, Error> {
    let failed = |path: &Path| {
        let doing = format!("writing {}", path.display());
        move |source| Error::Io { doing, source }
    };
    Ok(match &mount.source {
        MountSource::Inputs(inputs) => {
            let place = fresh(folder)?;
            for (path, input) in inputs {
                let file = if path.is_empty() {
                    place.join("file")
                } else {
                    place.join(path)
                };
                lay_out(input, &file)?;
            }
            let only = inputs.len() == 1 && inputs.contains_key("");
            BindSource::Path(if only { place.join("file") } else { place })
        }
        MountSource::Text(text) => {
            let file = fresh(folder)?.join("file");
            fs::write(&file, text.as_bytes()).map_err(failed(&file))?;
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).map_err(failed(&file))?;
            BindSource::Path(file)
        }
        MountSource::Cache { name, sharing } => {
            let place = context.outside.store().path().join("cache/mounts");
            let place = place.join(Digest::of(name.as_bytes()).hex());
            fs::create_dir_all(&place).map_err(failed(&place))?;
            // Commands of one step follow each other anyway.
            if *sharing == Sharing::Locked && !locks.contains_key(name) {
                let file = place.with_extension("lock");
                let lock = File::create(&file).map_err(failed(&file))?;
                flock(&lock, FlockOperation::LockExclusive)
                    .map_err(|error| failed(&file)(error.into()))?;
                locks.insert(name.clone(), lock);
            }
            BindSource::Path(place)
        }
        MountSource::Scratch => BindSource::Path(fresh(folder)?),
        MountSource::Tree { tree, path } => {
            let number = trees.iter().position(|known| known == tree);
            let number = number.ok_or_else(|| RunError::Tree(tree_name(tree)))?;
            BindSource::Tree(number, path.clone())
        }
    })
}

/// An empty folder below that of the run.
pub(super) fn fresh(folder: &Path) -> Result<PathBuf, Error> {
    let above = folder.join("mounts");
    let failed = |source| Error::Io {
        doing: format!("making a folder in {}", above.display()),
        source,
    };
    fs::create_dir_all(&above).map_err(failed)?;
    let made = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o755))
        .tempdir_in(&above)
        .map_err(failed)?;
    Ok(made.keep())
}

fn lay_out(input: &Input, file: &Path) -> Result<(), Error> {
    let failed = |source| Error::Io {
        doing: format!("copying {}", input.path),
        source,
    };
    if let Some(above) = file.parent() {
        fs::create_dir_all(above).map_err(failed)?;
    }
    copy_input(input, file)?;
    let mode = if input.executable { 0o755 } else { 0o644 };
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).map_err(failed)
}
