//! Files that the boot chain needs and terroir does not make: boot loaders, kernels, RAM disks.

use std::collections::BTreeSet;

use serde_json::Value;

use super::rendered::Rendered;
use super::report::{Finding, Row};
use crate::kickstart::boot::{NEEDED, NeededFile, needed_files};
use crate::kickstart::output::path::HTTP;

/// The list of a rendered site; empty when it has none, or none that can be read.
fn list(rendered: &Rendered) -> Result<Vec<NeededFile>, String> {
    match rendered.files.get(NEEDED) {
        Some(Some(text)) => needed_files(text),
        _ => Ok(Vec::new()),
    }
}

/// Paths of the web server that others fill: needed files, and the trees of installers.
#[derive(Debug)]
pub(in crate::kickstart) struct Elsewhere {
    files: BTreeSet<String>,
    trees: Vec<String>,
}

impl Elsewhere {
    /// Those of a rendered site.
    pub(in crate::kickstart) fn of(rendered: &Rendered) -> Self {
        let files = list(rendered).unwrap_or_default();
        let server = rendered.index.get("server").and_then(Value::as_str);
        let trees = rendered.index.get("installers").and_then(Value::as_object);
        let trees = trees.into_iter().flat_map(|trees| trees.values());
        let trees = trees.filter_map(|tree| tree.get("url")?.as_str()?.strip_prefix(server?));
        Self {
            files: files.into_iter().map(|file| file.path).collect(),
            trees: trees.map(|tree| format!("{HTTP}{tree}")).collect(),
        }
    }

    /// Whether a path is one of them.
    pub(in crate::kickstart) fn has(&self, path: &str) -> bool {
        self.files.contains(path) || self.trees.iter().any(|tree| path.starts_with(tree))
    }
}

/// Whether everything is there that the boot chain needs. A site of which nothing was fetched yet is
/// passed over, with the command that fetches.
pub(in crate::kickstart) fn needed(rendered: &Rendered) -> Row {
    let mut row = Row {
        check: "loaders and kernels".to_owned(),
        looked_at: 0,
        skipped: None,
        findings: Vec::new(),
    };
    let finding = |file: &str, message: String| Finding {
        file: file.to_owned(),
        line: 0,
        message,
    };
    let files = match list(rendered) {
        Ok(files) => files,
        Err(why) => {
            row.findings.push(finding(NEEDED, why));
            return row;
        }
    };
    let is_there = |file: &&NeededFile| rendered.files.contains_key(&file.path);
    if !files.is_empty() && !files.iter().any(|file| is_there(&file)) {
        row.skipped = Some("none is there yet: run fetch.sh in the folder".to_owned());
        return row;
    }
    row.looked_at = files.len();
    for file in files.iter().filter(|file| !is_there(file)) {
        let message = format!("the {} is not there; fetch.sh gets it", file.what);
        row.findings.push(finding(&file.path, message));
    }
    row
}
