//! Whoever carries out steps that run commands: isolation, limits, secrets, the log.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use super::error::{Error, RunError};
use super::task::{Reply, Task};
use crate::sandbox::{Call, Isolation, Mapping, Stop, call, forget_group};
use crate::store::Store;

/// How long one command may take unless it says otherwise.
const LIMIT: Duration = Duration::from_secs(2 * 60 * 60);
/// How long tidying up may take.
const TIDY: Duration = Duration::from_secs(10 * 60);
/// Prefix of the folders of runs, below `tmp` of the store.
const PREFIX: &str = "run-";
/// How much of what a failed command wrote is shown, in lines.
const SHOWN: usize = 30;

/// Looks a variable of terroir's own environment up.
pub type Lookup = Arc<dyn Fn(&str) -> Option<OsString> + Send + Sync>;
/// Takes a line that a command wrote; the first word is the command's name.
pub type Log = Arc<dyn Fn(&str, &str) + Send + Sync>;

/// How commands are run on this machine.
#[derive(Clone)]
pub struct Runner {
    /// How they are confined.
    pub isolation: Isolation,
    /// After which time a command is ended, unless it says otherwise.
    pub limit: Duration,
    /// Most bytes that one step may take from the disk.
    pub size_limit: Option<u64>,
    /// Somebody's wish to stop.
    pub stop: Stop,
    /// Finds secrets that are variables.
    pub environment: Lookup,
    /// Where secrets that are files with a relative path are looked for.
    pub repository: PathBuf,
    /// Takes what commands write.
    pub log: Log,
    /// Whether it is told of every step what becomes of it.
    pub tells: bool,
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner")
            .field("isolation", &self.isolation)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

impl Runner {
    /// A runner that shows nothing, knows no secrets and never stops.
    #[must_use]
    pub fn new(isolation: Isolation) -> Self {
        Self {
            isolation,
            limit: LIMIT,
            size_limit: None,
            stop: Stop::default(),
            environment: Arc::new(|_| None),
            repository: PathBuf::new(),
            log: Arc::new(|_, _| {}),
            tells: false,
        }
    }

    /// The folder of unpacked layers whose owners are those that this runner's namespaces have.
    pub(super) fn roots(&self, store: &Store) -> Result<PathBuf, Error> {
        let name = match (self.isolation, Mapping::of(self.isolation)) {
            (Isolation::Chroot, _) => "flat".to_owned(),
            (_, Ok(Mapping::Identity)) => "identity".to_owned(),
            (_, Ok(Mapping::Single)) => "single".to_owned(),
            (_, Ok(Mapping::Subordinate { users, .. })) => format!("subordinate-{}", users.0),
            (_, Err(error)) => return Err(RunError::from(error).into()),
        };
        let roots = store.path().join("roots").join(name);
        fs::create_dir_all(&roots).map_err(|source| Error::Io {
            doing: format!("making {}", roots.display()),
            source,
        })?;
        Ok(roots)
    }

    /// Asks the helper to do something; `hidden` are texts that never appear in the log.
    pub(super) fn ask(
        &self,
        task: &Task,
        limit: Option<u64>,
        (label, hidden): (&str, &[String]),
    ) -> Result<Reply, RunError> {
        let request = serde_json::to_vec(task).expect("a task has only plain values");
        let mut lines = Lines {
            label,
            hidden,
            log: self.log.as_ref(),
            rest: Vec::new(),
            last: Vec::new(),
        };
        let answer = call(&mut Call {
            isolation: self.isolation,
            request: &request,
            limit: limit.map_or(self.limit, Duration::from_secs),
            stop: &self.stop,
            log: &mut |bytes| lines.take(bytes),
        });
        lines.end();
        let said = lines.last.join("\n");
        let reply: Reply = serde_json::from_slice(&answer?)
            .map_err(|error| RunError::Answer(error.to_string()))?;
        match reply {
            Reply::Failed { label, code } => Err(RunError::Failed { label, code, said }),
            Reply::TooLarge { label } => Err(RunError::TooLarge {
                label,
                limit: self.size_limit.unwrap_or_default(),
            }),
            Reply::Error { message, hint } => Err(RunError::Refused {
                message,
                hint,
                said,
            }),
            done => Ok(done),
        }
    }

