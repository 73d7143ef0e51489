//! What can go wrong between a flavour and its image.

use std::io;
use std::path::Path;

use crate::oci::BlobError;
use crate::path::{PathError, TreePath};

/// Why the actions of an entry cannot be carried out on a root.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// A path that cannot be followed inside the root.
    #[error("{path} cannot be followed inside the root: {source}")]
    Path {
        /// The path as the action states it.
        path: TreePath,
        /// What is wrong with it.
        #[source]
        source: Box<crate::tree::Error>,
    },
    /// A name that cannot be.
    #[error(transparent)]
    Name(#[from] PathError),
    /// A file would replace a directory.
    #[error(
        "{0} is a folder already, and no file takes its place; end the path with a slash to put the file into it, or remove the folder first"
    )]
    IsDirectory(TreePath),
    /// A directory would replace a file.
    #[error("{0} is a file already, and no folder takes its place; remove it first")]
    IsFile(TreePath),
    /// The record's own place.
    #[error("{0} belongs to the flavour record, no step may write there")]
    Reserved(TreePath),
    /// Something to edit that is not there.
    #[error("{0} does not exist, so nothing in it can be changed")]
    NoFile(TreePath),
    /// A file to edit that is not text.
    #[error("{0} is not a text file")]
    NotText(TreePath),
    /// A user or group that the root does not know.
    #[error("{name:?} is not in {database} of the root; write a number or create it before")]
    Owner {
        /// The name.
        name: String,
        /// The database that was looked at.
        database: &'static str,
    },
    /// An input that cannot be read.
    #[error("reading {path}")]
    Input {
        /// The input, relative to the repository.
        path: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// An input that changed while the build ran.
    #[error("{0} changed while it was being built; build again")]
    Changed(String),
    /// A file that is read as text and is too large for one.
    #[error("{path} has {size} bytes; one that is changed or read as a unit may have {limit}")]
    TooLarge {
        /// The input, relative to the repository.
        path: String,
        /// Its size in bytes.
        size: u64,
        /// Most bytes that are read.
        limit: u64,
    },
    /// A parent's layer that cannot be read.
    #[error("reading {path} from the parent")]
    View {
        /// The file.
        path: TreePath,
        /// What happened.
        #[source]
        source: Box<Error>,
    },
    /// An action that needs an unpacked root, where there is none.
    #[error("it runs commands, which cannot be carried out without a root")]
    Runs,
    /// A setting that its kind cannot put into this root.
    #[error("{}", .0.message)]
    Setting(Box<crate::origin::Diagnostic>),
}

impl StepError {
    /// Turns a table's refusal of a path into an error.
    pub(super) fn path(path: &TreePath) -> impl FnOnce(crate::tree::Error) -> Self {
        let path = path.clone();
        move |source| Self::Path {
            path,
            source: Box::new(source),
        }
    }
}

/// Why a step that runs commands failed.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The sandbox.
    #[error(transparent)]
    Sandbox(#[from] crate::sandbox::Error),
    /// A command failed.
    #[error("{label} ended with exit code {code}{}", shown(said))]
    Failed {
        /// The command.
        label: String,
        /// Its exit code.
        code: i32,
        /// The last lines that it wrote.
        said: String,
    },
    /// A step took more of the disk than it may.
    #[error("{label} wrote more than {limit} bytes")]
    TooLarge {
        /// The command.
        label: String,
        /// The limit, in bytes.
        limit: u64,
    },
    /// Something that the helper refuses or cannot do.
    #[error("{message}{}", shown(said))]
    Refused {
        /// What.
        message: String,
        /// What to do about it.
        hint: Option<String>,
        /// The last lines that were written.
        said: String,
    },
    /// The helper gave an answer that cannot be read.
    #[error("the helper process gave an answer that cannot be read: {0}")]
    Answer(String),
    /// A secret that cannot be read.
    #[error("the secret {name} cannot be read: {why}")]
    Secret {
        /// Where it should come from.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// Programs of another architecture, which this machine cannot run.
    #[error("this machine cannot run programs for {0}")]
    Architecture(String),
    /// apt's answer.
    #[error(transparent)]
    Apt(#[from] crate::package::AptError),
    /// A package file that is not what it should be.
    #[error("{name} is not what the archive's index says: {why}")]
    Package {
        /// The package.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// Package files that cannot be found any more.
    #[error("these packages are no longer where they were found, nor in the archives: {0}")]
    Gone(String),
    /// A stage or image that a step copies from.
    #[error("a step copies from {0}, which is not there")]
    Tree(String),
}

impl RunError {
    /// What somebody can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Sandbox(error) => error.hint().map(str::to_owned),
            Self::Refused { hint, .. } => hint.clone(),
            Self::Architecture(_) => Some(
                "install qemu-user-static and binfmt-support, which register an interpreter for it; \
                 flavours whose steps only write files need none"
                    .to_owned(),
            ),
            Self::TooLarge { .. } => Some("raise --step-size-limit if that is meant".to_owned()),
            Self::Gone(_) => Some(
                "name a place that keeps them with --vendor, or take other versions with terroir \
                 update"
                    .to_owned(),
            ),
            Self::Failed { .. } => Some("-v shows all that commands write".to_owned()),
            _ => None,
        }
    }
}

/// What a command wrote, on lines of its own.
fn shown(said: &str) -> String {
    let lines: Vec<String> = said
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| format!("\n  | {line}"))
        .collect();
    lines.concat()
}

