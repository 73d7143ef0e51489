//! The options that several verbs share.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::tree::Codec;

/// What every verb takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(in crate::cli) struct Global {
    /// Folder of the store [default: $XDG_DATA_HOME/terroir, for root /var/lib/terroir] [env: TERROIR_STORE]
    #[arg(long, global = true, value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// Print errors only
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Print more; give it twice for even more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Use plain HTTP for this registry (not needed for loopback addresses) [env: TERROIR_INSECURE_REGISTRIES]
    #[arg(long, global = true, value_name = "HOST[:PORT]", value_delimiter = ',')]
    pub insecure_registry: Vec<String>,
    /// PEM file of further certificate authorities to trust for registries [env: TERROIR_CA_FILE]
    #[arg(long, global = true, value_name = "FILE")]
    pub ca_file: Vec<PathBuf>,
}

/// How a verb prints its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    /// For people.
    Text,
    /// For scripts.
    Json,
}

/// How a verb prints.
#[derive(Clone, Copy, Debug, Args)]
pub(in crate::cli) struct Print {
    /// Output format: text or json
    #[arg(long, value_enum, default_value = "text", hide_possible_values = true)]
    pub format: Format,
}

/// How layers are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Compression {
    /// Smaller and faster; read by everything since 2022.
    Zstd,
    /// For older readers.
    Gzip,
}

impl Compression {
    /// The codec of the layers.
    pub(in crate::cli) fn codec(self) -> Codec {
        match self {
            Self::Zstd => Codec::Zstd,
            Self::Gzip => Codec::Gzip,
        }
    }
}

/// How commands of modules are confined, and how far they may go.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct Confinement {
    /// Confine commands by namespaces, single-id or chroot [default: namespaces; single-id for users without subordinate ids]
    #[arg(long, value_enum, value_name = "KIND", hide_possible_values = true)]
    pub isolation: Option<IsolationKind>,
    /// Stop a command that runs longer than this, such as 90s, 30m or 2h
    #[arg(long, value_name = "TIME", default_value = "2h", value_parser = seconds)]
    pub step_timeout: u64,
    /// Stop a step that writes more than this, such as 500M or 20G
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub step_size_limit: Option<u64>,
}

/// The kinds of isolation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum IsolationKind {
    /// Namespaces of everything; the default.
    Namespaces,
    /// Namespaces with the user's own id alone: simple commands only.
    SingleId,
    /// A copied root and chroot: for machines that allow nothing else, and modules that are trusted.
    Chroot,
}

/// Reads a time: a number with `s`, `m` or `h`; seconds without.
fn seconds(text: &str) -> Result<u64, String> {
    let units = [("h", 3600), ("m", 60), ("s", 1)];
    scaled(text, &units).ok_or_else(|| "write 90s, 30m or 2h".to_owned())
}

/// Reads a size: a number with `K`, `M`, `G` or `T` of 1024 each; bytes without.
pub(in crate::cli) fn bytes(text: &str) -> Result<u64, String> {
    let units = [
        ("T", 1 << 40),
        ("G", 1 << 30),
        ("M", 1 << 20),
        ("K", 1 << 10),
    ];
    scaled(text, &units).ok_or_else(|| "write 500M or 20G".to_owned())
}

fn scaled(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (number, factor) = units
        .iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)))
        .unwrap_or((text, 1));
    let number: u64 = number.trim().parse().ok()?;
    number.checked_mul(factor).filter(|found| *found > 0)
}
