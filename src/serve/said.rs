//! What the reports of machines say.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::oci::Digest;

/// Longest text of a report that is kept of a host, in characters.
const MAX_TEXT: usize = 200;
/// Most units that failed of which the names are kept.
const MAX_UNITS: usize = 20;

/// What a machine said of its last start, beside the digest of its image.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Booted {
    /// When it said so, in seconds since 1970.
    pub time: u64,
    /// The release of its kernel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel: Option<String>,
    /// The deployment that it started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
    /// The version of its image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What systemd says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The units that failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed_units: Vec<String>,
    /// Whether it went back to this image after an update.
    pub fell_back: bool,
    /// The score of its audit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_score: Option<f64>,
}

impl Booted {
    /// What a report says; one that is no JSON says only when it came.
    pub(super) fn new(said: &str, time: u64) -> Self {
        let value: Value = serde_json::from_str(said).unwrap_or_default();
        let short = |text: &str| text.chars().take(MAX_TEXT).collect::<String>();
        let text = |key: &str| {
            let text = value.get(key)?.as_str()?;
            (!text.is_empty()).then(|| short(text))
        };
        let units = value.get("failedUnits").and_then(Value::as_array);
        let units = units.into_iter().flatten().filter_map(Value::as_str);
        let score = value.get("auditScore").and_then(Value::as_f64);
        Self {
            time,
            kernel: text("kernel"),
            deployment: text("deployment"),
            version: text("version"),
            system: text("state"),
            failed_units: units.take(MAX_UNITS).map(short).collect(),
            fell_back: value.get("fellBack").and_then(Value::as_bool) == Some(true),
            audit_score: score.filter(|score| (0.0..=100.0).contains(score)),
        }
    }
}

/// The word for a report that says itself what happened: one of terroir's own installer, or of a start.
pub(super) fn phase(body: &str) -> Option<String> {
    let report: Value = serde_json::from_str(body).ok()?;
    let phase = report.get("phase").and_then(Value::as_str);
    match phase {
        Some(phase) => Some(phase.to_owned()),
        None => report.get("deployment").map(|_| "booted".to_owned()),
    }
}

/// What is said of a machine whose update was not well.
pub(super) const WENT_BACK: &str = "it went back to this image after an update";

/// The report of a failure as text: the error, then the last lines that were printed.
pub(super) fn failure(said: &str) -> String {
    let value: Value = serde_json::from_str(said).unwrap_or_default();
    let Some(error) = value.get("error").and_then(Value::as_str) else {
        return said.to_owned();
    };
    let log = value.get("log").and_then(Value::as_array);
    let lines = log.into_iter().flatten().filter_map(Value::as_str);
    let lines: Vec<&str> = std::iter::once(error).chain(lines).collect();
    lines.join("\n")
}

/// The digest of the image in the report of a start: terroir's own, or `bootc status`.
pub(super) fn digest(said: &str) -> Option<String> {
    let value: Value = serde_json::from_str(said).ok()?;
    let places = ["/digest", "/status/booted/image/imageDigest"];
    let found = places
        .iter()
        .find_map(|place| value.pointer(place)?.as_str());
    let digest: Digest = found?.parse().ok()?;
    Some(digest.to_string())
}
