//! Release files of a Debian archive: which state of the archive a base was made from.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::oci::Digest;
use crate::process::{self, Program};

/// How long one release file may take to arrive.
const TIMEOUT: Duration = Duration::from_secs(120);

/// The state of an archive: the digest of each signed release file, and the newest date in them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Release {
    /// Digests of the `InRelease` files by the place that they were fetched from.
    pub files: BTreeMap<String, Digest>,
    /// The newest `Date`, in seconds since 1970.
    pub date: u64,
}

/// Why the state of an archive is not known.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// apt's helper is missing or hangs.
    #[error(transparent)]
    Program(#[from] process::Error),
    /// The archive does not answer.
    #[error("{url} could not be fetched: {said}")]
    Fetch {
        /// The release file.
        url: String,
        /// What apt said.
        said: String,
    },
    /// It arrived and could not be read.
    #[error("reading {file}")]
    Read {
        /// The local copy.
        file: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// The `InRelease` addresses that a root's apt sources name (sources.list(5), one-line style).
#[must_use]
pub fn release_urls(sources: &str) -> Vec<String> {
    let url = |line: &str| {
        let rest = line.trim().strip_prefix("deb ")?.trim_start();
        let rest = match rest.strip_prefix('[') {
            Some(options) => options.split_once(']')?.1,
            None => rest,
        };
        let mut words = rest.split_whitespace();
        let (base, suite) = (words.next()?.trim_end_matches('/'), words.next()?);
        Some(match suite.strip_suffix('/') {
            Some(flat) => format!("{base}/{flat}/InRelease"),
            None => format!("{base}/dists/{suite}/InRelease"),
        })
    };
    let mut urls: Vec<String> = sources.lines().filter_map(url).collect();
    urls.sort();
    urls.dedup();
    urls
}

/// Fetches a release file through apt, with apt's proxies and methods, and digests it.
pub fn fetch_digest(url: &str, into: &Path) -> Result<Digest, ReleaseError> {
    fetch_file(url, into, None)?;
    let bytes = std::fs::read(into).map_err(|source| ReleaseError::Read {
        file: into.display().to_string(),
        source,
    })?;
    Ok(Digest::of(&bytes))
}

/// Fetches a file of an archive through apt; with a digest, nothing else is taken.
pub(super) fn fetch_file(
    url: &str,
    into: &Path,
    digest: Option<&Digest>,
) -> Result<(), ReleaseError> {
    let into_text = into.display().to_string();
    let sum = digest.map(|digest| format!("SHA256:{}", digest.hex()));
    let mut arguments = vec!["download-file", url, &into_text];
    arguments.extend(sum.as_deref());
    let output = process::run(&Program {
        name: "/usr/lib/apt/apt-helper",
        arguments: &arguments,
        input: &[],
        search: None,
        limit: TIMEOUT,
    })?;
    match output.code {
        Some(0) => Ok(()),
        _ => Err(ReleaseError::Fetch {
            url: url.to_owned(),
            said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        }),
    }
}

/// The `Date` of a release file, in seconds since 1970 (RFC 5322 date-time; always UTC).
#[must_use]
pub fn parse_date(release: &str) -> Option<u64> {
    let date = release
        .lines()
        .find_map(|line| line.strip_prefix("Date:"))?
        .trim();
    let date = date.replace("UTC", "+0000");
    let zoned = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_zoned(date)
        .ok()?;
    u64::try_from(zoned.timestamp().as_second()).ok()
}
