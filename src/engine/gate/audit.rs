//! The gate for the audit that a recipe asks for.

use super::finished::Gate;
use crate::audit::{
    Benchmark, BenchmarkError, Choices, Finding, Known, Profile, Said, Verdict, examine, score_of,
};
use crate::engine::error::Error;
use crate::recipe::AuditGate;
use jiff::civil::Date;

impl Gate<'_> {
    /// Holds the image to the audit that its recipe asks for.
    pub(in crate::engine) fn audit(self, wanted: &AuditGate, today: Date) -> Result<(), Error> {
        let record = self.record;
        let expired: Vec<bool> = record
            .exceptions
            .iter()
            .map(|exception| {
                exception
                    .expires
                    .parse::<Date>()
                    .is_ok_and(|last| last < today)
            })
            .collect();
        let rules = serde_json::json!({ "audit": wanted.key(), "exceptions": record.exceptions,
            "expired": expired, "program": env!("CARGO_PKG_VERSION") });
        let key = self.key("audit", &rules);
        if self.store.note("gates", &key)?.is_some() {
            return Ok(());
        }
        let (name, findings) = self.findings(wanted, today)?;
        let score = score_of(&findings).unwrap_or(100.0);
        let lapsed = findings.iter().any(|finding| {
            let exception = finding.exception.as_ref();
            exception.is_some_and(|exception| exception.days_left < 0)
        });
        if score < wanted.threshold || lapsed {
            let broken = findings
                .iter()
                .filter(|finding| matches!(finding.verdict, Verdict::Fail | Verdict::Error));
            let what = match lapsed {
                true => "an exception has expired".to_owned(),
                false => format!("the score {score:.1} is below {}", wanted.threshold),
            };
            return Err(Error::Audit {
                origin: wanted.origin.clone(),
                what: format!("{name}, level {}: {what}", wanted.level),
                findings: broken.map(finding_line).collect(),
            });
        }
        Ok(self.store.put_note("gates", &key, b"held")?)
    }

    /// What an audit finds, and the name of the benchmark.
    fn findings(self, wanted: &AuditGate, today: Date) -> Result<(String, Vec<Finding>), Error> {
        let failed = |what: String| Error::Audit {
            origin: wanted.origin.clone(),
            what,
            findings: Vec::new(),
        };
        let unknown = |error: BenchmarkError| failed(error.to_string());
        let record = self.record;
        let root = self.root()?;
        let name = match &wanted.benchmark {
            Some(name) => name.clone(),
            None => Benchmark::of_distribution(&record.facts)
                .map_err(unknown)?
                .to_owned(),
        };
        let mut choices = Choices(wanted.choose.clone());
        let umbrella = Benchmark::umbrella().map_err(unknown)?;
        let said = Said::of(&umbrella, Some(record));
        choices
            .complete(&umbrella, &said, &root)
            .map_err(|error| failed(error.to_string()))?;
        let profile = match wanted.workstation {
            true => Profile::Workstation,
            false => Profile::Server,
        };
        let level = (wanted.level, profile);
        let benchmark =
            Benchmark::read(&name, level, &record.facts, (choices, &said)).map_err(unknown)?;
        let known = Known {
            claims: Some(&record.settings),
            exceptions: &record.exceptions,
            today,
        };
        Ok((name, examine(&benchmark, &root, known)))
    }
}

/// A finding in one line.
fn finding_line(finding: &Finding) -> String {
    let mut wrong = finding.settings.iter();
    let wrong = wrong.find(|one| matches!(one.verdict, Verdict::Fail | Verdict::Error));
    match wrong {
        Some(one) => format!(
            "{} {}: expected {}, found {}",
            finding.number, finding.title, one.expected, one.found
        ),
        None => format!("{} {}", finding.number, finding.title),
    }
}
