//! The arguments of `terroir audit`.

use std::path::PathBuf;

use clap::Args;

use super::options::Confinement;
use crate::audit::Format;

/// `terroir audit`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Audit {
    /// A recipe, an image reference, oci:DIR[:TAG], oci-archive:FILE or dir:ROOT
    pub target: String,
    /// Tell what is otherwise than in this target, or in this report (a .json file)
    #[arg(long, value_name = "OLD")]
    pub diff: Option<String>,
    /// The benchmark [default: that of the distribution]
    #[arg(long, value_name = "NAME")]
    pub benchmark: Option<String>,
    /// The level up to which controls count
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=4))]
    pub level: u8,
    /// What the machine is for: server or workstation
    #[arg(long, default_value = "server", value_name = "PROFILE")]
    pub profile: String,
    /// A value of an option of the benchmark, such as firewall=ufw or ssh_groups=ops,admins
    /// [default: what the flavour says, else what is installed]
    #[arg(long = "choose", visible_alias = "with", value_name = "NAME=VALUE")]
    pub choices: Vec<String>,
    /// The score that has to be reached, in percent; below it the answer is no
    #[arg(long, value_name = "PERCENT", default_value_t = 100.0)]
    pub threshold: f64,
    /// Platform [default: this machine's]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Option<String>,
    /// The day of the audit, by which exceptions expire [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub date: Option<jiff::civil::Date>,
    /// How to tell it: text, json, junit, sarif, code-quality or html
    #[arg(long, default_value = "text", value_parser = name_of_format)]
    pub format: Format,
    /// Write it into a file instead
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write a further report into a file, such as html=audit.html; any number of times
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = report)]
    pub reports: Vec<(Format, PathBuf)>,
}

/// `terroir test`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Test {
    /// A recipe, an image reference, oci:DIR[:TAG], oci-archive:FILE or dir:ROOT
    pub target: String,
    /// Platform [default: this machine's]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Option<String>,
    /// How to tell it: text, json or junit
    #[arg(long, default_value = "text", value_parser = name_of_format)]
    pub format: Format,
    /// Write it into a file instead
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write a further report into a file, such as junit=tests.xml; any number of times
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = report)]
    pub reports: Vec<(Format, PathBuf)>,
    /// How commands are run.
    #[command(flatten)]
    pub confinement: Confinement,
}

fn name_of_format(text: &str) -> Result<Format, String> {
    text.parse()
}

/// Reads `FORMAT=FILE`.
fn report(text: &str) -> Result<(Format, PathBuf), String> {
    match text.split_once('=') {
        Some((format, file)) if !file.is_empty() => Ok((format.parse()?, file.into())),
        _ => Err("write FORMAT=FILE, such as junit=audit.xml".to_owned()),
    }
}
