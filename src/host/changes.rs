//! What the machine changed in /etc, and which settings of its flavour that touches.

use std::fs;

use serde::Serialize;

use super::error::Error;
use super::machine::Machine;
use crate::bootable::ostree::{OS_NAME, ostree};
use crate::package::is_made_by_machines;
use crate::path::TreePath;
use crate::recipe::{RECORD_PATH, Record, in_force};

/// A file of /etc that is not as the image has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Where.
    pub path: TreePath,
    /// `modified`, `added` or `removed`.
    pub change: &'static str,
    /// Settings of the flavour that live there.
    pub settings: Vec<Touched>,
}

/// A setting of the flavour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Touched {
    /// Its key.
    pub setting: String,
    /// The tier that set it.
    pub tier: String,
    /// The flavour that set it.
    pub flavour: String,
}

/// Every file of /etc that is not as the running image has it, but for those that machines make
/// themselves: keys of the host, the machine's id.
pub(super) fn changes(machine: &Machine) -> Result<Vec<Changed>, Error> {
    let mut arguments = vec!["admin".to_owned(), "config-diff".to_owned()];
    arguments.extend(machine.options());
    arguments.push(format!("--os={OS_NAME}"));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let text = ostree(&[], &arguments)?;
    let mut changes: Vec<Changed> = text.lines().filter_map(changed).collect();
    changes.retain(|change| !is_made_by_machines(&change.path));
    changes.sort_by(|one, other| one.path.cmp(&other.path));
    if let Some(record) = record(machine) {
        for change in &mut changes {
            change.settings = touched(&record, &change.path);
        }
    }
    Ok(changes)
}

/// A line such as `M    ssh/sshd_config`.
fn changed(line: &str) -> Option<Changed> {
    let (mark, path) = line.split_once(char::is_whitespace)?;
    let change = match mark {
        "M" => "modified",
        "A" => "added",
        "D" => "removed",
        _ => return None,
    };
    let path = TreePath::parse(&format!("etc/{}", path.trim_start())).ok()?;
    Some(Changed {
        path,
        change,
        settings: Vec::new(),
    })
}

/// The record of the running image; none when it has none that this terroir reads.
fn record(machine: &Machine) -> Option<Record> {
    let bytes = fs::read(machine.file(RECORD_PATH)).ok()?;
    Record::parse(&bytes).ok()
}

fn touched(record: &Record, path: &TreePath) -> Vec<Touched> {
    let settings = in_force(&record.settings, &record.exceptions);
    settings
        .filter(|(_, kind, name, _)| {
            let reads = kind.reads(name);
            reads.iter().any(|one| one.names(path))
        })
        .map(|(key, _, _, claim)| Touched {
            setting: key.to_owned(),
            tier: claim.tier.to_string(),
            flavour: claim.flavour.clone(),
        })
        .collect()
}
