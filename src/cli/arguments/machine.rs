//! The arguments of the verbs about this machine and its editors and shells.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `terroir doctor`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Doctor {}

/// The kinds of documents that have a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum SchemaKind {
    /// A native recipe.
    Recipe,
    /// A BlueBuild v1 recipe.
    Bluebuild,
    /// A layer document.
    Layer,
    /// An inventory of machines to install.
    Inventory,
    /// What terroir's own installer makes of a host.
    HostDocument,
}

/// `terroir schema`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Schema {
    /// Kind of the document
    #[arg(value_enum)]
    pub kind: SchemaKind,
}

/// `terroir completions`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `terroir man`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Man {
    /// The folder, which must be there
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}
