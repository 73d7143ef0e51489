//! A Debian or Ubuntu base from the distribution's archive, through mmdebstrap.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::process::{self, Output, Program};

/// How long a bootstrap may take; a slow mirror needs minutes, not hours.
const TIMEOUT: Duration = Duration::from_secs(45 * 60);

/// What env(1) answers when there is no such program.
const NOT_FOUND: i32 = 127;

/// A base to be made from packages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bootstrap {
    /// `debian` or `ubuntu`.
    pub distribution: String,
    /// The suite: `bookworm`, `noble` …
    pub suite: String,
    /// Mirrors or whole `deb …` lines; mmdebstrap's own for the suite when empty.
    pub mirrors: Vec<String>,
    /// Archive components; `main` when empty.
    pub components: Vec<String>,
    /// Packages beyond the variant's.
    pub packages: Vec<String>,
    /// mmdebstrap's variant; `apt` by default, `minbase`, `important` …
    pub variant: String,
    /// The architecture in Debian's words, which for amd64 and arm64 are OCI's.
    pub architecture: String,
}

/// Why there is no base.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// mmdebstrap is missing or hangs.
    #[error(transparent)]
    Program(#[from] process::Error),
    /// mmdebstrap said no.
    #[error("mmdebstrap could not make {suite} for {architecture}:\n{said}")]
    Refused {
        /// The suite.
        suite: String,
        /// The architecture.
        architecture: String,
        /// Its last lines.
        said: String,
    },
    /// A distribution that mmdebstrap cannot make.
    #[error("a base of {0} cannot be bootstrapped yet; debian and ubuntu can")]
    Distribution(String),
}

/// Makes the base as an uncompressed tar at `tar`.
///
/// The archive's release files are left in `/var/lib/apt/lists`, so that the caller can tell which
/// state of the archive the base was made from.
pub fn bootstrap(bootstrap: &Bootstrap, tar: &Path) -> Result<(), BootstrapError> {
    if !matches!(bootstrap.distribution.as_str(), "debian" | "ubuntu") {
        return Err(BootstrapError::Distribution(bootstrap.distribution.clone()));
    }
    let mut arguments = vec![
        "--quiet".to_owned(),
        "--format=tar".to_owned(),
        "--skip=cleanup/apt/lists".to_owned(),
        format!("--variant={}", bootstrap.variant),
        format!("--architectures={}", bootstrap.architecture),
    ];
    if !bootstrap.components.is_empty() {
        arguments.push(format!("--components={}", bootstrap.components.join(",")));
    }
    if !bootstrap.packages.is_empty() {
        arguments.push(format!("--include={}", bootstrap.packages.join(",")));
    }
    arguments.push(bootstrap.suite.clone());
    arguments.push(tar.display().to_string());
    arguments.extend(bootstrap.mirrors.iter().cloned());
    let output = run(&arguments, tar.parent())?;
    if output.code == Some(0) {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let last = lines
        .get(lines.len().saturating_sub(12)..)
        .unwrap_or_default()
        .join("\n");
    Err(BootstrapError::Refused {
        suite: bootstrap.suite.clone(),
        architecture: bootstrap.architecture.clone(),
        said: last,
    })
}

/// Runs mmdebstrap so that nothing of it stays when terroir is killed: it is told to end too, and
/// what it leaves lies beside the tar, where `terroir prune` takes it away.
fn run(arguments: &[String], folder: Option<&Path>) -> Result<Output, BootstrapError> {
    let mut words = vec!["--pdeathsig", "TERM", "env"];
    // Without root the folder must be open to the subordinate ids that mmdebstrap works as.
    let place = folder
        .filter(|_| rustix::process::geteuid().is_root())
        .map(|folder| format!("TMPDIR={}", folder.display()));
    words.extend(place.as_deref());
    words.push("mmdebstrap");
    words.extend(arguments.iter().map(String::as_str));
    let program = |name, arguments| Program {
        name,
        arguments,
        input: &[],
        search: None,
        limit: TIMEOUT,
    };
    let output = match process::run(&program("setpriv", &words)) {
        Err(process::Error::Missing { .. }) => {
            let words = words.get(3..).unwrap_or_default();
            process::run(&program("env", words))?
        }
        output => output?,
    };
    match output.code {
        Some(NOT_FOUND) => Err(process::Error::Missing {
            program: "mmdebstrap".to_owned(),
        }
        .into()),
        _ => Ok(output),
    }
}
