//! Why a machine does not start, or does not become ready.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::bootable::needed::install;
use crate::process;

/// Why a machine could not be started, or did not become ready.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Programs or files that this machine lacks, each with the Debian package that has it.
    #[error("a virtual machine needs what is not installed: {}", listed(.0))]
    Missing(Vec<(String, &'static str)>),
    /// An architecture whose machines are not started.
    #[error("machines for {0} are not started, only those for amd64 and arm64")]
    Architecture(String),
    /// Firmware that machines of an architecture do not have here.
    #[error("machines for {0} start by UEFI without Secure Boot only")]
    Firmware(String),
    /// The machine ended before it was ready.
    #[error("the machine ended before it was ready{}", shown(said))]
    Ended {
        /// The last lines of QEMU and of the console.
        said: String,
    },
    /// The TPM of the machine does not start.
    #[error("the machine's TPM does not start: {0}")]
    Tpm(String),
    /// The machine was not ready in time.
    #[error("the machine was not ready within {} seconds{}", limit.as_secs(), shown(said))]
    TimedOut {
        /// The limit.
        limit: Duration,
        /// The last lines of the console.
        said: String,
    },
    /// A machine that ended before its work was done.
    #[error("the machine ended before its work was done{}", shown(said))]
    Stopped {
        /// The last lines of QEMU and of the console.
        said: String,
    },
    /// Work that takes too long.
    #[error("the machine's work was not done within {} seconds{}", limit.as_secs(), shown(said))]
    Late {
        /// The limit.
        limit: Duration,
        /// The last lines of the console.
        said: String,
    },
    /// A machine that does not know of its tests.
    #[error("the machine did not begin its tests within {} seconds{}", limit.as_secs(), shown(said))]
    NotBegun {
        /// The limit.
        limit: Duration,
        /// The last lines of the console.
        said: String,
    },
    /// Tests that take too long.
    #[error("the tests did not end within {} seconds", .0.as_secs())]
    Endless(Duration),
    /// The program for the tests does not run on the machine.
    #[error("this terroir does not run on the machine: {0}")]
    Unfit(String),
    /// The program for the tests is made for other machines.
    #[error(
        "{} is made for {}, and the machine is {wanted}",
        program.display(),
        found.unwrap_or("something else than Linux")
    )]
    Foreign {
        /// The program.
        program: PathBuf,
        /// What it is made for, as far as that can be told.
        found: Option<&'static str>,
        /// The architecture of the machine.
        wanted: String,
    },
    /// A report that is not one.
    #[error("the machine's readiness report cannot be read: {0}")]
    Report(String),
    /// A path that QEMU cannot be told.
    #[error("the path {0} is not text")]
    Path(String),
    /// A program.
    #[error(transparent)]
    Program(#[from] process::Error),
    /// A file.
    #[error("{doing}")]
    Io {
        /// What was being done, as a fragment.
        doing: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// Turns what the system said into an error.
    pub(super) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing(missing) => Some(install(missing.iter().map(|(_, package)| *package))),
            Self::TimedOut { .. } => Some(
                "the layer `boot-report` writes the report; the whole console goes to a file with \
                 --console; a machine without KVM takes minutes"
                    .to_owned(),
            ),
            Self::NotBegun { .. } => Some(
                "the machine needs systemd 256 or newer and a kernel with virtio; the whole console \
                 goes to a file with --console; a machine without KVM takes minutes"
                    .to_owned(),
            ),
            Self::Endless(_) => Some("more time: --test=SECONDS".to_owned()),
            Self::Unfit(_) | Self::Foreign { .. } => Some(
                "name a program for the machine with --program, such as the static one that \
                 `make dist` builds"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

fn listed(missing: &[(String, &str)]) -> String {
    let names: Vec<String> = missing
        .iter()
        .map(|(what, package)| format!("{what} (package {package})"))
        .collect();
    names.join(", ")
}

fn shown(said: &str) -> String {
    match said.is_empty() {
        true => String::new(),
        false => format!("; its last lines:\n{said}"),
    }
}
