//! The arguments of the verbs that check a root.

use std::path::PathBuf;

use clap::Args;

use super::options::Confinement;
use crate::audit::Format;

/// `terroir audit`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Audit {
    /// A recipe, an image reference, oci:DIR[:TAG], oci-archive:FILE or dir:ROOT
    pub target: String,
    /// Show what changed since this target or report (a .json file)
    #[arg(long, value_name = "OLD")]
    pub diff: Option<String>,
    /// Benchmark [default: that of the distribution]
    #[arg(long, value_name = "NAME")]
    pub benchmark: Option<String>,
    /// Highest level of the controls to check
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=4))]
    pub level: u8,
    /// Purpose of the machine: server or workstation
    #[arg(long, default_value = "server", value_name = "PROFILE")]
    pub profile: String,
    /// Choose an option of the benchmark, such as firewall=ufw or ssh_groups=ops,admins; repeatable
    /// [default: the choice of the flavour, else what is installed]
    #[arg(long = "choose", visible_alias = "with", value_name = "NAME=VALUE")]
    pub choices: Vec<String>,
    /// Lowest score that passes, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 100.0)]
    pub threshold: f64,
    /// Platform [default: this machine's]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Option<String>,
    /// Date of the audit, which decides whether an exception has expired [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub date: Option<jiff::civil::Date>,
    /// Read the image anew, also if the store knows the report of the same image
    #[arg(long)]
    pub no_memo: bool,
    /// Output format: text, json, junit, sarif, code-quality or html
    #[arg(long, default_value = "text", value_parser = name_of_format)]
    pub format: Format,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Also write a report to a file, such as html=audit.html; repeatable
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = report)]
    pub reports: Vec<(Format, PathBuf)>,
}

/// `terroir test`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Test {
    /// A recipe, an image reference, oci:DIR[:TAG], oci-archive:FILE or dir:ROOT
    pub target: String,
    /// Test the system that runs, dir:/, and run commands in it instead of a sandbox
    #[arg(long)]
    pub live: bool,
    /// Platform [default: this machine's]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Option<String>,
    /// Output format: text, json or junit
    #[arg(long, default_value = "text", value_parser = name_of_format)]
    pub format: Format,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Also write a report to a file, such as junit=tests.xml; repeatable
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = report)]
    pub reports: Vec<(Format, PathBuf)>,
    /// How commands are run.
    #[command(flatten)]
    pub confinement: Confinement,
}

/// Reads the name of a format.
pub(super) fn name_of_format(text: &str) -> Result<Format, String> {
    text.parse()
}

/// Reads `FORMAT=FILE`.
pub(super) fn report(text: &str) -> Result<(Format, PathBuf), String> {
    match text.split_once('=') {
        Some((format, file)) if !file.is_empty() => Ok((format.parse()?, file.into())),
        _ => Err("write FORMAT=FILE, such as junit=audit.xml".to_owned()),
    }
}
