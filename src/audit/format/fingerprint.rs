//! Fingerprints: what stays the same of a finding between runs, machines and images of a flavour.

use crate::audit::finding::{Examined, Finding};
use crate::audit::report::Report;
use crate::oci::Digest;

/// The fingerprint of a setting of a finding, or of the finding as a whole.
///
/// Neither the target's place nor what was found is in it, so that a finding that moves by a line
/// or changes its value is still the same one.
pub(super) fn fingerprint(report: &Report, finding: &Finding, one: Option<&Examined>) -> String {
    let parts = [
        report.benchmark.as_str(),
        report.flavour.as_deref().unwrap_or_default(),
        &finding.number,
        &finding.title,
        one.map_or("", |one| one.setting.as_str()),
    ];
    let digest = Digest::of(parts.join("\0").as_bytes()).to_string();
    let (_, hex) = digest.split_once(':').unwrap_or_default();
    hex.to_owned()
}
