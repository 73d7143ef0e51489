//! The arguments of `terroir pipeline`.

use std::path::PathBuf;

use clap::Args;

use super::options::IsolationKind;

/// `terroir pipeline`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Pipeline {
    /// The recipes [default: all in recipes/]
    #[arg(value_name = "RECIPE")]
    pub recipes: Vec<PathBuf>,
    /// Write the pipeline to this file, and what does not fit into it to files beside it [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Build also what the registry has already, and ask it for nothing
    #[arg(long)]
    pub all: bool,
    /// Fetch what is missing of published parents first
    #[arg(long)]
    pub fetch: bool,
    /// Publish each flavour as PREFIX/NAME, instead of where its recipe says
    #[arg(long, value_name = "PREFIX")]
    pub registry: Option<String>,
    /// Publish under this tag only, such as that of a merge request
    #[arg(long, value_name = "TAG")]
    pub tag: Option<String>,
    /// Image that the jobs run in [default: that of the runner]
    #[arg(long, value_name = "REF")]
    pub image: Option<String>,
    /// Confine commands of modules by namespaces, single-id or chroot [default: as `terroir build` does]
    #[arg(long, value_enum, value_name = "KIND", hide_possible_values = true)]
    pub isolation: Option<IsolationKind>,
    /// Most jobs of a pipeline; more become several pipelines, one after the other
    #[arg(long, value_name = "COUNT", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_jobs: u32,
    /// Job of the pipeline above that has these files as artifacts
    #[arg(long, value_name = "JOB", default_value = "plan")]
    pub plan_job: String,
}
