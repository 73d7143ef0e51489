//! Results of tests in lines for people, for scripts, and as JUnit's XML.

use super::outcome::{TestOutcome, TestReport, Tested};
use crate::audit::format::{Case, Format, Outcome, Suite, junit};

impl TestReport {
    /// The whole report, with a line feed at its end; none in formats that only audits have.
    #[must_use]
    pub fn write(&self, format: Format) -> Option<String> {
        let mut text = match format {
            Format::Text => self.text(),
            Format::Json => serde_json::to_string_pretty(self).expect("reports have text keys"),
            Format::Junit => self.junit(),
            _ => return None,
        };
        text.truncate(text.trim_end().len());
        text.push('\n');
        Some(text)
    }

    fn text(&self) -> String {
        let mut lines = Vec::new();
        let width = self.tests.iter().map(|test| test.name.chars().count());
        let width = width.max().unwrap_or_default().min(56);
        for test in &self.tests {
            let outcome = test.outcome.name();
            lines.push(format!("{outcome:6}{:width$}  {}", test.name, test.origin));
            if test.outcome != TestOutcome::Pass {
                for (expected, found) in test.expected.iter().zip(&test.found) {
                    lines.push(format!("      expected {expected}"));
                    lines.push(format!("      found    {found}"));
                }
            }
        }
        let s = if self.tests.len() == 1 { "" } else { "s" };
        let outcomes = [TestOutcome::Pass, TestOutcome::Fail, TestOutcome::Error];
        let counts: Vec<String> = outcomes
            .into_iter()
            .filter(|outcome| self.count(*outcome) > 0)
            .map(|outcome| format!("{} {}", self.count(outcome), outcome.name()))
            .collect();
        lines.push(match counts.is_empty() {
            true => "no tests are stated".to_owned(),
            false => format!("{} test{s}: {}", self.tests.len(), counts.join(", ")),
        });
        let shown = |c: char| match c {
            '\n' => '\n',
            c if c.is_control() => '\u{fffd}',
            c => c,
        };
        lines.join("\n").chars().map(shown).collect()
    }

    fn junit(&self) -> String {
        let mut suites: Vec<Suite> = Vec::new();
        for test in &self.tests {
            let case = case(test);
            match suites.iter_mut().find(|suite| suite.name == test.flavour) {
                Some(suite) => suite.cases.push(case),
                None => suites.push(Suite {
                    name: test.flavour.clone(),
                    cases: vec![case],
                }),
            }
        }
        junit(&self.target, &suites)
    }
}

fn case(test: &Tested) -> Case {
    let told = test.expected.iter().zip(&test.found);
    let told: Vec<String> = told
        .map(|(expected, found)| format!("expected {expected}, found {found}"))
        .collect();
    let first = told.first().cloned().unwrap_or_default();
    Case {
        name: test.name.clone(),
        class: test.flavour.clone(),
        file: Some(test.origin.file.to_string()),
        line: Some(test.origin.line),
        outcome: match test.outcome {
            TestOutcome::Pass => Outcome::Passed,
            TestOutcome::Fail => Outcome::Failure(first),
            TestOutcome::Error => Outcome::Error(first),
        },
        details: format!("{}\n{}", test.origin, told.join("\n")),
    }
}
