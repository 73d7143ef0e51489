//! The arguments of the verbs about the store.

use clap::Args;

use super::options::{Print, bytes};

/// `terroir ls`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Ls {
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}

/// `terroir prune`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Prune {
    /// Keep what was used in the last DAYS days; without it, package files of any age stay
    #[arg(long, value_name = "DAYS")]
    pub keep_days: Option<u64>,
    /// Limit package files and cache mounts to this size, such as 20G
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub max_cache: Option<u64>,
    /// Verify the digest of every blob, and drop damaged blobs
    #[arg(long)]
    pub check: bool,
}
