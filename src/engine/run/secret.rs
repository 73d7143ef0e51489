//! Secrets of a command, which never appear in the log.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use crate::action::{Secret, SecretSource, SecretTarget};
use crate::engine::error::{Error, RunError};
use crate::engine::helper::{BindJob, BindSource, RunJob};
use crate::engine::runner::Runner;
use crate::process;
use crate::process::Program;
use crate::sandbox::Isolation;

/// How long a program may take that prints a secret.
const SECRET_LIMIT: Duration = Duration::from_secs(120);

/// Where the SSH agent's socket appears.
const AGENT: &str = "/run/terroir-agent.sock";

/// Shortest text that is hidden in the log: a shorter one would hide half of it.
const SHORTEST: usize = 4;

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

pub(super) fn add_secret(
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
                why: "it is not text, which a variable has to be".to_owned(),
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
pub(super) fn value(
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
