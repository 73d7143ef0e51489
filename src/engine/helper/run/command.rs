//! A command of a run: what it sees and who runs it.

use std::fs;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use crate::engine::account::Account;
use crate::sandbox;
use crate::sandbox::{Bind, Confined, Isolation};
use crate::tree::InRoot;

use super::chroot::CopiedMounts;
use super::disk::DiskBudget;
use super::folders::Folders;
use super::ids::account;
use super::scratch::{make_workplace, with_scratch};
use super::stubs::Stubs;
use crate::engine::helper::error::TaskError;
use crate::engine::helper::task::{BindSource, Reply, RunJob, RunTask};

/// Runs a command; one that fails, or takes too much of the disk, is an error.
pub(super) fn command(
    task: &RunTask,
    folders: &Folders,
    (root, stubs): (&mut InRoot, &mut Stubs),
    job: &RunJob,
) -> Result<(), TaskError> {
    let account = account(root, job.user.as_ref())?;
    let user = account.ids;
    let binds = binds_of(task, folders, root, (job, user))?;
    let only_chroot = task.isolation == Isolation::Chroot;
    let make = |root: &mut InRoot| make_workplace(root, &job.directory, user);
    let (placed, binds) = if only_chroot {
        let placed = CopiedMounts::put(folders, &binds)?;
        make(root)?;
        (Some(placed), binds)
    } else {
        let binds = [folders.scratch.clone(), binds].concat();
        stubs.expect(root, &binds, &job.directory)?;
        with_scratch(task.isolation, folders, (root, stubs), make)?;
        (None, binds)
    };
    let mut budget = DiskBudget::measure(&task.folder, task.size_limit);
    let code = sandbox::run(
        &Confined {
            root: &folders.root,
            arguments: &job.arguments,
            environment: with_home(&job.environment, &account),
            directory: &job.directory,
            user,
            // Where there is only one id, setting groups is not allowed.
            groups: match task.isolation {
                Isolation::SingleId => Vec::new(),
                _ => account.groups,
            },
            network: job.network,
            binds,
            only_chroot,
        },
        &folders.memory,
        &mut || budget.is_left(),
    );
    if let Some(placed) = placed {
        placed.take_away()?;
    }
    let code = code?;
    for number in 0..job.secrets.len() {
        fs::remove_file(folders.memory.join(format!("secret-{number}")))?;
    }
    let label = job.label.clone();
    match code {
        _ if budget.exhausted => Err(TaskError::Said(Reply::TooLarge { label })),
        0 => Ok(()),
        code => Err(TaskError::Said(Reply::Failed { label, code })),
    }
}

/// What appears in the root while a command runs, beside scratch folders: name servers, what it asks
/// for, and its secrets, which are in memory only.
fn binds_of(
    task: &RunTask,
    folders: &Folders,
    root: &mut InRoot,
    (job, user): (&RunJob, (u32, u32)),
) -> Result<Vec<Bind>, TaskError> {
    let mut binds = Vec::new();
    if job.network {
        binds.extend(resolver(task, folders, root)?);
    }
    for bind in &job.binds {
        let source = match &bind.source {
            BindSource::Path(path) => path.clone(),
            BindSource::Tree(number, path) => {
                InRoot::open(&folders.tree(*number))?.real_path(path)?
            }
        };
        binds.push(Bind {
            source,
            target: bind.target.clone(),
            read_only: bind.read_only,
        });
    }
    for (number, (target, bytes)) in job.secrets.iter().enumerate() {
        let file = folders.memory.join(format!("secret-{number}"));
        let mut secret = File::create(&file)?;
        secret.set_permissions(fs::Permissions::from_mode(0o400))?;
        secret.write_all(bytes)?;
        rustix::fs::chown(
            &file,
            Some(rustix::fs::Uid::from_raw(user.0)),
            Some(rustix::fs::Gid::from_raw(user.1)),
        )?;
        binds.push(Bind {
            source: file,
            target: target.clone(),
            read_only: true,
        });
    }
    Ok(binds)
}

/// Makes the machine's name servers known where the root looks for them.
fn resolver(
    task: &RunTask,
    folders: &Folders,
    root: &mut InRoot,
) -> Result<Option<Bind>, TaskError> {
    const PLACE: &str = "/etc/resolv.conf";
    let file = folders.memory.join("resolv.conf");
    fs::write(&file, &task.resolver)?;
    let target = match root.link(PLACE)? {
        None => PLACE.to_owned(),
        Some(link) => {
            let link = String::from_utf8_lossy(&link).into_owned();
            let below = link.trim_start_matches("../").trim_start_matches('/');
            let run = folders.scratch.iter().find(|bind| bind.target == "/run");
            let (Some(name), Some(run)) = (below.strip_prefix("run/"), run) else {
                return Ok(None);
            };
            let place = run.source.join(name);
            if name.split('/').any(|part| part == "..") {
                return Ok(None);
            }
            if let Some(above) = place.parent() {
                fs::create_dir_all(above)?;
            }
            fs::write(place, &task.resolver)?;
            return Ok(None);
        }
    };
    Ok(Some(Bind {
        source: file,
        target,
        read_only: true,
    }))
}

/// The variables with HOME, which is the user's own unless another is stated.
fn with_home(variables: &[(String, String)], account: &Account) -> Vec<(String, String)> {
    let mut all = variables.to_vec();
    if !all.iter().any(|(name, _)| name == "HOME") {
        let unknown = if account.ids.0 == 0 { "/root" } else { "/" };
        let home = account.home.as_deref().unwrap_or(unknown);
        all.push(("HOME".to_owned(), home.to_owned()));
    }
    all
}
