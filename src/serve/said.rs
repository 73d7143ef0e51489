//! What the reports of machines say.

use serde_json::Value;

use crate::oci::Digest;

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

/// Whether a report of a start says that an update was given up.
pub(super) fn fell_back(said: &str) -> bool {
    let value: Value = serde_json::from_str(said).unwrap_or_default();
    value.get("fellBack").and_then(Value::as_bool) == Some(true)
}

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
