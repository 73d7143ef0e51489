//! The values of secrets that an inventory refers to.

use std::path::Path;
use std::time::Duration;

use crate::cli::context::environment::variable;
use crate::kickstart::{Secret, read_text};
use crate::process::{Program, run};

/// Longest time that a command may take to tell a secret.
const LIMIT: Duration = Duration::from_secs(60);
/// Largest secret, in bytes.
const MAX_SECRET: usize = 64 << 10;

/// Looks a secret up; what it says is in no message.
pub(in crate::cli) fn resolve(reference: &Secret, folder: &Path) -> Result<String, String> {
    let text = match reference {
        Secret::Env(name) => variable(name)
            .and_then(|value| value.into_string().ok())
            .ok_or_else(|| format!("the variable {name} is not set"))?,
        Secret::File(path) => read_text(&folder.join(path), MAX_SECRET)?,
        Secret::Command(line) => {
            let output = run(&Program {
                name: "sh",
                arguments: &["-c", line],
                input: b"",
                search: None,
                limit: LIMIT,
            });
            let output = output.map_err(|error| error.to_string())?;
            if output.code != Some(0) {
                return Err("the command failed".to_owned());
            }
            String::from_utf8(output.stdout).map_err(|_| "it is not UTF-8 text".to_owned())?
        }
    };
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(format!("{text}\n"))
}
