//! A command as the helper runs it: its environment, what it sees of the machine, its secrets.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use super::error::{Error, RunError};
use super::input::copy_input;
use super::run::{Ground, describe};
use super::runner::Runner;
use super::task::{BindJob, BindSource, RunJob};
use crate::action::{
    Command, Input, Mount, MountSource, Secret, SecretSource, SecretTarget, Sharing, Tree,
};
use crate::module::DEFAULT_PATH;
use crate::oci::Digest;
use crate::process::{self, Program};
use crate::sandbox::Isolation;

/// How long a program may take that prints a secret.
const SECRET_LIMIT: Duration = Duration::from_secs(120);
/// Where the SSH agent's socket appears.
const AGENT: &str = "/run/terroir-agent.sock";
/// Shortest text that is hidden in the log: a shorter one would hide half of it.
const SHORTEST: usize = 4;

/// Variables that every command has.
const ENVIRONMENT: [(&str, &str); 5] = [
    ("DEBIAN_FRONTEND", "noninteractive"),
    ("LANG", "C.UTF-8"),
    ("PATH", DEFAULT_PATH),
    ("TERM", "dumb"),
    ("container", "oci"),
];

/// The caches that a step has to itself, by name.
pub(super) type Locks = BTreeMap<String, File>;

/// Texts that never appear in the log.
#[derive(Debug, Default)]
pub(super) struct Hidden {
    /// The texts, the longest first.
    pub texts: Vec<String>,
}

impl Hidden {
    fn add(&mut self, value: &[u8]) {
        let text = String::from_utf8_lossy(value);
        let lines = text.lines().map(str::trim);
        let long = lines.filter(|line| line.len() >= SHORTEST);
        self.texts.extend(long.map(str::to_owned));
        self.texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        self.texts.dedup();
    }
}

/// The variables of a command of an image with some variables of its own.
pub(super) fn environment(
    ground: Ground<'_>,
    own: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let fixed = ENVIRONMENT.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut all: BTreeMap<String, String> = fixed.into_iter().collect();
    all.extend(ground.environment.iter().cloned());
    all.insert("SOURCE_DATE_EPOCH".to_owned(), ground.epoch.to_string());
    all.extend(own.clone());
    all
}

/// Turns a command into a job; what it sees of the repository is copied into the folder of the run.
pub(super) fn run_job(
    command: &Command,
    ground: Ground<'_>,
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
        let source = mount_source(mount, ground, (folder, trees), locks)?;
        job.binds.push(BindJob {
            source,
            target: mount.target.clone(),
            read_only: mount.read_only,
        });
    }
    let mut variables = environment(ground, &command.environment);
    for secret in &command.secrets {
        add_secret(secret, ground.runner, &mut job, (&mut variables, hidden))?;
    }
    job.environment = variables.into_iter().collect();
    Ok(job)
}

fn mount_source(
    mount: &Mount,
    ground: Ground<'_>,
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
            let place = ground.outside.store().path().join("cache/mounts");
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
            let number = number.ok_or_else(|| RunError::Tree(describe(tree)))?;
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

fn add_secret(
    secret: &Secret,
    runner: &Runner,
    job: &mut RunJob,
    (variables, hidden): (&mut BTreeMap<String, String>, &mut Hidden),
) -> Result<(), Error> {
    if let (SecretSource::Ssh, _) | (_, SecretTarget::Agent) = (&secret.source, &secret.target) {
        let Some(socket) = (runner.environment)("SSH_AUTH_SOCK") else {
            return match secret.optional {
                true => Ok(()),
                false => Err(RunError::Secret {
                    name: "ssh".to_owned(),
                    why: "SSH_AUTH_SOCK is not set".to_owned(),
                }
                .into()),
            };
        };
        job.binds.push(BindJob {
            source: BindSource::Path(socket.into()),
            target: AGENT.to_owned(),
            read_only: false,
        });
        variables.insert("SSH_AUTH_SOCK".to_owned(), AGENT.to_owned());
        return Ok(());
    }
    if let (true, SecretSource::Env(name)) = (secret.optional, &secret.source)
        && (runner.environment)(name).is_none()
    {
        return Ok(());
    }
    let value = value(&secret.source, &secret.target, runner)?;
    hidden.add(&value);
    match &secret.target {
        SecretTarget::Env(name) => {
            let text = String::from_utf8(value).map_err(|_| RunError::Secret {
                name: name.clone(),
                why: "it is no text, which a variable has to be".to_owned(),
            })?;
            variables.insert(name.clone(), text);
        }
        SecretTarget::File(path) if runner.isolation == Isolation::Chroot => {
            return Err(RunError::Secret {
                name: path.clone(),
                why: "a step with a secret file needs mounts; --isolation chroot has none"
                    .to_owned(),
            }
            .into());
        }
        SecretTarget::File(path) => job.secrets.push((path.clone(), value)),
        SecretTarget::Agent => {}
    }
    Ok(())
}

/// A value of which a variable keeps no line breaks at its end, as with `$(…)` in a shell; a file
/// has them.
pub(super) fn without_end(mut bytes: Vec<u8>, target: &SecretTarget) -> Vec<u8> {
    if let SecretTarget::Env(_) = target {
        let end = bytes.iter().rposition(|byte| !matches!(byte, b'\n'));
        bytes.truncate(end.map_or(0, |end| end + 1));
    }
    bytes
}

/// The value of a secret.
fn value(
    source: &SecretSource,
    target: &SecretTarget,
    runner: &Runner,
) -> Result<Vec<u8>, RunError> {
    use std::os::unix::ffi::OsStringExt;
    match source {
        SecretSource::Env(name) => (runner.environment)(name)
            .map(OsStringExt::into_vec)
            .ok_or_else(|| RunError::Secret {
                name: name.clone(),
                why: "the variable is not set".to_owned(),
            }),
        SecretSource::File(path) => {
            let file = fs::read(runner.repository.join(path));
            let failed = |error: std::io::Error| RunError::Secret {
                name: path.clone(),
                why: error.to_string(),
            };
            file.map(|bytes| without_end(bytes, target)).map_err(failed)
        }
        SecretSource::Exec { command, arguments } => {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let refused = |why: String| RunError::Secret {
                name: command.clone(),
                why,
            };
            let output = process::run(&Program {
                name: command,
                arguments: &arguments,
                input: &[],
                search: None,
                limit: SECRET_LIMIT,
            })
            .map_err(|error| refused(error.to_string()))?;
            if output.code != Some(0) {
                return Err(refused("it ended with an error".to_owned()));
            }
            Ok(without_end(output.stdout, target))
        }
        SecretSource::Ssh => Ok(Vec::new()),
    }
}
