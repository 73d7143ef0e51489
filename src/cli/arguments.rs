//! The arguments of every verb, as clap reads them.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use super::arguments_audit::{Audit, Test};
use super::arguments_image::{Inspect, Pull, Push, Unpack};
use super::arguments_kickstart::Kickstart;
use super::arguments_lock::{Lock, Rebuild, Update, Vendor};
use super::arguments_store::{Ls, Prune};

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
pub(super) struct Arguments {
    /// What every verb takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What every verb takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options of every verb")]
pub(super) struct Global {
    /// Folder of the store [default: $XDG_DATA_HOME/terroir, as root /var/lib/terroir] [env: TERROIR_STORE]
    #[arg(long, global = true, value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// Say less: errors only
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more; twice: even more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Registry to speak to over plain HTTP (loopback needs no mention) [env: TERROIR_INSECURE_REGISTRIES]
    #[arg(long, global = true, value_name = "HOST[:PORT]", value_delimiter = ',')]
    pub insecure_registry: Vec<String>,
    /// PEM file with further authorities that registries' certificates may be signed by [env: TERROIR_CA_FILE]
    #[arg(long, global = true, value_name = "FILE")]
    pub ca_file: Vec<PathBuf>,
}

/// Help of a verb: what it does, an example, then the rest.
const VERB_HELP: &str = "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}";

/// The command line with its help.
pub(super) fn command() -> clap::Command {
    Arguments::command().mut_subcommands(|verb| verb.help_template(VERB_HELP))
}

/// How a verb prints its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For scripts.
    Json,
}

/// How layers are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Compression {
    /// Smaller and faster; read by everything since 2022.
    Zstd,
    /// For older readers.
    Gzip,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Start a repository with one recipe for each tier
    #[command(before_help = "Example:\n  terroir init our-system")]
    Init(Init),
    /// Tell what this machine can do
    #[command(before_help = "Example:\n  terroir doctor")]
    Doctor(Doctor),
    /// Check recipes without building anything
    #[command(before_help = "Example:\n  terroir validate recipes/")]
    Validate(Validate),
    /// Tell who set a value of a flavour, and why it is in force
    #[command(
        before_help = "Example:\n  terroir explain recipes/local/france-server.yml sysctl:net.ipv4.ip_forward"
    )]
    Explain(Explain),
    /// Show what a build would do, and why it is not cached
    #[command(before_help = "Example:\n  terroir plan recipes/local/france-server.yml")]
    Plan(Plan),
    /// Build flavours and all that they derive from
    #[command(
        before_help = "Example:\n  terroir build recipes/local/france-server.yml -o oci:out:latest"
    )]
    Build(Build),
    /// Write down exactly what recipes take from outside
    #[command(before_help = "Example:\n  terroir lock")]
    Lock(Lock),
    /// Look for newer bases and packages, and show what is different
    #[command(before_help = "Example:\n  terroir update debian nginx")]
    Update(Update),
    /// Keep the locked packages and bases as an OCI artifact
    #[command(before_help = "Example:\n  terroir vendor registry.example.org/os/packages:2026-07")]
    Vendor(Vendor),
    /// Build from recipe and lock again, and compare byte by byte
    #[command(
        before_help = "Example:\n  terroir rebuild recipes/local/france-server.yml --compare"
    )]
    Rebuild(Rebuild),
    /// Write what installs machines unattended, explain it, check it
    #[command(before_help = "Example:\n  terroir kickstart render kickstart/paris.yml -o site")]
    Kickstart(Kickstart),
    /// Push an image to registries
    #[command(
        before_help = "Example:\n  terroir push recipes/group/acme-server.yml registry.example.org/os/acme-server:12.4"
    )]
    Push(Push),
    /// Copy an image from a registry into the store
    #[command(before_help = "Example:\n  terroir pull registry.example.org/os/acme-server:latest")]
    Pull(Pull),
    /// Show what an image is made of
    #[command(
        before_help = "Example:\n  terroir inspect registry.example.org/os/acme-server:latest"
    )]
    Inspect(Inspect),
    /// Hold an image or a root against a benchmark
    #[command(
        before_help = "Example:\n  terroir audit oci:out:latest --benchmark cis-debian12 --level 1"
    )]
    Audit(Audit),
    /// Run the tests of a flavour on its image or root
    #[command(before_help = "Example:\n  terroir test oci:out:latest")]
    Test(Test),
    /// Unpack an image into an empty folder
    #[command(before_help = "Example:\n  terroir unpack oci:out:latest /srv/root")]
    Unpack(Unpack),
    /// List the images in the store
    #[command(before_help = "Example:\n  terroir ls")]
    Ls(Ls),
    /// Remove from the store what nothing refers to
    #[command(before_help = "Example:\n  terroir prune --keep-days 7")]
    Prune(Prune),
    /// Print the JSON Schema of a document kind
    #[command(before_help = "Example:\n  terroir schema recipe > recipe-v1.json")]
    Schema(Schema),
    /// Print shell completions
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

