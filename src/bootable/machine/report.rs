//! The readiness report: one line that a machine writes on its console once it is up.
//!
//! The line is `terroir-ready` followed by a JSON object. The console may hold anything around it:
//! messages of the kernel, colours, the end of a line that was not finished.

use serde::{Deserialize, Serialize};

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
}

impl Report {
    /// The last report on a console; none when there is none yet.
    ///
    /// # Errors
    /// A whole object that is no report.
    pub fn find(console: &str) -> Result<Option<Self>, String> {
        let Some((_, rest)) = console.rsplit_once(WORD) else {
            return Ok(None);
        };
        let mut objects = serde_json::Deserializer::from_str(rest).into_iter();
        match objects.next() {
            None => Ok(None),
            Some(Ok(report)) => Ok(Some(report)),
            Some(Err(error)) if error.is_eof() => Ok(None),
            Some(Err(error)) => Err(error.to_string()),
        }
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
        let cases = [
            ("", Ok(0)),
            ("login: ", Ok(0)),
            (noisy.as_str(), Ok(1)),
            (line, Ok(1)),
            (cut.as_str(), Ok(0)),
            ("terroir-ready {\"kernel\":1}", Err(())),
            ("terroir-ready nonsense", Err(())),
        ];
        for (console, expected) in cases {
            let found =
                Report::find(console).map(|found| found.map_or(0, |one| one.failed_units.len()));
            assert_eq!(found.map_err(drop), expected, "{console}");
        }
    }
}
