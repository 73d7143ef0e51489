//! Findings: what an audit found for one control.

use serde::{Deserialize, Serialize};

use crate::origin::Origin;
use crate::setting::Place;

/// What an audit says of a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The root meets it.
    Pass,
    /// The root does not meet it.
    Fail,
    /// The root does not meet it, and somebody answers for that.
    Excepted,
    /// The root has nothing that it is about, or another choice was made.
    NotApplicable,
    /// The installation decides it: partitions, the boot loader.
    InstallTime,
    /// The running system decides it.
    RunTime,
    /// A person has to look.
    Manual,
    /// It could not be examined, which is not a verdict: see `error` of the finding.
    Error,
}

impl Verdict {
    /// Every verdict, the ones that need somebody first.
    pub const ALL: [Self; 8] = [
        Self::Fail,
        Self::Error,
        Self::Excepted,
        Self::Pass,
        Self::NotApplicable,
        Self::InstallTime,
        Self::RunTime,
        Self::Manual,
    ];

    /// The word in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Excepted => "excepted",
            Self::NotApplicable => "not applicable",
            Self::InstallTime => "install-time",
            Self::RunTime => "run-time",
            Self::Manual => "manual",
            Self::Error => "error",
        }
    }
}

/// One setting of a control, as it was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Examined {
    /// The setting's key: `sysctl:net.ipv4.ip_forward`.
    pub setting: String,
    /// What is demanded, in words.
    pub expected: String,
    /// What the root has, in words.
    pub found: String,
    /// What follows for this setting alone.
    pub verdict: Verdict,
    /// The file of the root that decides it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line in that file, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Which recipe or layer set the value that is in force, where the image tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The flavour whose recipe it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flavour: Option<String>,
    /// How to mend it; none where there is nothing to mend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
}

impl Examined {
    /// Takes over where in the root a value was found.
    pub(super) fn at(mut self, place: Option<Place>) -> Self {
        if let Some(place) = place {
            self.file = Some(place.path.to_string());
            self.line = place.line;
        }
        self
    }

    /// The file and the line in the root, as people write them.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        let file = self.file.as_ref()?;
        Some(match self.line {
            Some(line) => format!("{file}:{line}"),
            None => file.clone(),
        })
    }
}

impl Excepted {
    /// The reason, who answers for it, and until when.
    #[must_use]
    pub fn describe(&self) -> String {
        let until = match self.days_left < 0 {
            true => format!("expired on {}", self.expires),
            false => format!("until {}", self.expires),
        };
        format!("{} ({}, {until})", self.reason, self.owner)
    }
}

impl Finding {
    /// The settings that made the verdict: those that are wrong where some are, else all.
    #[must_use]
    pub fn decisive(&self) -> Vec<&Examined> {
        let wrong = |one: &&Examined| matches!(one.verdict, Verdict::Fail | Verdict::Error);
        let some: Vec<&Examined> = self.settings.iter().filter(wrong).collect();
        match some.is_empty() {
            true => self.settings.iter().collect(),
            false => some,
        }
    }

    /// What was found, in lines.
    #[must_use]
    pub fn details(&self) -> String {
        let mut lines = Vec::new();
        for one in self.decisive() {
            lines.push(one.setting.clone());
            lines.push(format!("  expected {}", one.expected));
            let place = one
                .place()
                .map_or_else(String::new, |place| format!(" ({place})"));
            lines.push(format!("  found    {}{place}", one.found));
            lines.extend(
                one.origin
                    .iter()
                    .map(|origin| format!("  set by   {origin}")),
            );
            lines.extend(one.mend.iter().map(|mend| format!("  mend     {mend}")));
        }
        if let Some(exception) = &self.exception {
            lines.push(format!("excepted {}", exception.describe()));
        }
        lines.join("\n")
    }
}

/// A stated deviation that covers a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Excepted {
    /// Why it is needed.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds, `YYYY-MM-DD`.
    pub expires: String,
    /// Days until then; negative when it has passed.
    pub days_left: i64,
    /// The flavour that states it.
    pub flavour: String,
    /// Where it is written.
    pub origin: Origin,
}

/// What an audit says of one control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Finding {
    /// The number in the benchmark.
    pub number: String,
    /// All ids of the control.
    pub ids: Vec<String>,
    /// What is true of a root that meets it.
    pub title: String,
    /// The layer that has the control.
    pub layer: String,
    /// What that layer is about.
    pub section: String,
    /// What it protects from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What it can break.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaks: Option<String>,
    /// The benchmark's level.
    pub level: u8,
    /// The rules of the SCAP Security Guide that examine the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// Why it is pointless, or could not be examined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its settings as they were found.
    pub settings: Vec<Examined>,
    /// The exception that covers it, also when it has expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exception: Option<Excepted>,
    /// Where the control stands in the layer document.
    pub origin: Origin,
}