/// `terroir init`.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// A new or empty folder
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// `terroir doctor`.
#[derive(Debug, Args)]
pub(super) struct Doctor {}

/// `terroir validate`.
#[derive(Debug, Args)]
pub(super) struct Validate {
    /// Recipes, or folders below which every recipe is checked [default: recipes]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Fetch what is not known of published parents
    #[arg(long)]
    pub fetch: bool,
    /// How to print: text for people, json for scripts
    #[arg(long, value_enum, default_value = "text", hide_possible_values = true)]
    pub format: Format,
}

/// `terroir explain`.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// A recipe, an image reference, oci:DIR[:TAG] or oci-archive:FILE
    pub target: String,
    /// A setting as kind:name or a control as cis/5.1.4; `*` stands for anything; all when absent
    pub key: Option<String>,
    /// Platform [default: the recipe's first, else this machine's]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Option<String>,
    /// How to print: text for people, json for scripts
    #[arg(long, value_enum, default_value = "text", hide_possible_values = true)]
    pub format: Format,
}

/// `terroir plan`.
#[derive(Debug, Args)]
pub(super) struct Plan {
    /// The recipe
    pub recipe: PathBuf,
    /// Platforms [default: those of the recipe, else this machine's]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Vec<String>,
    /// Compression of the layers: zstd, or gzip for readers from before 2022
    #[arg(long, value_enum, default_value = "zstd", hide_possible_values = true)]
    pub compression: Compression,
    /// Fetch or make what is missing of the parents first
    #[arg(long)]
    pub fetch: bool,
    /// How to print: text for people, json for scripts
    #[arg(long, value_enum, default_value = "text", hide_possible_values = true)]
    pub format: Format,
}

/// `terroir build`.
#[derive(Debug, Args)]
pub(super) struct Build {
    /// The recipes
    #[arg(required = true, value_name = "RECIPE")]
    pub recipes: Vec<PathBuf>,
    /// Platforms [default: those of the recipe, else this machine's]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Vec<String>,
    /// Compression of the layers: zstd, or gzip for readers from before 2022
    #[arg(long, value_enum, default_value = "zstd", hide_possible_values = true)]
    pub compression: Compression,
    /// Ask registries and archives for newer parents, as far as they are not locked
    #[arg(long)]
    pub pull: bool,
    /// Take nothing from outside that terroir.lock does not name
    #[arg(long, conflicts_with = "pull")]
    pub locked: bool,
    /// Where packages are kept: a reference, oci:DIR:TAG or oci-archive:FILE [default: what terroir.lock says]
    #[arg(long, value_name = "TARGET")]
    pub vendor: Option<String>,
    /// Write the image there as well: oci:DIR:TAG or oci-archive:FILE
    #[arg(short, long, value_name = "TARGET")]
    pub output: Vec<String>,
    /// Push each image to where its recipe publishes it
    #[arg(long)]
    pub push: bool,
    /// State this repository in org.opencontainers.image.source
    #[arg(long, value_name = "URL")]
    pub source: Option<String>,
    /// State this revision in org.opencontainers.image.revision
    #[arg(long, value_name = "REVISION")]
    pub revision: Option<String>,
    /// How commands of modules are confined
    #[command(flatten)]
    pub confinement: Confinement,
    /// How to print: text for people, json for scripts
    #[arg(long, value_enum, default_value = "text", hide_possible_values = true)]
    pub format: Format,
}

/// How commands of modules are confined, and how far they may go.
#[derive(Clone, Debug, Args)]
pub(super) struct Confinement {
    /// How commands are confined [default: namespaces; single-id for users without subordinate ids]
    #[arg(long, value_enum, value_name = "KIND", hide_possible_values = true)]
    pub isolation: Option<IsolationKind>,
    /// End a command that runs longer, such as 90s, 30m or 2h
    #[arg(long, value_name = "TIME", default_value = "2h", value_parser = seconds)]
    pub step_timeout: u64,
    /// End a step that writes more, such as 500M or 20G
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub step_size_limit: Option<u64>,
}

/// The kinds of isolation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum IsolationKind {
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
pub(super) fn bytes(text: &str) -> Result<u64, String> {
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

/// The kinds of documents that have a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaKind {
    /// A native recipe.
    Recipe,
    /// A BlueBuild v1 recipe.
    Bluebuild,
    /// A layer document.
    Layer,
    /// An inventory of machines to install.
    Inventory,
}

/// `terroir schema`.
#[derive(Debug, Args)]
pub(super) struct Schema {
    /// The document kind
    #[arg(value_enum)]
    pub kind: SchemaKind,
}

/// `terroir completions`.
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `terroir man`.
#[derive(Debug, Args)]
pub(super) struct Man {
    /// The folder, which must be there
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}
