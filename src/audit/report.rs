//! Reports: the findings of a whole audit, and their counts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::finding::{Finding, Verdict};

/// How often each verdict was given.
pub type Counts = BTreeMap<Verdict, usize>;

/// A whole audit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Report {
    /// The version of this format.
    pub format: u32,
    /// What was audited, as the command named it.
    pub target: String,
    /// The digest of the image; none for a folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The flavour, where terroir built the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flavour: Option<String>,
    /// The distribution as it names itself.
    pub distribution: String,
    /// The benchmark.
    pub benchmark: String,
    /// Its full title.
    pub title: String,
    /// The level up to which controls counted.
    pub level: u8,
    /// What the machine is for.
    pub profile: String,
    /// The answers to the benchmark's choices.
    pub choices: BTreeMap<String, String>,
    /// The day of the audit, `YYYY-MM-DD`.
    pub date: String,
    /// How often each verdict was given.
    pub counts: Counts,
    /// Controls that pass, of a hundred that an image decides: pass, fail and error; none when
    /// there are none.
    pub score: Option<f64>,
    /// The findings, by number.
    pub findings: Vec<Finding>,
}

/// The version of the report's format.
pub(super) const FORMAT: u32 = 1;

/// Why a text is not a report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Not the JSON that it should be.
    #[error("it is not a report of terroir audit: {0}")]
    Json(#[from] serde_json::Error),
    /// Some other JSON.
    #[error("it is not a report of terroir audit: it states no format")]
    Other,
    /// Written by a newer terroir.
    #[error("it has format {0}, this terroir reads up to {FORMAT}; update terroir")]
    Newer(u64),
}

/// What a report is of.
#[derive(Clone, Debug)]
pub struct Heading {
    /// What was audited, as the command named it.
    pub target: String,
    /// The digest of the image; none for a folder.
    pub digest: Option<String>,
    /// The flavour, where terroir built the image.
    pub flavour: Option<String>,
    /// The distribution as it names itself.
    pub distribution: String,
    /// The day of the audit, `YYYY-MM-DD`.
    pub date: String,
}

impl Report {
    /// Counts findings.
    #[must_use]
    pub fn new(
        heading: Heading,
        benchmark: &super::benchmark::Benchmark,
        findings: Vec<Finding>,
    ) -> Self {
        let counts = counted(&findings);
        Self {
            format: FORMAT,
            target: heading.target,
            digest: heading.digest,
            flavour: heading.flavour,
            distribution: heading.distribution,
            benchmark: benchmark.name.clone(),
            title: benchmark.title.clone(),
            level: benchmark.level,
            profile: benchmark.profile.to_string(),
            choices: benchmark.choices.0.clone(),
            date: heading.date,
            score: score(&counts),
            counts,
            findings,
        }
    }

    /// Reads a report as input from outside.
    ///
    /// # Errors
    /// It is not a report, or one of a newer terroir.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReportError> {
        let value: serde_json::Value = serde_json::from_slice(bytes)?;
        match value.get("format").and_then(serde_json::Value::as_u64) {
            Some(format) if format > u64::from(FORMAT) => Err(ReportError::Newer(format)),
            Some(_) => Ok(serde_json::from_value(value)?),
            None => Err(ReportError::Other),
        }
    }

    /// How often a verdict was given.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.counts.get(&verdict).copied().unwrap_or_default()
    }

    /// Exceptions that have expired, and those that expire within `days`.
    pub fn expiring(&self, days: i64) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| {
            let exception = finding.exception.as_ref();
            exception.is_some_and(|exception| exception.days_left <= days)
        })
    }
}

/// The score of findings (see [`Report::score`]).
#[must_use]
pub fn score_of(findings: &[Finding]) -> Option<f64> {
    score(&counted(findings))
}

fn counted(findings: &[Finding]) -> Counts {
    let mut counts = Counts::new();
    for finding in findings {
        *counts.entry(finding.verdict).or_default() += 1;
    }
    counts
}

/// The share of passes among what an image decides, in percent, rounded down to a tenth, so that
/// 100 means all.
pub(super) fn score(counts: &Counts) -> Option<f64> {
    let of = |verdict| counts.get(&verdict).copied().unwrap_or_default();
    let decided = of(Verdict::Pass) + of(Verdict::Fail) + of(Verdict::Error);
    (decided > 0).then(|| ((1000 * of(Verdict::Pass)) / decided) as f64 / 10.0)
}
