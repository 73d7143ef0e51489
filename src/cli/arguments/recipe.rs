//! The arguments of the verbs about recipes.

use std::path::PathBuf;

use clap::Args;

use super::options::{Compression, Confinement, Print};

/// `terroir init`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Init {
    /// A new or empty folder
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// `terroir validate`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Validate {
    /// Recipes, or folders below which every recipe is checked [default: recipes]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Fetch what is not known of published parents
    #[arg(long)]
    pub fetch: bool,
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}

/// `terroir explain`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Explain {
    /// A recipe, an image reference, oci:DIR[:TAG] or oci-archive:FILE
    pub target: String,
    /// A setting as kind:name or a control as cis/5.1.4; `*` stands for anything; all when absent
    pub key: Option<String>,
    /// Platform [default: the recipe's first, else this machine's]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Option<String>,
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}

/// `terroir plan`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Plan {
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
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}

/// `terroir build`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Build {
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
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}
