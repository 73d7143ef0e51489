//! Whether packages are installed; a step before the entry installs and removes them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::origin::{Diagnostic, Sourced, SourcedMap};
use crate::package::Installed;
use crate::setting::contract::check::{Checked, Outcome, Reads, Unexamined};
use crate::setting::contract::definition::{Declare, Definition};
use crate::setting::contract::kind::{Kind, Setting, each};
use crate::setting::contract::refusal::{Refusal, examined, typed};
use crate::tree::Snapshot;

impl Kind {
    /// Whether a package is installed.
    pub const PACKAGE: Self = Self::named("package");
}

/// The kind `package`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    about: "Packages: `aide: present`, `telnet: absent`.",
    example: "aide: present\n\
        telnet: absent",
    effect: "A step of packages before the entry installs and removes them.",
    ..Definition::of(Kind::PACKAGE, check, |_| reads(), show)
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = SourcedMap<PackageState>;

/// Reads all that one document declares.
pub(in crate::setting) const DECLARE: Declare<Declared> =
    |declared, _| each(declared.iter().map(|(name, value)| declare(name, *value)));

/// Whether a package is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PackageState {
    /// It is.
    Present,
    /// It is not.
    Absent,
}

/// Reads one package as written.
pub(in crate::setting) fn declare(
    name: &Sourced<String>,
    state: PackageState,
) -> Result<Setting, Diagnostic> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte);
    if name.is_empty() || !name.bytes().all(known) {
        return Err(Diagnostic::error(
            &name.origin,
            format!("`{name}` is not the name of a package"),
        )
        .hint("write the name alone, without version or architecture"));
    }
    Ok(Setting {
        kind: Kind::PACKAGE,
        name: name.value.clone(),
        value: serde_json::to_value(state).expect("a plain enum serialises"),
        origin: name.origin.clone(),
    })
}

impl Setting {
    /// What the setting says of a package; none when it is of another kind.
    #[must_use]
    pub fn package(&self) -> Option<PackageState> {
        match self.kind {
            Kind::PACKAGE => PackageState::deserialize(&self.value).ok(),
            _ => None,
        }
    }
}

/// Looks into the database of installed packages.
pub(in crate::setting) fn check(
    name: &str,
    value: &Value,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    let demanded: PackageState = examined(Kind::PACKAGE, name, value)?;
    let installed = Installed::of(root)?.ok_or(Unexamined::NoPackages)?;
    let version = installed.version(name);
    let found = match version {
        Some(version) => format!("{name} {version} is installed"),
        None => format!("{name} is not installed"),
    };
    let met = version.is_some() == (demanded == PackageState::Present);
    let outcome = if met { Outcome::Met } else { Outcome::Unmet };
    Ok(Checked::new(outcome, found, None))
}

/// The database.
pub(in crate::setting) fn reads() -> Vec<Reads> {
    vec![Reads::Packages]
}

/// `package aide is present`.
pub(in crate::setting) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    Ok(match typed(Kind::PACKAGE, name, value)? {
        PackageState::Present => format!("package {name} is present"),
        PackageState::Absent => format!("package {name} is absent"),
    })
}
