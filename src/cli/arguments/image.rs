//! The arguments of the verbs about images.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::options::Print;

/// `terroir push`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Push {
    /// A recipe, an image reference, oci:DIR[:TAG] or oci-archive:FILE
    pub target: String,
    /// References to push to [default: the place that the recipe names]
    #[arg(value_name = "REF")]
    pub references: Vec<String>,
    /// Also write the image into this OSTree repository, which any web server can serve, and state
    /// its commit beside the image; with this option nothing goes to a registry unless a reference
    /// is named
    #[arg(long, value_name = "DIR")]
    pub ostree: Option<PathBuf>,
    /// State beside the image what it was built of, for the next `terroir pipeline`
    #[arg(long, value_name = "DIGEST")]
    pub inputs: Option<String>,
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}

/// `terroir pull`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Pull {
    /// Reference of the image
    #[arg(value_name = "REF")]
    pub reference: String,
}

/// `terroir inspect`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Inspect {
    /// A recipe, an image reference, oci:DIR[:TAG] or oci-archive:FILE
    pub target: String,
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}

/// `terroir diff`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Diff {
    /// The older: a recipe, an image reference, oci:DIR[:TAG], oci-archive:FILE or dir:ROOT
    #[arg(value_name = "OLD")]
    pub old: String,
    /// The newer: the same
    #[arg(value_name = "NEW")]
    pub new: String,
    /// Compare the controls of this benchmark [default: that of the distribution]
    #[arg(long, value_name = "NAME")]
    pub benchmark: Option<String>,
    /// Highest level of the controls to compare
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=4))]
    pub level: u8,
    /// Platform [default: this machine's]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Option<String>,
    /// Output format: text, json or markdown
    #[arg(long, value_enum, default_value = "text", hide_possible_values = true)]
    pub format: DiffFormat,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// How differences are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DiffFormat {
    /// For people.
    Text,
    /// For scripts.
    Json,
    /// For the note of a merge request.
    Markdown,
}

/// `terroir unpack`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Unpack {
    /// A recipe, an image reference, oci:DIR[:TAG] or oci-archive:FILE
    pub target: String,
    /// An empty or new folder
    pub folder: PathBuf,
    /// Platform [default: this machine's]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Option<String>,
    /// Make all files belong to the current user [default: yes, unless root]
    #[arg(long)]
    pub no_same_owner: bool,
}
