//! The arguments of the verbs about the machine that runs.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::options::Print;

/// `terroir host`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Host {
    /// What to do.
    #[command(subcommand)]
    pub verb: HostVerb,
    /// Work on the system root below this folder instead of the machine
    #[arg(long, global = true, hide = true, value_name = "DIR")]
    pub sysroot: Option<PathBuf>,
    /// The deployment that stands for the running one, by its number in the menu
    #[arg(
        long,
        global = true,
        hide = true,
        default_value_t = 0,
        value_name = "NUMBER"
    )]
    pub booted: usize,
}

/// The verbs of `terroir host`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum HostVerb {
    /// Show what runs, what starts next, and what differs from the image
    #[command(before_help = "Example:\n  terroir host status")]
    Status(HostStatus),
    /// Fetch the newest image of the machine, for the next start
    #[command(before_help = "Example:\n  terroir host upgrade --apply")]
    Upgrade(Upgrade),
    /// Follow another image from now on, and fetch it for the next start
    #[command(before_help = "Example:\n  terroir host switch registry.example.org/os/web:13")]
    Switch(Switch),
    /// Let the image before start next
    #[command(before_help = "Example:\n  terroir host rollback --apply")]
    Rollback(Rollback),
    /// Show what happened on the machine
    #[command(before_help = "Example:\n  terroir host history")]
    History(History),
    /// Confirm a new image after it was started, or go back; a unit runs this
    #[command(before_help = "Example:\n  terroir host health")]
    Health(Health),
}

/// `terroir host status`.
#[derive(Debug, Args)]
pub(in crate::cli) struct HostStatus {
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}

/// `terroir host upgrade`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Upgrade {
    /// Only say whether there is a newer image
    #[arg(long, conflicts_with_all = ["apply", "scheduled"])]
    pub check: bool,
    /// Start the machine again when a newer image is ready
    #[arg(long, conflicts_with = "scheduled")]
    pub apply: bool,
    /// Do what /etc/terroir/host.yml says of the schedule and of starting again; a timer runs this
    #[arg(long)]
    pub scheduled: bool,
}

/// `terroir host switch`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Switch {
    /// The image, by tag or digest
    pub reference: String,
    /// Start the machine again when the image is ready
    #[arg(long)]
    pub apply: bool,
}

/// `terroir host rollback`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Rollback {
    /// Start the machine again at once
    #[arg(long)]
    pub apply: bool,
}

/// `terroir host history`.
#[derive(Debug, Args)]
pub(in crate::cli) struct History {
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}

/// `terroir host health`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Health {}
