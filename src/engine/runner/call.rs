//! The calls of the helper that carry out steps which run commands: isolation, limits, the log.

use super::log::Lines;
use crate::engine::error::{Error, RunError};
use crate::engine::helper::{Reply, Task};
use crate::sandbox::{Call, Isolation, Mapping, Stop, call};
use crate::store::Store;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long one command may take unless it says otherwise.
const LIMIT: Duration = Duration::from_secs(2 * 60 * 60);

/// How long tidying up may take.
const TIDY: Duration = Duration::from_secs(10 * 60);

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
    /// The request to stop.
    pub stop: Stop,
    /// Finds secrets that are variables.
    pub environment: Lookup,
    /// Where secrets that are files with a relative path are looked for.
    pub repository: PathBuf,
    /// Takes what commands write.
    pub log: Log,
    /// Whether the outcome of every step is reported.
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
    pub(in crate::engine) fn roots(&self, store: &Store) -> Result<PathBuf, Error> {
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
    pub(in crate::engine) fn ask(
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
    pub(in crate::engine) fn remove(&self, paths: Vec<PathBuf>) -> Result<(), RunError> {
        let quiet = Self {
            // A request to stop waits for tidying up.
            stop: Stop::default(),
            limit: TIDY,
            ..self.clone()
        };
        quiet
            .ask(&Task::Remove(paths), None, ("tidying up", &[]))
            .map(drop)
    }
}
