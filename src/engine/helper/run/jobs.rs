//! A run: its root and its jobs, in order.

use std::fs;
use std::fs::File;
use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, mount};

use crate::sandbox::{Isolation, Overlay, mount_overlay, unmount};
use crate::tree::{InRoot, add_archive, apply_layer, copy_tree};

use super::chroot::copy_root;
use super::command::command;
use super::folders::{Folders, promised};
use super::ids::ids;
use super::pack::pack;
use super::scratch::with_scratch;
use super::shape::shape_root;
use super::stubs::Stubs;
use crate::engine::helper::error::{TaskError, causes};
use crate::engine::helper::files::ownership;
use crate::engine::helper::task::{Job, Reply, RunJob, RunTask, UnpackJob};

/// Changes a root as a task says, and packs the changes if that is asked for.
pub(in crate::engine) fn run(task: &RunTask) -> Result<Reply, TaskError> {
    let folders = Folders::of(&task.folder);
    folders.make()?;
    assemble(task, &folders)?;
    let mut root = InRoot::open(&folders.root)?;
    let mut stubs = Stubs::read(&task.folder);
    let runs = |job: &Job| matches!(job, Job::Run(_) | Job::Shape(..));
    if task.jobs.iter().any(runs) {
        materialise(task, &folders, (&mut root, &mut stubs))?;
    }
    for job in &task.jobs {
        match job {
            Job::Apply(archive) => apply(task, &folders, archive)?,
            Job::ApplyScratch(archive) => {
                let around = (&mut root, &mut stubs);
                with_scratch(task.isolation, &folders, around, |_| {
                    apply(task, &folders, archive)
                })?;
            }
            Job::Copy(copy) => {
                let around = (&mut root, &mut stubs);
                let put = with_scratch(task.isolation, &folders, around, |root| {
                    let owner = copy.owner.as_ref().map(|owner| ids(root, owner));
                    Ok(copy_tree(
                        (&folders.tree(copy.tree), &copy.source),
                        (&folders.root, &copy.destination),
                        (owner.transpose()?, copy.mode),
                        ownership(task.isolation),
                    )?)
                })?;
                stubs.state(put);
            }
            Job::Unpack(add) => {
                let around = (&mut root, &mut stubs);
                let put = with_scratch(task.isolation, &folders, around, |_| {
                    add_archive(
                        &add.archive,
                        (&folders.root, &add.destination),
                        ownership(task.isolation),
                    )
                    .map_err(|error| refused(add, &error))
                })?;
                stubs.state(put);
            }
            Job::Run(job) => command(task, &folders, (&mut root, &mut stubs), job)?,
            Job::Shape(script, life_cycle) => {
                let around = (&mut root, &mut stubs);
                shape_root(task, &folders, around, (script, *life_cycle))?;
            }
        }
    }
    drop(root);
    stubs.write(&task.folder)?;
    if task.isolation != Isolation::Chroot {
        unmount(&folders.root)?;
    }
    match &task.pack {
        None => Ok(Reply::Done),
        Some(how) => pack(task, &folders, how, &stubs),
    }
}

/// Puts the entries of an archive of terroir's own over the root.
fn apply(task: &RunTask, folders: &Folders, archive: &Path) -> Result<(), TaskError> {
    let archive = File::open(archive)?;
    Ok(apply_layer(
        archive,
        &folders.root,
        ownership(task.isolation),
    )?)
}

/// Says of an archive what is wrong with it.
fn refused(add: &UnpackJob, error: &crate::tree::Error) -> TaskError {
    let why = causes(error).replace("the layer", "the archive");
    TaskError::Message(format!("{}: {why}", add.label), None)
}

/// Makes what a root without `/var` promises to make when it boots: an image that boots from a
/// read-only `/usr` has an empty `/var`, and keeps dpkg's database below `/usr` (tmpfiles.d(5)).
///
/// What is made below `/var` is not part of the layer; links from there into `/usr` lead to what is.
fn materialise(
    task: &RunTask,
    folders: &Folders,
    (root, stubs): (&mut InRoot, &mut Stubs),
) -> Result<(), TaskError> {
    const PROGRAM: &str = "/usr/bin/systemd-tmpfiles";
    let lacks = |path: &str| root.missing(path).map(|missing| !missing.is_empty());
    if promised(&task.folder).exists() || !lacks("/var/lib")? || lacks(PROGRAM)? {
        return Ok(());
    }
    fs::write(promised(&task.folder), "")?;
    let arguments = [
        PROGRAM,
        "--create",
        "--prefix=/var",
        "--prefix=/usr/local",
        "--prefix=/opt",
    ];
    let job = RunJob {
        label: "making /var".to_owned(),
        // It fails for what only a booted machine has; what is missing then, a command names itself.
        arguments: ["/bin/sh", "-c", "\"$@\" 2>/dev/null || true", "sh"]
            .iter()
            .chain(&arguments)
            .map(|word| (*word).to_owned())
            .collect(),
        environment: vec![(
            "PATH".to_owned(),
            "/usr/sbin:/usr/bin:/sbin:/bin".to_owned(),
        )],
        directory: "/".to_owned(),
        user: None,
        network: false,
        binds: Vec::new(),
        secrets: Vec::new(),
    };
    command(task, folders, (root, stubs), &job)
}

/// Makes the root and the others beside it appear.
fn assemble(task: &RunTask, folders: &Folders) -> Result<(), TaskError> {
    if task.isolation == Isolation::Chroot {
        let pristine = task
            .layers
            .first()
            .map_or(Path::new("/var/empty"), PathBuf::as_path);
        for (number, layers) in task.trees.iter().enumerate() {
            if let Some(flat) = layers.first()
                && !folders.tree(number).exists()
            {
                std::os::unix::fs::symlink(flat, folders.tree(number))?;
            }
        }
        return copy_root(pristine, &folders.root);
    }
    let memory = MountFlags::NOSUID | MountFlags::NODEV;
    mount(
        "tmpfs",
        &folders.memory,
        "tmpfs",
        memory,
        Some(c"mode=0700"),
    )?;
    mount_overlay(&Overlay {
        layers: &task.layers,
        upper: Some(&folders.upper),
        work: &folders.work.join("root"),
        target: &folders.root,
    })?;
    for (number, layers) in task.trees.iter().enumerate() {
        mount_overlay(&Overlay {
            layers,
            upper: None,
            work: &folders.work.join(format!("tree-{number}")),
            target: &folders.tree(number),
        })?;
    }
    Ok(())
}
