//! The arguments of the verbs that look after the store.

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
    /// Keep what was used within so many days; package files stay at any age when it is not given
    #[arg(long, value_name = "DAYS")]
    pub keep_days: Option<u64>,
    /// Keep no more of package files and cache mounts than this, such as 20G
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub max_cache: Option<u64>,
    /// Digest every blob again and drop the damaged ones
    #[arg(long)]
    pub check: bool,
}