/// Why a flavour has no image.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An entry that cannot be carried out.
    #[error("{entry} ({origin})")]
    Step {
        /// The entry's label.
        entry: String,
        /// Where it is written.
        origin: crate::origin::Origin,
        /// What is wrong.
        #[source]
        source: StepError,
    },
    /// Settings that the flavour's rules make mandatory, and that the finished root does not have.
    #[error("{} mandatory settings are not in the finished image", .0.len())]
    Weakened(Vec<crate::origin::Diagnostic>),
    /// Settings that another file of the finished root undoes.
    #[error("{} settings have no effect in the finished image", .0.len())]
    Defeated(Vec<crate::origin::Diagnostic>),
    /// The audit that the recipe asks for.
    #[error("{what}\n{}", findings.join("\n"))]
    Audit {
        /// Where it is asked for.
        origin: crate::origin::Origin,
        /// What came of it.
        what: String,
        /// The controls that are not met, a line each.
        findings: Vec<String>,
    },
    /// An image that is to boot, and will not, or not as its recipe says.
    #[error("machines would not start or not keep this image:\n{}", .0.join("\n"))]
    Lint(Vec<String>),
    /// A step that runs commands.
    #[error(transparent)]
    Run(#[from] RunError),
    /// An entry whose commands failed.
    #[error("{entry} ({origin})")]
    RunStep {
        /// The entry's label.
        entry: String,
        /// Where it is written.
        origin: crate::origin::Origin,
        /// What went wrong.
        #[source]
        source: Box<Self>,
    },
    /// Entries that this terroir cannot build yet.
    #[error("{flavour} has modules that cannot be built yet: {modules}")]
    Unbuilt {
        /// The flavour.
        flavour: String,
        /// Their names and places.
        modules: String,
    },
    /// The parent image does not serve the platform.
    #[error("{reference} has no image for {platform}; it has {available}")]
    Platform {
        /// The parent.
        reference: String,
        /// What was asked for.
        platform: String,
        /// What there is.
        available: String,
    },
    /// A parent that is not what an image should be.
    #[error("{reference} is not a usable image: {why}")]
    Parent {
        /// The parent.
        reference: String,
        /// What is wrong.
        why: String,
    },
    /// A layer of the parent that is not what the parent's documents say.
    #[error("layer {digest} of the parent {why}")]
    Layer {
        /// The layer.
        digest: String,
        /// What is wrong with it.
        why: String,
    },
    /// A flavour with more layers than runtimes mount.
    #[error("{flavour} would have {layers} layers, runtimes stop at 127")]
    Layers {
        /// The flavour.
        flavour: String,
        /// How many.
        layers: usize,
    },
    /// The recipe that a flavour derives from has no image.
    #[error("building {flavour}, on which others stack")]
    Nested {
        /// The parent.
        flavour: String,
        /// What happened to it.
        #[source]
        source: std::sync::Arc<Self>,
    },
    /// Accounts have other ids than the lock says, and could not get them back.
    #[error("{flavour}: {moved}")]
    Accounts {
        /// The flavour.
        flavour: String,
        /// Which, with both ids.
        moved: String,
    },
    /// Something that the lock should name and does not.
    #[error("{what} is not in terroir.lock")]
    NotLocked {
        /// What.
        what: String,
    },
    /// Something that is not what the lock says.
    #[error("{what} is not as terroir.lock has it: {why}")]
    Drift {
        /// What.
        what: String,
        /// What is there instead.
        why: String,
    },
    /// What the lock names is not in the archives any more.
    #[error("the archives have moved on from what terroir.lock says of {what}: {why}")]
    Moved {
        /// What.
        what: String,
        /// What is there instead.
        why: String,
    },
    /// A vendored artifact that cannot be used.
    #[error("{place} keeps no packages: {why}")]
    Vendor {
        /// Where it is.
        place: String,
        /// What it is instead.
        why: String,
    },
    /// The base could not be made.
    #[error(transparent)]
    Bootstrap(#[from] crate::package::BootstrapError),
    /// The archive's state is not known.
    #[error(transparent)]
    Release(#[from] crate::package::ReleaseError),
    /// The record could not be read.
    #[error(transparent)]
    Record(#[from] crate::recipe::RecordError),
    /// A layer could not be read or written.
    #[error(transparent)]
    Tree(#[from] crate::tree::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] crate::store::Error),
    /// A blob could not be moved.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A document of the parent is invalid.
    #[error(transparent)]
    Document(#[from] crate::oci::DocumentError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] crate::registry::Error),
    /// A file failed.
    #[error("{doing}")]
    Io {
        /// What was being done.
        doing: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Makes the error of a file or folder with which something was being done.
pub(super) fn failed_file(doing: &str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let doing = format!("{doing} {}", path.display());
    move |source| Error::Io { doing, source }
}
