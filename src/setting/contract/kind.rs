//! A kind of setting by its name, and one setting of a kind.

use std::fmt;

use serde_json::Value;

use crate::origin::{Diagnostic, Origin};

/// One thing that a control, a layer or a recipe demands of a root.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// What kind of thing it is.
    pub kind: Kind,
    /// Which one, in the kind's canonical spelling.
    pub name: String,
    /// What it has to be: the kind's own typed value, serialised canonically.
    pub value: Value,
    /// Where it was written.
    pub origin: Origin,
}

impl Setting {
    /// The key in the table of settings: `sysctl:net.ipv4.ip_forward`.
    #[must_use]
    pub fn key(&self) -> String {
        self.kind.key(&self.name)
    }
}

/// The name of a kind of setting; each kind's own file states its constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(&'static str);

impl Kind {
    /// The kind of a name, for the constant in the kind's file.
    pub(in crate::setting) const fn named(name: &'static str) -> Self {
        Self(name)
    }

    /// The word before the colon of a key.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        self.0
    }

    /// The key of one setting of this kind.
    #[must_use]
    pub fn key(self, name: &str) -> String {
        format!("{}:{name}", self.prefix())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.prefix())
    }
}

/// Gathers the settings, or all that is wrong with them.
pub(in crate::setting) fn each(
    results: impl Iterator<Item = Result<Setting, Diagnostic>>,
) -> Result<Vec<Setting>, Vec<Diagnostic>> {
    let mut settings = Vec::new();
    let mut diagnostics = Vec::new();
    for result in results {
        match result {
            Ok(setting) => settings.push(setting),
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
    }
    if diagnostics.is_empty() {
        Ok(settings)
    } else {
        Err(diagnostics)
    }
}

/// Gathers the settings of declarations that each make several.
pub(in crate::setting) fn many(
    results: impl Iterator<Item = Result<Vec<Setting>, Diagnostic>>,
) -> Result<Vec<Setting>, Vec<Diagnostic>> {
    each(results.flat_map(|result| match result {
        Ok(settings) => settings.into_iter().map(Ok).collect(),
        Err(diagnostic) => vec![Err(diagnostic)],
    }))
}