    /// Removes what belongs to ids of the namespace.
    pub(super) fn remove(&self, paths: Vec<PathBuf>) -> Result<(), RunError> {
        let quiet = Self {
            // Tidying up is what a wish to stop waits for.
            stop: Stop::default(),
            limit: TIDY,
            ..self.clone()
        };
        quiet
            .ask(&Task::Remove(paths), None, ("tidying up", &[]))
            .map(drop)
    }

    /// Makes the folder of a run, and removes those that dead builds left.
    pub(super) fn folder(&self, store: &Store) -> Result<RunFolder, Error> {
        let place = store.path().join("tmp");
        let stale = stale(&place);
        if !stale.is_empty() {
            // Another build may be at it too; what is left then is found again.
            let _ = self.remove(stale);
        }
        RunFolder::make(&place, self)
    }
}

/// Folders of runs that nobody holds any more.
pub(super) fn stale(place: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(place).into_iter().flatten().flatten();
    let is_stale = |path: &PathBuf| {
        let Ok(lock) = File::open(path.join("lock")) else {
            return false;
        };
        flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok()
    };
    entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX))
        .map(|entry| entry.path())
        .filter(is_stale)
        .collect()
}

/// The folder of a run, which goes with it.
#[derive(Debug)]
pub(super) struct RunFolder {
    path: PathBuf,
    runner: Runner,
    _lock: File,
    _active: crate::sandbox::Active,
}

impl RunFolder {
    fn make(place: &Path, runner: &Runner) -> Result<Self, Error> {
        let failed = |source| Error::Io {
            doing: format!("making a folder in {}", place.display()),
            source,
        };
        // It gets the name that others look for when it is locked, so nobody takes it for left over.
        let unlocked = tempfile::Builder::new()
            .prefix("new-")
            .tempdir_in(place)
            .map_err(failed)?
            .keep();
        let lock = File::create(unlocked.join("lock")).map_err(failed)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)
            .map_err(|error| failed(error.into()))?;
        let name = unlocked.file_name().unwrap_or_default().to_string_lossy();
        let path = place.join(format!("{PREFIX}{name}"));
        fs::rename(&unlocked, &path).map_err(failed)?;
        Ok(Self {
            path,
            runner: runner.clone(),
            _lock: lock,
            _active: runner.stop.active(),
        })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        forget_group(&self.path.join("memory"));
        // As root, and where nothing belongs to others, it goes without a helper.
        if fs::remove_dir_all(&self.path).is_err() {
            // The next build finds it unlocked and tries again.
            let _ = self.runner.remove(vec![self.path.clone()]);
        }
    }
}

/// Output of a command, cut into lines, without secrets.
struct Lines<'a> {
    label: &'a str,
    hidden: &'a [String],
    log: &'a (dyn Fn(&str, &str) + Send + Sync),
    rest: Vec<u8>,
    last: Vec<String>,
}

impl Lines<'_> {
    fn take(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            self.line(&line);
        }
    }

    fn end(&mut self) {
        let rest = std::mem::take(&mut self.rest);
        if !rest.is_empty() {
            self.line(&rest);
        }
    }

    fn line(&mut self, line: &[u8]) {
        let mut text = String::from_utf8_lossy(line).trim_end().to_owned();
        for hidden in self.hidden {
            text = text.replace(hidden.as_str(), "***");
        }
        // What a program draws anew on one line is its last state.
        let text = text.rsplit('\r').next().unwrap_or_default();
        let text: String = text
            .chars()
            .filter(|c| !c.is_control() || *c == '\t')
            .collect();
        (self.log)(self.label, &text);
        if self.last.len() == SHOWN {
            self.last.remove(0);
        }
        self.last.push(text);
    }
}
