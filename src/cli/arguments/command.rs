//! The command line: its verbs with an example each, and the help of all.

use clap::{CommandFactory as _, Parser, Subcommand};

use super::audit::{Audit, Test};
use super::bootable::Lint;
use super::fleet::Fleet;
use super::host::Host;
use super::image::{Diff, Inspect, Pull, Push, Unpack};
use super::installer::{Install, Installer};
use super::kickstart::Kickstart;
use super::lock::{Lock, Outdated, Rebuild, Update, Vendor, Why};
use super::machine::{Completions, Doctor, Man, Schema};
use super::machine_image::{Boot, Disk};
use super::options::Global;
use super::pipeline::Pipeline;
use super::recipe::{Build, Explain, Init, Plan, Validate};
use super::store::{Ls, Prune};

/// Builds an organisation's operating system as a family of bootable OCI images.
#[derive(Debug, Parser)]
#[command(
    name = "terroir",
    version,
    propagate_version = true,
    max_term_width = 100,
    before_help = "Example:\n  terroir build recipes/local/france-server.yml -o oci:out:latest",
    help_template = "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}"
)]
pub(in crate::cli) struct Arguments {
    /// What every verb takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// Help of a verb: what it does, an example, then the rest.
const VERB_HELP: &str = "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}";

/// The command line with its help.
pub(in crate::cli) fn command() -> clap::Command {
    Arguments::command().mut_subcommands(|verb| verb.help_template(VERB_HELP))
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Verb {
    /// Create a repository with one recipe for each tier
    #[command(before_help = "Example:\n  terroir init our-system")]
    Init(Init),
    /// Check whether this machine can build images
    #[command(before_help = "Example:\n  terroir doctor")]
    Doctor(Doctor),
    /// Check recipes without building them
    #[command(before_help = "Example:\n  terroir validate recipes/")]
    Validate(Validate),
    /// Show where the value of a setting comes from
    #[command(
        before_help = "Example:\n  terroir explain recipes/local/france-server.yml sysctl:net.ipv4.ip_forward"
    )]
    Explain(Explain),
    /// Show which steps a build would run, and why
    #[command(before_help = "Example:\n  terroir plan recipes/local/france-server.yml")]
    Plan(Plan),
    /// Build recipes and the recipes that they derive from
    #[command(
        before_help = "Example:\n  terroir build recipes/local/france-server.yml -o oci:out:latest"
    )]
    Build(Build),
    /// Write terroir.lock: the exact bases and packages that recipes use
    #[command(before_help = "Example:\n  terroir lock")]
    Lock(Lock),
    /// Update locked bases and packages, and show what changed
    #[command(before_help = "Example:\n  terroir update debian nginx")]
    Update(Update),
    /// List flavours beneath which something changed since terroir.lock was written
    #[command(before_help = "Example:\n  terroir outdated")]
    Outdated(Outdated),
    /// Show what forces a flavour to be built again
    #[command(before_help = "Example:\n  terroir why acme-server")]
    Why(Why),
    /// Save the locked packages and bases as an OCI artifact
    #[command(before_help = "Example:\n  terroir vendor registry.example.org/os/packages:2026-07")]
    Vendor(Vendor),
    /// Build again from recipe and lock, and compare the image byte by byte
    #[command(
        before_help = "Example:\n  terroir rebuild recipes/local/france-server.yml --compare"
    )]
    Rebuild(Rebuild),
    /// Write a GitLab pipeline that builds what is not built yet
    #[command(before_help = "Example:\n  terroir pipeline -o pipeline.yml")]
    Pipeline(Pipeline),
    /// Install machines unattended: render, explain, check and publish their files
    #[command(before_help = "Example:\n  terroir kickstart render kickstart/paris.yml -o site")]
    Kickstart(Kickstart),
    /// List hosts that do not run the image that the inventory wants, and why
    #[command(before_help = "Example:\n  terroir fleet kickstart/paris.yml --drift")]
    Fleet(Fleet),
    /// Update the machine that runs, and take updates back
    #[command(before_help = "Example:\n  terroir host upgrade")]
    Host(Host),
    /// Push an image to registries
    #[command(
        before_help = "Example:\n  terroir push recipes/group/acme-server.yml registry.example.org/os/acme-server:12.4"
    )]
    Push(Push),
    /// Pull an image from a registry into the store
    #[command(before_help = "Example:\n  terroir pull registry.example.org/os/acme-server:latest")]
    Pull(Pull),
    /// Show the layers, the history and the flavour of an image
    #[command(
        before_help = "Example:\n  terroir inspect registry.example.org/os/acme-server:latest"
    )]
    Inspect(Inspect),
    /// Show what differs between two images: settings, packages, files, controls, layers
    #[command(
        before_help = "Example:\n  terroir diff registry.example.org/os/acme-server:latest recipes/group/acme-server.yml"
    )]
    Diff(Diff),
    /// Check an image or a root folder against a benchmark
    #[command(
        before_help = "Example:\n  terroir audit oci:out:latest --benchmark cis-debian12 --level 1"
    )]
    Audit(Audit),
    /// Run the tests of a flavour on an image or a root folder
    #[command(before_help = "Example:\n  terroir test oci:out:latest")]
    Test(Test),
    /// Check whether machines can start from an image, be updated by it, and be safe
    #[command(before_help = "Example:\n  terroir lint oci:out:latest --fatal-warnings")]
    Lint(Lint),
    /// Unpack an image into an empty folder
    #[command(before_help = "Example:\n  terroir unpack oci:out:latest /srv/root")]
    Unpack(Unpack),
    /// Make a disk that a machine starts from
    #[command(
        before_help = "Example:\n  terroir disk recipes/local/france-server.yml -o server.qcow2"
    )]
    Disk(Disk),
    /// Start a virtual machine from a disk or an image
    #[command(before_help = "Example:\n  terroir boot server.qcow2 --until-ready 300")]
    Boot(Boot),
    /// Make an installer of an image, which machines boot from the network
    #[command(
        before_help = "Example:\n  terroir installer recipes/local/france-server.yml -o installer"
    )]
    Installer(Installer),
    /// Install the machine that an installer runs on
    #[command(
        hide = true,
        before_help = "Example:\n  terroir install --document host.json --disk-file disk.img"
    )]
    Install(Install),
    /// List the images in the store
    #[command(before_help = "Example:\n  terroir ls")]
    Ls(Ls),
    /// Remove unused data from the store
    #[command(before_help = "Example:\n  terroir prune --keep-days 7")]
    Prune(Prune),
    /// Print the JSON Schema of a document kind
    #[command(before_help = "Example:\n  terroir schema recipe > recipe-v1.json")]
    Schema(Schema),
    /// Print completions for a shell
    #[command(
        before_help = "Example:\n  terroir completions bash > /etc/bash_completion.d/terroir"
    )]
    Completions(Completions),
    /// Write the manual pages of terroir and its verbs into a folder
    #[command(
        hide = true,
        before_help = "Example:\n  terroir man /usr/local/share/man/man1"
    )]
    Man(Man),
}
