//! Commands of tests, run in the system that runs.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::audit::Ended;
use crate::process::{self, Program};

/// What a unit of a command may not do: change the system, or see what others left below /tmp. It may
/// write below /var and /run, as programs do that only look at themselves.
const PROPERTIES: [&str; 4] = [
    "ProtectSystem=full",
    "ProtectHome=read-only",
    "PrivateTmp=yes",
    "TimeoutStopSec=5",
];

/// Runs the command that is its argument, and adds a line that says how it ended. So a command that
/// failed differs from one that could not be run.
const SCRIPT: &str = "/bin/sh -c \"$1\" </dev/null; printf '\\nterroir:%s' $? >&2";
const MARK: &str = "\nterroir:";

/// How long systemd may take beside the command itself.
const BESIDE: Duration = Duration::from_secs(90);

/// Runs a command line in the system that runs, as a unit of its own.
///
/// # Errors
/// Why it could not be run, or that it took too long.
pub fn try_here(
    line: &str,
    variables: &BTreeMap<String, String>,
    limit: Duration,
) -> Result<Ended, String> {
    let words = words(line, variables, limit);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let began = Instant::now();
    let output = process::run(&Program {
        name: "systemd-run",
        arguments: &words,
        input: b"",
        search: None,
        limit: limit.saturating_add(BESIDE),
    });
    let output = output.map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    if let Some((err, code)) = said.rsplit_once(MARK)
        && let Ok(code) = code.trim().parse()
    {
        return Ok(Ended {
            code,
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: err.to_owned(),
        });
    }
    if began.elapsed() >= limit {
        return Err(format!("it took longer than {} seconds", limit.as_secs()));
    }
    let last = said.lines().rfind(|line| !line.trim().is_empty());
    Err(last.unwrap_or("systemd ended it").trim().to_owned())
}

/// The arguments of systemd-run.
fn words(line: &str, variables: &BTreeMap<String, String>, limit: Duration) -> Vec<String> {
    let mut words: Vec<String> = ["--quiet", "--collect", "--wait", "--pipe"]
        .map(str::to_owned)
        .to_vec();
    words.push(format!(
        "--property=RuntimeMaxSec={}",
        limit.as_secs().max(1)
    ));
    words.extend(PROPERTIES.map(|one| format!("--property={one}")));
    let own = [("LANG", "C.UTF-8"), ("TERM", "dumb")];
    words.extend(own.map(|(name, value)| format!("--setenv={name}={value}")));
    words.extend(
        variables
            .iter()
            .map(|(name, value)| format!("--setenv={name}={value}")),
    );
    // systemd puts variables in place by itself; a dollar that is written twice is one.
    let words_of_shell = ["/bin/sh", "-c", SCRIPT, "terroir", line];
    words.push("--".to_owned());
    words.extend(words_of_shell.map(|word| word.replace('$', "$$")));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_given_to_systemd_as_it_is_written() {
        let variables = BTreeMap::from([("WORD".to_owned(), "a $b".to_owned())]);
        let words = words("echo \"$WORD\" 100%", &variables, Duration::from_millis(10));
        let end = words.iter().position(|word| word == "--").unwrap();
        let (options, command) = words.split_at(end);
        for wanted in [
            "--property=ProtectSystem=full",
            "--property=RuntimeMaxSec=1",
            "--setenv=WORD=a $b",
        ] {
            assert!(options.iter().any(|one| one == wanted), "{options:?}");
        }
        assert_eq!(command[1..3], ["/bin/sh", "-c"]);
        assert_eq!(command[5], "echo \"$$WORD\" 100%");
    }
}
