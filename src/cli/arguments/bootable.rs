//! The arguments of the verbs about images that boot.

use std::path::PathBuf;

use clap::Args;

use super::audit::{name_of_format, report};
use crate::audit::Format;
use crate::bootable::LifeCycle;

/// `terroir lint`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Lint {
    /// A recipe, an image reference, oci:DIR[:TAG], oci-archive:FILE or dir:ROOT
    #[arg(required_unless_present = "list")]
    pub target: Option<String>,
    /// List all rules
    #[arg(long, conflicts_with_all = ["target", "skip", "fatal_warnings", "all", "life_cycle", "platform", "output", "reports"])]
    pub list: bool,
    /// Leave a rule out; repeatable
    #[arg(long, value_name = "RULE")]
    pub skip: Vec<String>,
    /// Count warnings as errors
    #[arg(long)]
    pub fatal_warnings: bool,
    /// Show all findings of a rule, instead of the first five
    #[arg(long)]
    pub all: bool,
    /// Check it as an image that is updated so: ostree, bootc or plain [default: what it says]
    #[arg(long, value_name = "WORD", value_parser = life_cycle)]
    pub life_cycle: Option<LifeCycle>,
    /// Platform [default: this machine's]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Option<String>,
    /// Output format: text, json, junit or sarif
    #[arg(long, default_value = "text", value_parser = name_of_format)]
    pub format: Format,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Also write a report to a file, such as sarif=lint.sarif; repeatable
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = report)]
    pub reports: Vec<(Format, PathBuf)>,
}

fn life_cycle(text: &str) -> Result<LifeCycle, String> {
    LifeCycle::of(text).ok_or_else(|| "write ostree, bootc or plain".to_owned())
}
