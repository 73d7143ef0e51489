//! What the sudo of a finished root would do.

use serde_json::Value;

use super::declare::SudoValue;
use super::sudoers::{Statement, statements};
use crate::path::TreePath;
use crate::setting::contract::check::{Checked, Place, Reads, Unexamined};
use crate::setting::contract::kind::Kind;
use crate::setting::contract::refusal::examined;
use crate::setting::input::place::constant;
use crate::tree::Snapshot;

/// Most files that take each other in, as sudo has it.
const MAX_DEPTH: usize = 128;

/// Looks at every statement of all files, in the order in which sudo reads them.
pub(in crate::setting) fn check(
    name: &str,
    value: &Value,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    let demanded: SudoValue = examined(Kind::SUDO, name, value)?;
    let main = constant("/etc/sudoers");
    if root.followed(&main).is_none() {
        return Ok(Checked::not_applicable("sudo is not installed"));
    }
    let mut all = Vec::new();
    read(root, &main, 0, &mut all)?;
    if demanded == SudoValue::Absent {
        return Ok(absent(name, &all));
    }
    let mut last = None;
    for (path, statement) in &all {
        let Some(defaults) = statement.defaults() else {
            continue;
        };
        for term in defaults.terms {
            let Some(said) = said(term, name) else {
                continue;
            };
            let met = demanded.takes(name, &said);
            let place = Place::line(path, statement.line);
            // A user or command for which it is weaker is enough of a fault.
            if !defaults.is_global && !met {
                let found = format!("{} {term}", defaults.head);
                return Ok(Checked::unmet(found, Some(place)));
            }
            if defaults.is_global {
                last = Some((met, term.to_owned(), place));
            }
        }
    }
    Ok(match last {
        Some((met, term, place)) => Checked::when(met, format!("Defaults {term}"), Some(place)),
        None => Checked::unmet(format!("no Defaults line says {name}"), None),
    })
}

/// What a term says of a Default; none when it is of another one.
fn said(term: &str, name: &str) -> Option<SudoValue> {
    if let Some(off) = term.strip_prefix('!') {
        return (off.trim() == name).then_some(SudoValue::On(false));
    }
    let Some((key, value)) = term.split_once('=') else {
        return (term == name).then_some(SudoValue::On(true));
    };
    let key = key.trim_end_matches(['+', '-']).trim();
    let value = value.trim();
    let value = match value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
    {
        Some(inner) => inner.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => value.to_owned(),
    };
    (key == name).then_some(SudoValue::Is(value))
}

fn absent(name: &str, all: &[(TreePath, Statement)]) -> Checked {
    for (path, statement) in all {
        let found = match name {
            "NOPASSWD" => statement.has_no_password(),
            name => statement.defaults().is_some_and(|defaults| {
                let bare = |term: &str| term.split_whitespace().collect::<String>();
                defaults.terms.iter().any(|term| bare(term) == name)
            }),
        };
        if found {
            let place = Some(Place::line(path, statement.line));
            return Checked::unmet(statement.text.clone(), place);
        }
    }
    Checked::met(format!("nothing says {name}"), None)
}

fn read(
    root: &Snapshot,
    path: &TreePath,
    depth: usize,
    all: &mut Vec<(TreePath, Statement)>,
) -> Result<(), Unexamined> {
    let text = root.text(path)?.unwrap_or_default();
    for statement in statements(&text) {
        let Some((is_folder, target)) = statement.includes() else {
            all.push((path.clone(), statement));
            continue;
        };
        let full = match target.starts_with('/') {
            true => target,
            false => format!("/etc/{target}"),
        };
        let Ok(target) = TreePath::parse(&full) else {
            continue;
        };
        let mut files = vec![target.clone()];
        if is_folder {
            files = root.children(&target);
            files.retain(|path| {
                let name = path.file_name();
                !name.contains(&b'.') && !name.ends_with(b"~")
            });
        }
        for file in files.iter().filter(|_| depth < MAX_DEPTH) {
            read(root, file, depth + 1, all)?;
        }
    }
    Ok(())
}

/// The file and its folder, wherever else it may include from.
pub(in crate::setting) fn reads() -> Vec<Reads> {
    vec![Reads::at("/etc/sudoers"), Reads::below("/etc/sudoers.d")]
}
