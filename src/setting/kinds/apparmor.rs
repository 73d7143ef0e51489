//! Whether the profiles of AppArmor are enforced (apparmor.d(5), aa-complain(8)).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::action::Action;
use crate::origin::{Diagnostic, Sourced, SourcedMap};
use crate::path::TreePath;
use crate::setting::contract::check::{Checked, Place, Reads, Unexamined};
use crate::setting::contract::definition::{Declare, Definition};
use crate::setting::contract::ground::Ground;
use crate::setting::contract::kind::{Kind, Setting, each};
use crate::setting::contract::refusal::{Refusal, examined, typed};
use crate::setting::input::place::constant;
use crate::tree::{NodeKind, Snapshot};

impl Kind {
    /// Whether profiles of AppArmor are enforced.
    pub const APPARMOR: Self = Self::named("apparmor");
}

/// The kind `apparmor`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    about: "Whether profiles of AppArmor are enforced.",
    example: "profiles: enforce",
    effect: "Links in `disable` and `force-complain` below `/etc/apparmor.d` are removed.",
    render: |all, _, ground| render(all, ground),
    at_least,
    ..Definition::of(Kind::APPARMOR, check, |_| reads(), show)
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = SourcedMap<ApparmorMode>;

/// Reads all that one document declares.
pub(in crate::setting) const DECLARE: Declare<Declared> =
    |declared, _| each(declared.iter().map(|(name, mode)| declare(name, *mode)));

/// What becomes of what a profile does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ApparmorMode {
    /// It is refused.
    Enforce,
    /// It is only told, at least.
    Complain,
}

const FOLDER: &str = "/etc/apparmor.d";
const DISABLED: &str = "/etc/apparmor.d/disable";
const COMPLAINING: &str = "/etc/apparmor.d/force-complain";
const ALL: &str = "profiles";

/// Reads the mode as written.
pub(in crate::setting) fn declare(
    name: &Sourced<String>,
    mode: ApparmorMode,
) -> Result<Setting, Diagnostic> {
    if name.as_str() != ALL {
        return Err(Diagnostic::error(
            &name.origin,
            format!("`{name}` is nothing that AppArmor has"),
        )
        .hint("write profiles: enforce"));
    }
    Ok(Setting {
        kind: Kind::APPARMOR,
        name: ALL.to_owned(),
        value: serde_json::to_value(mode).expect("a plain enum serialises"),
        origin: name.origin.clone(),
    })
}

/// Takes away the links that switch profiles off or make them only complain.
pub(in crate::setting) fn render(
    all: &BTreeMap<String, Value>,
    ground: &mut dyn Ground,
) -> Result<Vec<Action>, Refusal> {
    let mut actions = Vec::new();
    for (name, value) in all {
        let folders: &[&str] = match typed(Kind::APPARMOR, name, value)? {
            ApparmorMode::Enforce => &[DISABLED, COMPLAINING],
            ApparmorMode::Complain => &[DISABLED],
        };
        for folder in folders {
            let links = ground.children(&constant(folder)).into_iter();
            let links = links.filter(|(_, target)| target.is_some());
            actions.extend(links.map(|(path, _)| Action::Remove { path }));
        }
    }
    Ok(actions)
}

/// Enforced profiles are more than complaining ones.
pub(in crate::setting) fn at_least(name: &str, candidate: &Value, mandatory: &Value) -> bool {
    let read = |value| typed::<ApparmorMode>(Kind::APPARMOR, name, value);
    matches!(
        (read(candidate), read(mandatory)),
        (Ok(ApparmorMode::Enforce), Ok(ApparmorMode::Complain))
    )
}

/// `profiles of AppArmor are enforced`.
pub(in crate::setting) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    Ok(match typed(Kind::APPARMOR, name, value)? {
        ApparmorMode::Enforce => "the profiles of AppArmor are enforced".to_owned(),
        ApparmorMode::Complain => "the profiles of AppArmor complain or are enforced".to_owned(),
    })
}

/// Looks for links that switch profiles off, and for profiles that only complain.
pub(in crate::setting) fn check(
    name: &str,
    value: &Value,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    let demanded: ApparmorMode = examined(Kind::APPARMOR, name, value)?;
    if root.followed(&constant(FOLDER)).is_none() {
        return Ok(Checked::not_applicable(
            "the root has no profiles of AppArmor",
        ));
    }
    let named = |path: &TreePath| String::from_utf8_lossy(path.file_name()).into_owned();
    let profiles: Vec<TreePath> = root
        .children(&constant(FOLDER))
        .into_iter()
        .filter(|path| is_loaded(path) && is_file(root, path))
        .collect();
    // An entry counts when a profile has its name and it leads somewhere.
    let marked = |folder: &str, path: &TreePath| {
        let entry = constant(folder).join(path.file_name()).ok()?;
        root.followed(&entry).map(|_| entry)
    };
    for path in &profiles {
        if let Some(entry) = marked(DISABLED, path) {
            let found = format!("the profile {} is switched off", named(path));
            return Ok(Checked::unmet(found, Some(Place::file(&entry))));
        }
    }
    if demanded == ApparmorMode::Complain {
        return Ok(Checked::met("no profile is switched off", None));
    }
    for path in &profiles {
        if let Some(entry) = marked(COMPLAINING, path) {
            let found = format!("the profile {} only complains", named(path));
            return Ok(Checked::unmet(found, Some(Place::file(&entry))));
        }
        let text = root.text(path)?.unwrap_or_default();
        if let Some(index) = complaining(&text) {
            let found = format!("a profile in {} only complains", named(path));
            return Ok(Checked::unmet(found, Some(Place::line(path, index))));
        }
    }
    Ok(Checked::met(
        "no profile is switched off or only complains",
        None,
    ))
}

/// Names that the parser passes over in the folder of profiles.
const PASSED_OVER: [&str; 11] = [
    ".dpkg-new",
    ".dpkg-old",
    ".dpkg-dist",
    ".dpkg-bak",
    ".dpkg-remove",
    ".pacsave",
    ".pacnew",
    ".rpmnew",
    ".rpmsave",
    ".orig",
    ".rej",
];

fn is_loaded(path: &TreePath) -> bool {
    let name = path.file_name();
    !name.starts_with(b".")
        && name != b"README"
        && !name.ends_with(b"~")
        && !PASSED_OVER.iter().any(|end| name.ends_with(end.as_bytes()))
}

fn is_file(root: &Snapshot, path: &TreePath) -> bool {
    root.followed(path)
        .is_some_and(|(_, node)| node.kind == NodeKind::File)
}

/// The line of the first profile that only complains, counted from 0: its flags stand in brackets
/// before its block, with or without `flags=`.
fn complaining(text: &str) -> Option<usize> {
    let code: Vec<&str> = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .collect();
    let code = code.join("\n");
    let mut begun = 0;
    for (open, _) in code.match_indices('{') {
        let before = code.get(begun..open).unwrap_or_default();
        let flags = before
            .trim_end()
            .strip_suffix(')')
            .and_then(|head| head.rsplit_once('('));
        if let Some((head, flags)) = flags {
            let complains = flags
                .split(|c: char| c == ',' || c.is_whitespace())
                .any(|flag| flag == "complain");
            if complains {
                let to = begun + head.len();
                return Some(code.get(..to).unwrap_or_default().matches('\n').count());
            }
        }
        begun = open + 1;
    }
    None
}

/// All profiles.
pub(in crate::setting) fn reads() -> Vec<Reads> {
    vec![Reads::below(FOLDER)]
}
