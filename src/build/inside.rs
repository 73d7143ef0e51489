//! The work of the helper, inside its namespaces: unpacking, running, packing, removing.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, mount};

use super::inside_chroot::{Placed, copy_root};
use super::inside_pack::pack;
use super::task::{BindSource, FlattenTask, Job, Reply, RunJob, RunTask, Task, UnpackTask};
use crate::action::{Id, Owner};
use crate::oci::MediaType;
use crate::sandbox::{self, Bind, Confined, Isolation, Overlay, mount_overlay, unmount};
use crate::store::Store;
use crate::tree::{InRoot, Limits, Ownership, apply_layer, copy_tree, unpack_lower};

/// Why a task could not be done.
#[derive(Debug)]
pub(super) enum Trouble {
    /// A reply that says it already.
    Said(Reply),
    /// A message with a hint.
    Message(String, Option<String>),
}

impl<E: std::error::Error> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Message(causes(&error), None)
    }
}

/// Does a task and answers.
#[must_use]
pub fn work(request: &[u8]) -> Vec<u8> {
    let task: Result<Task, _> = serde_json::from_slice(request);
    let reply = match task.map_err(Trouble::from).and_then(carry_out) {
        Ok(reply) | Err(Trouble::Said(reply)) => reply,
        Err(Trouble::Message(message, hint)) => Reply::Error { message, hint },
    };
    serde_json::to_vec(&reply).unwrap_or_default()
}

fn carry_out(task: Task) -> Result<Reply, Trouble> {
    match task {
        Task::Unpack(layers) => {
            layers.iter().try_for_each(unpack)?;
            Ok(Reply::Done)
        }
        Task::Flatten(layers) => flatten(&layers),
        Task::Run(task) => run(&task),
        Task::Remove(paths) => {
            for path in paths {
                remove(&path)?;
            }
            Ok(Reply::Done)
        }
    }
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

/// Who owns what is unpacked in an isolation.
fn ownership(isolation: Isolation) -> Ownership {
    match isolation {
        Isolation::SingleId => Ownership::Noted,
        Isolation::Namespaces | Isolation::Chroot => Ownership::Keep,
    }
}

fn unpack(layer: &UnpackTask) -> Result<(), Trouble> {
    let blob = File::open(&layer.blob)?;
    let media_type = MediaType::from(layer.media_type.as_str());
    new_folder(&layer.into)?;
    let ownership = ownership(layer.isolation);
    let found = unpack_lower(blob, &media_type, &layer.below, &layer.into, ownership)?;
    if found.is_some_and(|found| found != layer.diff_id) {
        let message = format!("a layer of the parent is not {}", layer.diff_id);
        return Err(Trouble::Message(message, None));
    }
    settle_into(&layer.into, &layer.place)
}

fn flatten(task: &FlattenTask) -> Result<Reply, Trouble> {
    new_folder(&task.into)?;
    let store = Store::open(&task.store)?;
    let limits = Limits::default();
    crate::tree::unpack(&task.layers, &store, &task.into, Ownership::Keep, &limits)?;
    settle_into(&task.into, &task.place)?;
    Ok(Reply::Done)
}

/// Gives an unpacked layer its place; one that somebody else put there meanwhile is as good.
pub(super) fn settle_into(from: &Path, place: &Path) -> Result<(), Trouble> {
    if let Some(above) = place.parent() {
        fs::create_dir_all(above)?;
    }
    match fs::rename(from, place) {
        Err(_) if place.is_dir() => remove(from),
        other => Ok(other?),
    }
}

fn new_folder(path: &Path) -> Result<(), Trouble> {
    fs::DirBuilder::new().mode(0o755).create(path)?;
    // Whatever the umask is: this becomes the directory `/` of a root.
    Ok(fs::set_permissions(
        path,
        fs::Permissions::from_mode(0o755),
    )?)
}

pub(super) fn remove(path: &Path) -> Result<(), Trouble> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
            Ok(fs::remove_file(path)?)
        }
        other => Ok(other?),
    }
}

