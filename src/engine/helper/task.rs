//! What the helper is asked to do inside its namespaces, and what it answers.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::action::{LifeCycle, Owner, User};
use crate::bootable::disk::{Made, Order};
use crate::oci::{Descriptor, Digest};
use crate::package::Accounts;
use crate::path::TreePath;
use crate::sandbox::Isolation;

/// The kind of note that keeps the entries of a layer without the contents that are not needed.
pub(in crate::engine) const SKELETON: &str = "configured-skeletons";

/// What lines of the log begin with that say how far a disk is.
pub(in crate::engine) const DISK_STEP: &str = "terroir-disk: ";

/// A task for the helper.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::engine) enum Task {
    /// Unpacks layers, each by itself.
    Unpack(Vec<UnpackTask>),
    /// Unpacks all layers of a root onto each other.
    Flatten(FlattenTask),
    /// Changes a root, and packs the changes.
    Run(Box<RunTask>),
    /// Makes a disk of an image.
    Disk(Box<Order>, Isolation),
    /// Tries what the others need in an empty folder.
    Probe(PathBuf, Isolation),
    /// Removes files and folders that belong to ids of the namespace.
    Remove(Vec<PathBuf>),
}

/// One layer to unpack.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::engine) struct UnpackTask {
    /// Its blob.
    pub blob: PathBuf,
    /// Its media type.
    pub media_type: String,
    /// Its diff ID, which is checked.
    pub diff_id: Digest,
    /// The unpacked layers under it, the lowest first.
    pub below: Vec<PathBuf>,
    /// An empty folder to unpack into.
    pub into: PathBuf,
    /// Where the folder goes when it is whole.
    pub place: PathBuf,
    /// How ids are had.
    pub isolation: Isolation,
}

/// A root to unpack as a whole.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::engine) struct FlattenTask {
    /// The store that has the layers.
    pub store: PathBuf,
    /// The layers, the lowest first.
    pub layers: Vec<Descriptor>,
    /// An empty folder to unpack into.
    pub into: PathBuf,
    /// Where the folder goes when it is whole.
    pub place: PathBuf,
}

/// A root to change.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::engine) struct RunTask {
    /// How commands are confined.
    pub isolation: Isolation,
    /// The folder of this run: `upper`, and whatever else it needs; kept between tasks of a step.
    pub folder: PathBuf,
    /// The unpacked layers of the root, the lowest first.
    pub layers: Vec<PathBuf>,
    /// Other roots, mounted read-only, each by its unpacked layers.
    pub trees: Vec<Vec<PathBuf>>,
    /// What is done, in order.
    pub jobs: Vec<Job>,
    /// How the changes are packed; they stay in the folder when absent.
    pub pack: Option<PackTask>,
    /// Most bytes that the run may take from the disk.
    pub size_limit: Option<u64>,
    /// What `/etc/resolv.conf` holds while there is a network.
    pub resolver: String,
}

/// One change of a root.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::engine) enum Job {
    /// Puts the entries of a plain archive over the root.
    Apply(PathBuf),
    /// The same for entries in the scratch folders.
    ApplyScratch(PathBuf),
    /// Copies from another root.
    Copy(CopyJob),
    /// Unpacks an archive.
    Unpack(UnpackJob),
    /// Runs a command.
    Run(Box<RunJob>),
    /// Gives the root a shape; the command is how its scripts run.
    Shape(Box<RunJob>, LifeCycle),
}

/// A copy from another root.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::engine) struct CopyJob {
    /// The root, by its place in [`RunTask::trees`].
    pub tree: usize,
    /// The path in it; its last component may be a pattern.
    pub source: String,
    /// Where it goes.
    pub destination: String,
    /// Who owns the copies; who owns the sources when absent.
    pub owner: Option<Owner>,
    /// Permission bits of the copies.
    pub mode: Option<u32>,
}

/// An archive to unpack.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::engine) struct UnpackJob {
    /// Its name in errors.
    pub label: String,
    /// The archive.
    pub archive: PathBuf,
    /// The folder that its members go into.
    pub destination: String,
}

/// A command.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::engine) struct RunJob {
    /// Its name in errors.
    pub label: String,
    /// Program and arguments.
    pub arguments: Vec<String>,
    /// Its whole environment, secrets included; HOME is that of its user when absent.
    pub environment: Vec<(String, String)>,
    /// Its working directory.
    pub directory: String,
    /// Who runs it.
    pub user: Option<User>,
    /// Whether it reaches the network.
    pub network: bool,
    /// What appears in the root.
    pub binds: Vec<BindJob>,
    /// Files that are only in memory: path inside the root and bytes.
    pub secrets: Vec<(String, Vec<u8>)>,
}

/// Something that appears in the root.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::engine) struct BindJob {
    /// What appears.
    pub source: BindSource,
    /// Where, absolute inside the root.
    pub target: String,
    /// Whether writing there is refused.
    pub read_only: bool,
}

/// What appears in a root.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::engine) enum BindSource {
    /// A path of the machine.
    Path(PathBuf),
    /// A path of another root.
    Tree(usize, String),
}

/// How changes are packed.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::engine) struct PackTask {
    /// The store that keeps the layer.
    pub store: PathBuf,
    /// The name of the codec.
    pub codec: String,
    /// The latest time that an entry may have, in seconds since 1970.
    pub epoch: u64,
    /// Where the unpacked layers of roots are; the changes become one of them.
    pub roots: PathBuf,
    /// The ids that accounts should have which the run makes.
    pub accounts: Accounts,
    /// Where the entries are listed, if that is all that is wanted and nothing is packed.
    pub survey: Option<PathBuf>,
    /// Files that the entry states: they stay, whatever commands leave at such places.
    pub stated: Vec<TreePath>,
}

/// The result of a task.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::engine) enum Reply {
    /// It is done.
    Done,
    /// It is done, and this is the layer, none when nothing changed; and files that commands left
    /// and that are not in it.
    Packed(Option<PackedReply>, Vec<TreePath>),
    /// The disk is made.
    Disk(Made),
    /// A command failed.
    Failed {
        /// Its name.
        label: String,
        /// Its exit code.
        code: i32,
    },
    /// The run took more of the disk than it may.
    TooLarge {
        /// The command.
        label: String,
    },
    /// Something else went wrong.
    Error {
        /// What, with its causes.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
}

/// A packed layer, as [`crate::tree::Packed`] has it.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::engine) struct PackedReply {
    pub diff_id: Digest,
    pub digest: Digest,
    pub size: u64,
    pub uncompressed: u64,
}
