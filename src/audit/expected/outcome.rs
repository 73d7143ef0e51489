//! The results of tests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::origin::Origin;

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestOutcome {
    /// The root is as expected.
    Pass,
    /// The root is not as expected.
    Fail,
    /// It could not be told.
    Error,
}

impl TestOutcome {
    /// The word in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }
}

/// What came of a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tested {
    /// What it is about.
    pub name: String,
    /// How it ended.
    pub outcome: TestOutcome,
    /// What is expected; of a test that fails only what is not so.
    pub expected: Vec<String>,
    /// What there is instead, for each of it.
    pub found: Vec<String>,
    /// The flavour that states it.
    pub flavour: String,
    /// Where it is written.
    pub origin: Origin,
}

/// What came of all tests of a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestReport {
    /// The version of this format.
    pub format: u32,
    /// What was tested, as the command named it.
    pub target: String,
    /// The digest of the image; none for a folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The flavour.
    pub flavour: String,
    /// How often tests ended in which way.
    pub counts: BTreeMap<TestOutcome, usize>,
    /// The tests, those of the ancestors first.
    pub tests: Vec<Tested>,
}

impl TestReport {
    /// Counts tests.
    #[must_use]
    pub fn new(
        (target, digest): (String, Option<String>),
        flavour: String,
        tests: Vec<Tested>,
    ) -> Self {
        let mut counts = BTreeMap::new();
        for test in &tests {
            *counts.entry(test.outcome).or_default() += 1;
        }
        Self {
            format: 1,
            target,
            digest,
            flavour,
            counts,
            tests,
        }
    }

    /// How often tests ended in a way.
    #[must_use]
    pub fn count(&self, outcome: TestOutcome) -> usize {
        self.counts.get(&outcome).copied().unwrap_or_default()
    }
}
