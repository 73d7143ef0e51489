//! The readiness report: one line that a machine writes on its console once it is up.
//!
//! The line is `terroir-ready` followed by a JSON object. The console may hold anything around it:
//! messages of the kernel, colours, the end of a line that was not finished.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the line begins with.
const WORD: &str = "terroir-ready ";

/// The state of a machine that is up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The release of the kernel.
    pub kernel: String,
    /// Seconds from the start of the kernel to the report.
    pub boot_time: f64,
    /// Units of systemd that failed.
    pub failed_units: Vec<String>,
    /// The deployment that was started; empty where there are none.
    #[serde(default)]
    pub deployment: String,
    /// The command line of the kernel.
    pub command_line: String,
    /// The image that the deployment was made from, as somebody named it.
    #[serde(default)]
    pub image: String,
    /// The digest of its manifest.
    #[serde(default)]
    pub digest: String,
    /// The version of the deployment, or of the system.
    #[serde(default)]
    pub version: String,
    /// What systemd says of the machine as a whole.
    #[serde(default)]
    pub state: String,
    /// Whether the machine went back from a newer deployment.
    #[serde(default)]
    pub fell_back: bool,
}

impl Report {
    /// The last report on a console; none when there is none yet.
    ///
    /// The kernel may write into the middle of a line, so machines write the line twice, and one that
    /// is broken is passed over.
    ///
    /// # Errors
    /// A whole object that is no report.
    pub fn find(console: &str) -> Result<Option<Self>, String> {
        for (at, _) in console.rmatch_indices(WORD) {
            let rest = console.get(at + WORD.len()..).unwrap_or_default();
            let mut objects = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
            if let Some(Ok(object)) = objects.next() {
                let report = serde_json::from_value(object);
                return report.map(Some).map_err(|error| error.to_string());
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_found_among_other_lines() {
        let line = r#"terroir-ready {"kernel":"6.12","bootTime":7.5,"failedUnits":["a.service"],"deployment":"","commandLine":"rw"}"#;
        let noisy = format!("\u{1b}[0m[ 1.2] audit\r\n{line}\r\n[ 7.6] more");
        let cut: String = line.chars().take(60).collect();
        let broken = format!("{cut}[ 9.1] disk");
        let first_broken = format!("{broken}\n{line}");
        let last_broken = format!("{line}\n{broken}\n");
        let cases = [
            ("", Ok(0)),
            ("login: ", Ok(0)),
            (noisy.as_str(), Ok(1)),
            (line, Ok(1)),
            (cut.as_str(), Ok(0)),
            ("terroir-ready {\"kernel\":1}", Err(())),
            ("terroir-ready nonsense", Ok(0)),
            (broken.as_str(), Ok(0)),
            (first_broken.as_str(), Ok(1)),
            (last_broken.as_str(), Ok(1)),
        ];
        for (console, expected) in cases {
            let found =
                Report::find(console).map(|found| found.map_or(0, |one| one.failed_units.len()));
            assert_eq!(found.map_err(drop), expected, "{console}");
        }
    }
}
