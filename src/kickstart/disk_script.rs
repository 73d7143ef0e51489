//! The script that finds the disk of one machine, for an installer that has no other script around it.

use std::collections::BTreeMap;

use serde_json::json;

use super::inventory::host::{DiskChoice, HostDocument};
use super::resolve::host::disk::resolve_disks;
use super::resolve::host::draft::Draft;
use super::template::environment::Templates;
use super::template::host_values::disk_values;
use crate::origin::{Diagnostic, Sourced};

/// The template that all installers share.
const TEMPLATE: &str = "disk.sh";
/// What it expects of the script around it.
const BEFORE: &str = "\
set -eu
fail() { printf '%s\\n' \"$*\" >&2; exit 1; }
report() { :; }
";
const AFTER: &str = "printf '%s\\n' \"$disk1\"\n";

/// What lists disks after the template: each with its name, MiB, model, serial number, what is on it, and what
/// keeps it from being wiped, between tabs.
const LIST: &str = include_str!("disk_list.sh");

/// A shell script that lists the disks of a machine, each on a line: its name, MiB, how it is connected with its
/// model, serial number, what is on it, and what keeps it from being wiped; tabs are between them.
///
/// # Errors
/// A mistake in the template.
pub fn disk_list_script() -> Result<String, Vec<Diagnostic>> {
    let templates = Templates::new(&BTreeMap::new())?;
    let values = json!({ "disks": [], "host": { "name": "" } });
    let script = templates.render(TEMPLATE, &values);
    let script = script.map_err(|problem| vec![*problem])?;
    Ok(format!("{BEFORE}{script}{LIST}"))
}

/// A shell script that prints the name of the one disk that a choice means, such as `sda`, or says why
/// there is none; `room` is how many MiB the disk must have.
///
/// # Errors
/// A choice that is not valid, all that is wrong with it.
pub fn disk_script(
    host: &Sourced<String>,
    choice: &Sourced<DiskChoice>,
    room: u64,
) -> Result<String, Vec<Diagnostic>> {
    let document = HostDocument {
        disk: Some(choice.clone()),
        ..HostDocument::default()
    };
    let draft = Draft::alone(host, &document);
    let mut problems = Vec::new();
    let disks = resolve_disks(&draft, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let disks: Vec<_> = disks.iter().map(|disk| disk_values(disk, room)).collect();
    let values = json!({ "disks": disks, "host": { "name": host.value } });
    let templates = Templates::new(&BTreeMap::new())?;
    let script = templates.render(TEMPLATE, &values);
    let script = script.map_err(|problem| vec![*problem])?;
    Ok(format!("{BEFORE}{script}{AFTER}"))
}
