//! The arguments of the verbs about terroir.lock.

use std::path::PathBuf;

use clap::Args;

use super::options::{Confinement, Print};

/// `terroir lock`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Lock {
    /// The recipes [default: all in recipes/]
    #[arg(value_name = "RECIPE")]
    pub recipes: Vec<PathBuf>,
    /// Record where packages are kept: a reference, oci:DIR:TAG or oci-archive:FILE
    #[arg(long, value_name = "TARGET")]
    pub vendor: Option<String>,
    /// Write nothing: say whether recipes, lock and published images agree
    #[arg(long, conflicts_with = "vendor")]
    pub check: bool,
    /// How commands of modules are confined
    #[command(flatten)]
    pub confinement: Confinement,
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}

/// `terroir update`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Update {
    /// Bases, recipes or packages to update [default: all]
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Also write the differences as Markdown, for the text of a merge request
    #[arg(long, value_name = "FILE.md")]
    pub summary: Option<PathBuf>,
    /// How commands of modules are confined
    #[command(flatten)]
    pub confinement: Confinement,
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}

/// `terroir outdated`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Outdated {
    /// The recipes [default: all in recipes/]
    #[arg(value_name = "RECIPE")]
    pub recipes: Vec<PathBuf>,
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}

/// `terroir why`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Why {
    /// A flavour of this repository, or its recipe
    pub flavour: String,
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}

/// `terroir vendor`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Vendor {
    /// References to push the artifact to
    #[arg(value_name = "REF")]
    pub references: Vec<String>,
    /// Write the artifact to oci:DIR:TAG or oci-archive:FILE; repeatable
    #[arg(short, long, value_name = "TARGET")]
    pub output: Vec<String>,
    /// How commands of modules are confined
    #[command(flatten)]
    pub confinement: Confinement,
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}

/// `terroir rebuild`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Rebuild {
    /// The recipe
    pub recipe: PathBuf,
    /// Compare with the image in the store
    #[arg(long)]
    pub compare: bool,
    /// Compare with another image: a reference, oci:DIR[:TAG] or oci-archive:FILE
    #[arg(long, value_name = "TARGET")]
    pub with: Option<String>,
    /// Read packages from here [default: the place in terroir.lock]
    #[arg(long, value_name = "TARGET")]
    pub vendor: Option<String>,
    /// Platform; repeatable [default: the platforms of the recipe, else this machine's]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Vec<String>,
    /// How commands of modules are confined
    #[command(flatten)]
    pub confinement: Confinement,
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}
