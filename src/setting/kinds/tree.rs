//! Rules over all files of a root: none writable by everybody, owned by nobody, or setuid.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::origin::{Diagnostic, Sourced};
use crate::path::TreePath;
use crate::setting::contract::check::{Checked, Place, Reads, Unexamined};
use crate::setting::contract::definition::{Declare, Definition};
use crate::setting::contract::kind::{Kind, Setting};
use crate::setting::contract::refusal::{Refusal, examined, typed};
use crate::setting::input::glob::matches;
use crate::setting::root::accounts::Accounts;
use crate::tree::{Node, NodeKind, Snapshot};

impl Kind {
    /// A rule over the whole root.
    pub const TREE: Self = Self::named("tree");
}

/// The kind `tree`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    about: "Rules over the whole root.",
    example: "world-writable: []\n\
        setuid: [/usr/bin/passwd]",
    effect: "Nothing: the gate and the audit check it.",
    at_least,
    ..Definition::of(Kind::TREE, check, |_| reads(), show)
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = TreeDeclaration;

/// Reads all that one document declares.
pub(in crate::setting) const DECLARE: Declare<Declared> = |declared, _| declare(declared);

/// Most paths that a finding names.
const MOST_NAMED: usize = 5;

/// Rules over a whole root as a document declares them; each names the paths that it lets pass,
/// patterns with `*`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct TreeDeclaration {
    /// No file is writable by everybody, but these.
    pub world_writable: Option<Sourced<Vec<String>>>,
    /// No folder that everybody may write lacks the sticky bit, but these.
    pub unsticky: Option<Sourced<Vec<String>>>,
    /// Nothing belongs to a user or group that the root does not know, but these.
    pub unowned: Option<Sourced<Vec<String>>>,
    /// No program runs with its owner's or group's rights, but these.
    pub setuid: Option<Sourced<Vec<String>>>,
    /// No home folder has `.rhosts`, `.netrc`, `.forward` or `.shosts`, but these.
    pub dot_files: Option<Sourced<Vec<String>>>,
}

/// A rule over a whole root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Rule {
    WorldWritable,
    Unsticky,
    Unowned,
    Setuid,
    DotFiles,
}

impl Rule {
    /// The name in a setting's key.
    fn name(self) -> &'static str {
        match self {
            Self::WorldWritable => "world-writable",
            Self::Unsticky => "unsticky",
            Self::Unowned => "unowned",
            Self::Setuid => "setuid",
            Self::DotFiles => "dot-files",
        }
    }

    /// What breaks it, as the subject of a sentence.
    fn subject(self) -> &'static str {
        match self {
            Self::WorldWritable => "writable by everybody",
            Self::Unsticky => "writable by everybody and without sticky bit",
            Self::Unowned => "of an owner or group that the root does not know",
            Self::Setuid => "run with their owner's or group's rights",
            Self::DotFiles => "files by which other machines are trusted or mail leaves",
        }
    }

    fn broken_by(self, path: &TreePath, node: &Node, accounts: &Accounts) -> bool {
        match self {
            Self::WorldWritable => node.kind.is_file() && node.mode & 0o002 != 0,
            Self::Unsticky => node.kind == NodeKind::Directory && node.mode & 0o1002 == 0o002,
            Self::Unowned => {
                !accounts.users.iter().any(|user| user.uid == node.uid)
                    || !accounts.groups.iter().any(|group| group.gid == node.gid)
            }
            Self::Setuid => node.kind.is_file() && node.mode & 0o6000 != 0,
            Self::DotFiles => {
                let name = path.file_name();
                let trusted: [&[u8]; 4] = [b".rhosts", b".netrc", b".forward", b".shosts"];
                let shown = path.parent().unwrap_or_default().to_string();
                trusted.contains(&name) && accounts.users.iter().any(|user| user.home == shown)
            }
        }
    }
}

/// Reads the rules as written.
pub(in crate::setting) fn declare(
    written: &TreeDeclaration,
) -> Result<Vec<Setting>, Vec<Diagnostic>> {
    let rules = [
        (Rule::WorldWritable, &written.world_writable),
        (Rule::Unsticky, &written.unsticky),
        (Rule::Unowned, &written.unowned),
        (Rule::Setuid, &written.setuid),
        (Rule::DotFiles, &written.dot_files),
    ];
    let stated = rules
        .into_iter()
        .filter_map(|(rule, but)| Some((rule, but.as_ref()?)));
    crate::setting::contract::kind::each(stated.map(|(rule, but)| {
        let relative = but.iter().find(|path| !path.starts_with('/'));
        if let Some(path) = relative {
            return Err(Diagnostic::error(
                &but.origin,
                format!("`{path}` is not an absolute path of the image"),
            )
            .hint("name the paths that may be so, for example /usr/bin/passwd or /var/tmp/*"));
        }
        let mut but_for = but.value.clone();
        but_for.sort();
        Ok(Setting {
            kind: Kind::TREE,
            name: rule.name().to_owned(),
            value: Value::from(but_for),
            origin: but.origin.clone(),
        })
    }))
}

fn rule_of(name: &str) -> Result<Rule, Unexamined> {
    examined(Kind::TREE, name, &Value::from(name))
}

/// Looks at every path of the root.
pub(in crate::setting) fn check(
    name: &str,
    value: &Value,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    let rule = rule_of(name)?;
    let but: Vec<String> = examined(Kind::TREE, name, value)?;
    let accounts = Accounts::read(root)?;
    let mut broken = Vec::new();
    for (path, node) in root.iter() {
        if rule.broken_by(path, &node, &accounts) {
            let shown = path.to_string();
            if !but.iter().any(|pattern| matches(pattern, &shown)) {
                broken.push((path, shown));
            }
        }
    }
    broken.sort();
    let Some((first, _)) = broken.first() else {
        return Ok(Checked::met(format!("none are {}", rule.subject()), None));
    };
    let place = Some(Place::file(first));
    let named: Vec<&str> = broken
        .iter()
        .take(MOST_NAMED)
        .map(|(_, shown)| shown.as_str())
        .collect();
    let more = match broken.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let found = format!("{}: {}{more}", rule.subject(), named.join(", "));
    Ok(Checked::unmet(found, place))
}

/// Fewer paths may be so.
pub(in crate::setting) fn at_least(name: &str, candidate: &Value, mandatory: &Value) -> bool {
    let read = |value| typed::<Vec<String>>(Kind::TREE, name, value);
    match (read(candidate), read(mandatory)) {
        (Ok(candidate), Ok(mandatory)) => candidate.iter().all(|path| mandatory.contains(path)),
        _ => false,
    }
}

/// The whole root.
pub(in crate::setting) fn reads() -> Vec<Reads> {
    vec![Reads::Everything]
}

/// `no files are writable by everybody`.
pub(in crate::setting) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let but: Vec<String> = typed(Kind::TREE, name, value)?;
    let rule: Rule = typed(Kind::TREE, name, &Value::from(name))?;
    Ok(match but.is_empty() {
        true => format!("no files are {}", rule.subject()),
        false => format!("no files are {}, but {}", rule.subject(), but.join(", ")),
    })
}
