//! The formats of a report.

use std::fmt;
use std::str::FromStr;

use super::{code_quality, html, junit, sarif, text};
use crate::audit::report::Report;

/// A format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Lines for people.
    Text,
    /// Everything, for scripts; docs/src/formats.md.
    Json,
    /// JUnit's XML, as continuous integration shows tests.
    Junit,
    /// SARIF 2.1.0, as code hosts and editors show findings.
    Sarif,
    /// GitLab's Code Quality, shown in merge requests.
    CodeQuality,
    /// One page for a browser.
    Html,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 6] = [
        Self::Text,
        Self::Json,
        Self::Junit,
        Self::Sarif,
        Self::CodeQuality,
        Self::Html,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Sarif => "sarif",
            Self::CodeQuality => "code-quality",
            Self::Html => "html",
        }
    }

    /// The whole report, with a line feed at its end.
    #[must_use]
    pub fn write(self, report: &Report) -> String {
        let mut text = match self {
            Self::Text => text::text(report),
            Self::Json => serde_json::to_string_pretty(report).expect("reports have text keys"),
            Self::Junit => junit::of_report(report),
            Self::Sarif => sarif::sarif(report),
            Self::CodeQuality => code_quality::code_quality(report),
            Self::Html => html::html(report),
        };
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = Self::ALL.into_iter();
        all.find(|format| format.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name);
            match crate::origin::did_you_mean(text, names) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("write one of {}", names.join(", ")),
            }
        })
    }
}
