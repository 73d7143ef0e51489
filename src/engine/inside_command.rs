//! A command of a run: what it sees, who runs it, how much of the disk it may take.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::account::{Account, GROUPS, USERS, Unknown};
use super::inside::Trouble;
use super::inside_chroot::Placed;
use super::inside_run::Folders;
use super::inside_scratch::{make_workplace, with_scratch};
use super::task::{BindSource, Reply, RunJob, RunTask};
use crate::action::{Id, Owner, User};
use crate::package::{Fate, fate_in_step};
use crate::path::TreePath;
use crate::sandbox::{self, Bind, Confined, Isolation};
use crate::tree::InRoot;

/// Runs a command; one that fails, or takes too much of the disk, is an error.
pub(super) fn command(
    task: &RunTask,
    folders: &Folders,
    (root, stubs): (&mut InRoot, &mut Stubs),
    job: &RunJob,
) -> Result<(), Trouble> {
    let account = account(root, job.user.as_ref())?;
    let user = account.ids;
    let binds = binds_of(task, folders, root, (job, user))?;
    let only_chroot = task.isolation == Isolation::Chroot;
    let make = |root: &mut InRoot| make_workplace(root, &job.directory, user);
    let (placed, binds) = if only_chroot {
        let placed = Placed::put(folders, &binds)?;
        make(root)?;
        (Some(placed), binds)
    } else {
        let binds = [folders.scratch.clone(), binds].concat();
        stubs.expect(root, &binds, &job.directory)?;
        with_scratch(task.isolation, folders, (root, stubs), make)?;
        (None, binds)
    };
    let mut room = Room::measure(&task.folder, task.size_limit);
    let code = sandbox::run(
        &Confined {
            root: &folders.root,
            arguments: &job.arguments,
            environment: with_home(&job.environment, &account),
            directory: &job.directory,
            user,
            // Where there is one id alone, nobody may set groups.
            groups: match task.isolation {
                Isolation::SingleId => Vec::new(),
                _ => account.groups,
            },
            network: job.network,
            binds,
            only_chroot,
        },
        &folders.memory,
        &mut || room.is_left(),
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
        _ if room.exhausted => Err(Trouble::Said(Reply::TooLarge { label })),
        0 => Ok(()),
        code => Err(Trouble::Said(Reply::Failed { label, code })),
    }
}

/// What appears in the root while a command runs, beside scratch folders: name servers, what it asks
/// for, and its secrets, which are in memory only.
fn binds_of(
    task: &RunTask,
    folders: &Folders,
    root: &mut InRoot,
    (job, user): (&RunJob, (u32, u32)),
) -> Result<Vec<Bind>, Trouble> {
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
fn resolver(task: &RunTask, folders: &Folders, root: &mut InRoot) -> Result<Option<Bind>, Trouble> {
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

/// The numbers of a user and a group of the root.
pub(super) fn ids(root: &mut InRoot, owner: &Owner) -> Result<(u32, u32), Trouble> {
    let uid = id(root, &owner.user, USERS)?;
    let gid = match id(root, &owner.group, GROUPS) {
        Err(_) if owner.group == owner.user => account(root, Some(&owner.user.alone()))?.ids.1,
        other => other?,
    };
    Ok((uid, gid))
}

fn id(root: &mut InRoot, id: &Id, database: &str) -> Result<u32, Trouble> {
    let name = match id {
        Id::Number(number) => return Ok(*number),
        Id::Name(name) => name,
    };
    let text = root.read(database)?.unwrap_or_default();
    let found = String::from_utf8_lossy(&text).lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok())?
    });
    found.ok_or_else(|| unknown(name, database))
}

/// Who runs a command, by the databases of the root.
fn account(root: &mut InRoot, user: Option<&User>) -> Result<Account, Trouble> {
    const ROOT: User = User {
        name: Id::Number(0),
        group: Some(Id::Number(0)),
    };
    let mut text = |database| -> Result<String, Trouble> {
        let bytes = root.read(database)?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let (passwd, group) = (text(USERS)?, text(GROUPS)?);
    Account::of(user.unwrap_or(&ROOT), &passwd, &group)
        .map_err(|Unknown { name, database }| unknown(&name, database))
}

fn unknown(name: &str, database: &str) -> Trouble {
    let message = format!("{database} of the root knows no {name:?}");
    Trouble::Message(message, Some("create it in an entry before".to_owned()))
}

/// The variables with HOME, which is the user's own where nobody states another.
fn with_home(variables: &[(String, String)], account: &Account) -> Vec<(String, String)> {
    let mut all = variables.to_vec();
    if !all.iter().any(|(name, _)| name == "HOME") {
        let unknown = if account.ids.0 == 0 { "/root" } else { "/" };
        let home = account.home.as_deref().unwrap_or(unknown);
        all.push(("HOME".to_owned(), home.to_owned()));
    }
    all
}

/// Mount points and working directories that the root did not have: they go before packing.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Stubs {
    pub paths: Vec<String>,
    /// Files that were copied to places where commands only leave what is of the moment.
    pub stated: Vec<TreePath>,
}

impl Stubs {
    pub(super) fn read(folder: &Path) -> Self {
        let text = fs::read(folder.join("stubs")).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), Trouble> {
        Ok(fs::write(folder.join("stubs"), serde_json::to_vec(self)?)?)
    }

    /// Notes of copied files those that would be taken for what a command left.
    pub(super) fn state(&mut self, put: Vec<TreePath>) {
        let at_risk = put.into_iter();
        self.stated
            .extend(at_risk.filter(|path| fate_in_step(path, true) != Fate::Keep));
    }

    /// Notes what is missing of mount points now.
    pub(super) fn expect(
        &mut self,
        root: &mut InRoot,
        binds: &[Bind],
        directory: &str,
    ) -> Result<(), Trouble> {
        let fixed = ["/proc", "/dev", "/sys"].into_iter();
        let targets = binds.iter().map(|bind| bind.target.as_str());
        for target in targets.chain(fixed).chain([directory]) {
            let missing = root.missing(target)?;
            self.paths.extend(missing);
        }
        self.paths.sort();
        self.paths.dedup();
        Ok(())
    }
}

/// How much of the disk a run may still take.
struct Room {
    folder: PathBuf,
    limit: Option<u64>,
    free: u64,
    exhausted: bool,
}

impl Room {
    fn measure(folder: &Path, limit: Option<u64>) -> Self {
        Self {
            folder: folder.to_path_buf(),
            limit,
            free: free(folder),
            exhausted: false,
        }
    }

    /// Looks whether the disk lost more than the run may take, and if so whether the run took it.
    fn is_left(&mut self) -> bool {
        let Some(limit) = self.limit else { return true };
        let gone = self.free.saturating_sub(free(&self.folder));
        self.exhausted = gone > limit && size(&self.folder) > limit;
        !self.exhausted
    }
}

fn free(folder: &Path) -> u64 {
    rustix::fs::statvfs(folder).map_or(0, |stat| stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// The bytes that the changes and scratch folders of a run take.
fn size(folder: &Path) -> u64 {
    let folders = ["upper", "scratch"].map(|name| folder.join(name));
    folders.iter().map(|folder| size_below(folder)).sum()
}

fn size_below(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => size_below(&entry.path()),
        Ok(found) => found.blocks() * 512,
        Err(_) => 0,
    };
    entries.map(size).sum()
}