/// The folders of a run.
pub(super) struct Folders {
    /// What changes.
    pub upper: PathBuf,
    /// The root as commands see it.
    pub root: PathBuf,
    /// Memory for the runtime's files and secrets.
    pub memory: PathBuf,
    work: PathBuf,
    /// `/tmp` and `/run` of the commands.
    scratch: [(&'static str, PathBuf); 2],
    /// Other roots.
    trees: PathBuf,
}

impl Folders {
    fn of(folder: &Path) -> Self {
        Self {
            upper: folder.join("upper"),
            root: folder.join("root"),
            memory: folder.join("memory"),
            work: folder.join("work"),
            scratch: [("/tmp", folder.join("tmp")), ("/run", folder.join("run"))],
            trees: folder.join("trees"),
        }
    }

    fn make(&self) -> Result<(), Trouble> {
        // What an overlay used for itself is of no use to the next.
        remove(&self.work)?;
        for folder in [&self.root, &self.memory, &self.work, &self.trees] {
            fs::create_dir_all(folder)?;
        }
        for (name, folder) in &self.scratch {
            fs::create_dir_all(folder)?;
            let mode = if *name == "/tmp" { 0o1777 } else { 0o755 };
            fs::set_permissions(folder, fs::Permissions::from_mode(mode))?;
        }
        fs::create_dir_all(self.scratch[1].1.join("lock"))?;
        if !self.upper.is_dir() {
            new_folder(&self.upper)?;
        }
        Ok(())
    }

    /// Where another root is mounted.
    fn tree(&self, number: usize) -> PathBuf {
        self.trees.join(number.to_string())
    }
}

fn run(task: &RunTask) -> Result<Reply, Trouble> {
    let folders = Folders::of(&task.folder);
    folders.make()?;
    assemble(task, &folders)?;
    let mut root = InRoot::open(&folders.root)?;
    let mut stubs = Stubs::read(&task.folder);
    if task.jobs.iter().any(|job| matches!(job, Job::Run(_))) {
        materialise(task, &folders, (&mut root, &mut stubs))?;
    }
    for job in &task.jobs {
        match job {
            Job::Apply(archive) => {
                apply_layer(
                    File::open(archive)?,
                    &folders.root,
                    ownership(task.isolation),
                )?;
            }
            Job::Copy(copy) => {
                let owner = copy.owner.as_ref().map(|owner| ids(&mut root, owner));
                let owner = owner.transpose()?.unwrap_or_default();
                copy_tree(
                    (&folders.tree(copy.tree), &copy.source),
                    (&folders.root, &copy.destination),
                    (owner, copy.mode),
                    ownership(task.isolation),
                )?;
            }
            Job::Run(job) => command(task, &folders, (&mut root, &mut stubs), job)?,
        }
    }
    drop(root);
    stubs.write(&task.folder)?;
    if task.isolation != Isolation::Chroot {
        unmount(&folders.root)?;
    }
    match &task.pack {
        None => Ok(Reply::Done),
        Some(how) => pack(task, &folders, how, &stubs.paths),
    }
}

/// Makes what a root without `/var` promises to make when it boots: an image that boots from a
/// read-only `/usr` has an empty `/var`, and keeps dpkg's database below `/usr` (tmpfiles.d(5)).
///
/// What is made below `/var` is no part of the layer; links from there into `/usr` lead to what is.
fn materialise(
    task: &RunTask,
    folders: &Folders,
    (root, stubs): (&mut InRoot, &mut Stubs),
) -> Result<(), Trouble> {
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

/// The file that says that `/var` was made for this run alone.
pub(super) fn promised(folder: &Path) -> PathBuf {
    folder.join("promised")
}

/// Makes the root and the others beside it appear.
fn assemble(task: &RunTask, folders: &Folders) -> Result<(), Trouble> {
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

fn command(
    task: &RunTask,
    folders: &Folders,
    (root, stubs): (&mut InRoot, &mut Stubs),
    job: &RunJob,
) -> Result<(), Trouble> {
    let user = match &job.user {
        Some(owner) => ids(root, owner)?,
        None => (0, 0),
    };
    let mut binds: Vec<Bind> = folders
        .scratch
        .iter()
        .map(|(target, source)| Bind {
            source: source.clone(),
            target: (*target).to_owned(),
            read_only: false,
        })
        .collect();
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
    stubs.expect(root, &binds, &job.directory)?;
    root.make_directories(&job.directory)?;
    let only_chroot = task.isolation == Isolation::Chroot;
    let placed = match only_chroot {
        true => Some(Placed::put(folders, &binds)?),
        false => None,
    };
    let mut room = Room::measure(&task.folder, task.size_limit);
    let code = sandbox::run(
        &Confined {
            root: &folders.root,
            arguments: &job.arguments,
            environment: job.environment.clone(),
            directory: &job.directory,
            user,
            groups: groups(root, job.user.as_ref())?,
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
            let Some(name) = below.strip_prefix("run/") else {
                return Ok(None);
            };
            let place = folders.scratch[1].1.join(name);
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
fn ids(root: &mut InRoot, owner: &Owner) -> Result<(u32, u32), Trouble> {
    Ok((
        id(root, &owner.user, "/etc/passwd")?,
        id(root, &owner.group, "/etc/group")?,
    ))
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
    found.ok_or_else(|| {
        let message = format!("{database} of the root knows no {name:?}");
        Trouble::Message(message, Some("create it in an entry before".to_owned()))
    })
}

/// The further groups of a user that was given by name.
fn groups(root: &mut InRoot, owner: Option<&Owner>) -> Result<Vec<u32>, Trouble> {
    let Some(Id::Name(user)) = owner.map(|owner| &owner.user) else {
        return Ok(Vec::new());
    };
    let text = root.read("/etc/group")?.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let member = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let [_, _, number, members] = fields.as_slice() else {
            return None;
        };
        let is_member = members.split(',').any(|member| member == user);
        is_member.then(|| number.parse().ok())?
    };
    Ok(text.lines().filter_map(member).collect())
}

/// Mount points and working directories that the root did not have: they go before packing.
#[derive(Default)]
struct Stubs {
    paths: Vec<String>,
}

impl Stubs {
    fn read(folder: &Path) -> Self {
        let text = fs::read(folder.join("stubs")).unwrap_or_default();
        Self {
            paths: serde_json::from_slice(&text).unwrap_or_default(),
        }
    }

    fn write(&self, folder: &Path) -> Result<(), Trouble> {
        Ok(fs::write(
            folder.join("stubs"),
            serde_json::to_vec(&self.paths)?,
        )?)
    }

    /// Notes what is missing of mount points now.
    fn expect(
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
    let folders = ["upper", "tmp", "run"].map(|name| folder.join(name));
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
