//! The arguments of `terroir fleet`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::kickstart::States;

/// `terroir fleet`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Fleet {
    /// The inventory
    pub inventory: PathBuf,
    /// Only hosts that are not as wanted
    #[arg(long)]
    pub drift: bool,
    /// Ask registries for the digests that the references of the inventory have now
    #[arg(long)]
    pub resolve: bool,
    /// States.
    #[command(flatten)]
    pub states: States,
    /// Output format: text, csv or json
    #[arg(long, value_enum, default_value = "text", hide_possible_values = true)]
    pub format: FleetFormat,
}

/// How the hosts are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum FleetFormat {
    /// For people.
    Text,
    /// For spreadsheets.
    Csv,
    /// For scripts.
    Json,
}
