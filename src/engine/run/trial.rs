//! Commands tried on a finished root, of which nothing stays.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags, fstat, openat};
use serde_json::Value;

use crate::engine::error::Error;
use crate::engine::helper::RunJob;
use crate::engine::outside::Outside;
use crate::engine::parent::{LayerId, stated_environment};
use crate::engine::runner::Runner;
use crate::oci::{BlobSource, Digest, MAX_DOCUMENT, PlatformImage};
use crate::package::Accounts;
use crate::tree::Codec;

use super::context::{RunContext, command_environment};
use super::running::Running;
use super::unpacked::unpacked;

/// Most bytes of a command's output that are looked at.
const MAX_OUTPUT: u64 = 1 << 20;

/// Runs the command that is its argument, and keeps what it says and how it ends. The shell around
/// it ends well whatever the command does, so that a trial that failed differs from one that could
/// not be made.
pub(in crate::engine) const SCRIPT: &str =
    "/bin/sh -c \"$1\" </dev/null >/tmp/.tried.out 2>/tmp/.tried.err; echo $? >/tmp/.tried.code";

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Its exit status.
    pub code: i32,
    /// Its standard output, as far as it is looked at.
    pub out: Vec<u8>,
    /// Its standard error, as far as it is looked at.
    pub err: Vec<u8>,
}

/// A finished root in which commands can be tried, each as if it were the first.
#[derive(Debug)]
pub struct Trial<'a> {
    layers: Vec<PathBuf>,
    environment: Vec<(String, String)>,
    runner: &'a Runner,
    outside: &'a Outside,
}

impl<'a> Trial<'a> {
    /// The root of an image, its layers unpacked once each.
    ///
    /// # Errors
    /// A layer that cannot be had or unpacked.
    pub fn of_image(
        image: &PlatformImage,
        source: &dyn BlobSource,
        (runner, outside): (&'a Runner, &'a Outside),
    ) -> Result<Self, Error> {
        let unusable = |why: &str| Error::Parent {
            reference: image.document.descriptor.digest().to_string(),
            why: why.to_owned(),
        };
        let config = source.read(image.manifest.config(), MAX_DOCUMENT)?;
        let config: Value = serde_json::from_slice(&config)
            .map_err(|error| unusable(&format!("its config is not JSON: {error}")))?;
        let ids = config.pointer("/rootfs/diff_ids").and_then(Value::as_array);
        let ids: Vec<Digest> = ids
            .into_iter()
            .flatten()
            .filter_map(|id| id.as_str()?.parse().ok())
            .collect();
        let layers = image.manifest.layers();
        if ids.len() != layers.len() {
            return Err(unusable("its config has no diff ID for each layer"));
        }
        let layers: Vec<LayerId> = layers.iter().cloned().zip(ids).collect();
        Ok(Self {
            layers: unpacked(&layers, runner, outside)?,
            environment: stated_environment(&config),
            runner,
            outside,
        })
    }

    /// A root that lies in a folder, in which nothing is changed.
    #[must_use]
    pub fn of_folder(folder: &Path, (runner, outside): (&'a Runner, &'a Outside)) -> Self {
        Self {
            layers: vec![folder.to_path_buf()],
            environment: Vec::new(),
            runner,
            outside,
        }
    }

    pub(super) fn layers(&self) -> &[PathBuf] {
        &self.layers
    }

    pub(super) fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    pub(super) fn runner(&self) -> &'a Runner {
        self.runner
    }

    pub(super) fn outside(&self) -> &'a Outside {
        self.outside
    }

    /// Runs a command line in the root: without network, its changes forgotten.
    ///
    /// # Errors
    /// It could not be started, took too long, or left no trace.
    pub fn run(&self, line: &str, variables: &BTreeMap<String, String>) -> Result<Tried, Error> {
        let trees = BTreeMap::new();
        let accounts = Accounts::default();
        let context = RunContext {
            accounts: &accounts,
            layers: &[],
            trees: &trees,
            environment: &self.environment,
            epoch: 0,
            codec: Codec::Zstd,
            runner: self.runner,
            outside: self.outside,
        };
        let arguments = ["/bin/sh", "-c", SCRIPT, "terroir", line];
        let mut running = Running::over(context, self.layers.clone(), "test")?;
        running.add_job(RunJob {
            label: "test".to_owned(),
            arguments: arguments.map(str::to_owned).to_vec(),
            environment: command_environment(context, variables)
                .into_iter()
                .collect(),
            directory: "/".to_owned(),
            user: None,
            network: false,
            binds: Vec::new(),
            secrets: Vec::new(),
        });
        let folder = running.discard()?;
        let place = folder.temporary();
        let code = kept(&place.join(".tried.code"))?;
        let code = String::from_utf8_lossy(&code).trim().parse();
        Ok(Tried {
            code: code.map_err(|_| lost("the command took its result away"))?,
            out: kept(&place.join(".tried.out"))?,
            err: kept(&place.join(".tried.err"))?,
        })
    }
}

/// Reads what a command left; it may have put anything there, so no link is followed.
fn kept(path: &Path) -> Result<Vec<u8>, Error> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let failed = |source: std::io::Error| Error::Io {
        doing: "reading what a command said".to_owned(),
        source,
    };
    let file = openat(CWD, path, flags, Mode::empty()).map_err(|error| failed(error.into()))?;
    let stat = fstat(&file).map_err(|error| failed(error.into()))?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(lost("the command took its result away"));
    }
    let mut bytes = Vec::new();
    let mut file = File::from(file).take(MAX_OUTPUT);
    file.read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

fn lost(why: &str) -> Error {
    Error::Io {
        doing: "reading what a command said".to_owned(),
        source: std::io::Error::other(why.to_owned()),
    }
}
