//! Sections of a report: the findings of one layer.

use super::finding::{Finding, Verdict};
use super::report::{Counts, Report, score};

/// The findings of one layer.
#[derive(Clone, Debug)]
pub struct Section<'a> {
    /// The layer.
    pub layer: &'a str,
    /// What it is about.
    pub title: &'a str,
    /// How often each verdict was given.
    pub counts: Counts,
    /// The findings, by number.
    pub findings: Vec<&'a Finding>,
}

impl Section<'_> {
    /// The share of passes, as in [`Report::score`].
    #[must_use]
    pub fn score(&self) -> Option<f64> {
        score(&self.counts)
    }

    /// How often a verdict was given.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.counts.get(&verdict).copied().unwrap_or_default()
    }
}

impl Report {
    /// The findings by layer, in the order in which the layers first occur.
    #[must_use]
    pub fn sections(&self) -> Vec<Section<'_>> {
        let mut sections: Vec<Section<'_>> = Vec::new();
        for finding in &self.findings {
            let mut held = sections.iter();
            let held = held.position(|section| section.layer == finding.layer);
            let at = held.unwrap_or_else(|| {
                sections.push(Section {
                    layer: &finding.layer,
                    title: &finding.section,
                    counts: Counts::new(),
                    findings: Vec::new(),
                });
                sections.len() - 1
            });
            if let Some(section) = sections.get_mut(at) {
                *section.counts.entry(finding.verdict).or_default() += 1;
                section.findings.push(finding);
            }
        }
        sections
    }
}
