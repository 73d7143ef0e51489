//! What a run found, and how people and scripts read it.

use serde_json::json;

use super::root::Told;
use super::rule::{Found, Severity};
use crate::bootable::LifeCycle;

/// The number of the format of reports for scripts.
const FORMAT: u32 = 1;
/// Findings of one rule that are shown unless all are asked for.
const SHOWN: usize = 5;

/// What came of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was found.
    Passed,
    /// Something was found.
    Found {
        /// The findings with how bad they are, the worst first.
        findings: Vec<(Severity, Found)>,
    },
    /// It was not looked at, as asked.
    Skipped,
    /// It is not for images of this life cycle.
    NotApplicable,
}

impl Outcome {
    /// The findings of a rule; `severity` turns what a finding says of itself into what counts.
    pub(super) fn found(
        found: Vec<Found>,
        severity: impl Fn(Option<Severity>) -> Severity,
    ) -> Self {
        let mut findings: Vec<(Severity, Found)> = found
            .into_iter()
            .map(|one| (severity(one.severity), one))
            .collect();
        findings.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
        Self::Found { findings }
    }
}

/// A rule with what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The rule's id.
    pub rule: &'static str,
    /// What came of it.
    pub outcome: Outcome,
}

/// What a run found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The life cycle that the image was judged by.
    pub life_cycle: LifeCycle,
    /// Who says that it has this life cycle.
    pub told: Told,
    /// Every rule with what came of it, in the order of the table.
    pub rules: Vec<Checked>,
}

impl Report {
    /// All findings with their rules.
    pub fn findings(&self) -> impl Iterator<Item = (&'static str, Severity, &Found)> {
        self.rules.iter().flat_map(|checked| {
            let findings = match &checked.outcome {
                Outcome::Found { findings } => findings.as_slice(),
                _ => &[],
            };
            findings
                .iter()
                .map(|(severity, found)| (checked.rule, *severity, found))
        })
    }

    /// How many findings are that bad.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings()
            .filter(|(_, one, _)| *one == severity)
            .count()
    }

    /// How many rules came out so.
    fn rules_that(&self, is: impl Fn(&Outcome) -> bool) -> usize {
        let rules = self.rules.iter();
        rules.filter(|checked| is(&checked.outcome)).count()
    }

    /// The report in lines for people; of many findings of a rule the first few, unless `all`.
    #[must_use]
    pub fn text(&self, all: bool) -> String {
        let mut lines = Vec::new();
        for checked in &self.rules {
            let Outcome::Found { findings } = &checked.outcome else {
                continue;
            };
            let shown = if all { findings.len() } else { SHOWN };
            for (severity, found) in findings.iter().take(shown) {
                let place = match found.path.as_str() {
                    "" => String::new(),
                    path => format!("{path}: "),
                };
                lines.push(format!(
                    "{severity:8} {}: {place}{}",
                    checked.rule, found.message
                ));
            }
            if findings.len() > shown {
                let more = findings.len() - shown;
                lines.push(format!("{:8} {}: and {more} more", "", checked.rule));
            }
        }
        lines.push(self.heading());
        lines.push(self.counts());
        lines.iter().map(|line| readable(line) + "\n").collect()
    }

    fn heading(&self) -> String {
        let how = match self.told {
            Told::Caller => "as asked",
            Told::File => "as the image says",
            Told::Content => "by what is in the image",
            Told::Nobody => "since nothing in the image says another; --life-cycle does",
        };
        format!("checked as life cycle {}, {how}", self.life_cycle.name())
    }

    fn counts(&self) -> String {
        let passed = self.rules_that(|one| *one == Outcome::Passed);
        let skipped = self.rules_that(|one| *one == Outcome::Skipped);
        let others = self.rules_that(|one| *one == Outcome::NotApplicable);
        let mut counts = vec![counted(passed, "rule") + " passed"];
        counts.extend((skipped > 0).then(|| format!("{skipped} skipped")));
        counts.extend((others > 0).then(|| format!("{others} not applicable")));
        for severity in [Severity::Error, Severity::Warning] {
            let count = self.count(severity);
            counts.extend((count > 0).then(|| counted(count, severity.name())));
        }
        counts.join(", ")
    }

    /// The report for scripts, as docs/src/lint.md describes it.
    #[must_use]
    pub fn json(&self, target: &str, digest: Option<&str>) -> String {
        let rules: Vec<_> = self
            .rules
            .iter()
            .map(|checked| {
                let (outcome, findings) = match &checked.outcome {
                    Outcome::Passed => ("passed", [].as_slice()),
                    Outcome::Skipped => ("skipped", [].as_slice()),
                    Outcome::NotApplicable => ("not-applicable", [].as_slice()),
                    Outcome::Found { findings } => ("found", findings.as_slice()),
                };
                let findings: Vec<_> = findings
                    .iter()
                    .map(|(severity, found)| {
                        json!({
                            "severity": severity,
                            "path": found.path,
                            "message": found.message,
                        })
                    })
                    .collect();
                json!({ "id": checked.rule, "outcome": outcome, "findings": findings })
            })
            .collect();
        let report = json!({
            "format": FORMAT,
            "target": target,
            "digest": digest,
            "lifeCycle": self.life_cycle,
            "lifeCycleFrom": self.told,
            "errors": self.count(Severity::Error),
            "warnings": self.count(Severity::Warning),
            "rules": rules,
        });
        format!("{report:#}\n")
    }
}

/// A line without what would move a terminal's cursor.
fn readable(line: &str) -> String {
    let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    line.chars().map(shown).collect()
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}
