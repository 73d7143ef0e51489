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
    /// Recipes, or folders of recipes [default: recipes]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Fetch what is missing of published parents
    #[arg(long)]
    pub fetch: bool,
    /// Check everything anew, also what is known from checks of the same inputs
    #[arg(long)]
    pub no_memo: bool,
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}

/// `terroir explain`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Explain {
    /// A recipe, an image reference, oci:DIR[:TAG] or oci-archive:FILE
    pub target: String,
    /// A setting such as sysctl:kernel.kptr_restrict, or a control such as cis/5.1.4; `*` matches any text [default: all settings]
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
    /// Platform; repeatable [default: the platforms of the recipe, else this machine's]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Vec<String>,
    /// Compression of the layers: zstd, or gzip for readers older than 2022
    #[arg(long, value_enum, default_value = "zstd", hide_possible_values = true)]
    pub compression: Compression,
    /// Fetch or build missing parents first
    #[arg(long)]
    pub fetch: bool,
    /// Plan everything anew, also what is known from plans with the same inputs
    #[arg(long)]
    pub no_memo: bool,
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
    /// Platform; repeatable [default: the platforms of the recipe, else this machine's]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Vec<String>,
    /// Compression of the layers: zstd, or gzip for readers older than 2022
    #[arg(long, value_enum, default_value = "zstd", hide_possible_values = true)]
    pub compression: Compression,
    /// Look for newer parents in registries and archives, unless they are locked
    #[arg(long)]
    pub pull: bool,
    /// Use nothing from outside that terroir.lock does not name
    #[arg(long, conflicts_with = "pull")]
    pub locked: bool,
    /// Read packages from a reference, oci:DIR:TAG or oci-archive:FILE [default: the place in terroir.lock]
    #[arg(long, value_name = "TARGET")]
    pub vendor: Option<String>,
    /// Take this published image of a recipe from which the others derive, instead of building it; repeatable
    #[arg(long, value_name = "REF")]
    pub parent: Vec<String>,
    /// Also write the image to oci:DIR:TAG or oci-archive:FILE; repeatable
    #[arg(short, long, value_name = "TARGET")]
    pub output: Vec<String>,
    /// Write the digest of the image to this file
    #[arg(long, value_name = "FILE")]
    pub digest_file: Option<PathBuf>,
    /// Push each image to the place that its recipe names
    #[arg(long)]
    pub push: bool,
    /// Compute everything anew, also what is known from builds with the same inputs
    #[arg(long)]
    pub no_memo: bool,
    /// Value of the annotation org.opencontainers.image.source
    #[arg(long, value_name = "URL")]
    pub source: Option<String>,
    /// Value of the annotation org.opencontainers.image.revision
    #[arg(long, value_name = "REVISION")]
    pub revision: Option<String>,
    /// How commands of modules are confined
    #[command(flatten)]
    pub confinement: Confinement,
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}
