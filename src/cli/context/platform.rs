//! Platforms: this machine's, and those that a command line names.

use crate::cli::output::failure::{Failure, Kind};
use crate::oci::{Platform, parse_platform, usual_platform};
use crate::origin::did_you_mean;
use crate::recipe::PLATFORMS;

/// The platform of this machine.
pub(in crate::cli) fn host() -> Platform {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        other => other,
    };
    parse_platform(&format!("linux/{architecture}"))
        .expect("a name and an architecture make a platform")
}

/// Reads the platforms of a command line.
pub(in crate::cli) fn platforms(names: &[String]) -> Result<Vec<Platform>, Failure> {
    let platform = |name: &String| {
        let is_known = |known: &&str| {
            let rest = name.strip_prefix(*known);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("/v"))
        };
        let known = PLATFORMS.iter().any(is_known);
        let parsed = parse_platform(usual_platform(name));
        parsed.filter(|_| known).ok_or_else(|| {
            let failure = Failure::say(Kind::Usage, format!("`{name}` is not a platform"));
            match did_you_mean(name, PLATFORMS.iter().copied()) {
                Some(near) => failure.hint(format!("did you mean {near}?")),
                None => failure.hint("write os/architecture: linux/amd64"),
            }
        })
    };
    names.iter().map(platform).collect()
}
