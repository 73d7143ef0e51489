//! The gate for settings that another file undoes: it fails the build and shows the line that wins.

use std::collections::BTreeSet;

use crate::engine::error::Error;
use crate::engine::parent::ParentImage;
use crate::engine::root::State;
use crate::origin::Diagnostic;
use crate::path::TreePath;
use crate::recipe::{Claim, Flavour, in_force};
use crate::setting::{Kind, Outcome, configured_beyond, is_configuration};
use crate::tree::Snapshot;

use super::finished::Gate;
use super::found::found_at;

impl Gate<'_> {
    /// Refuses a root in which a setting is not what its program would use.
    ///
    /// Texts of configuration files are known without reading layers; those are read where a file
    /// takes others in from places that are not.
    pub(in crate::engine) fn effective(
        self,
        flavour: &Flavour,
        state: &State,
        parent: &ParentImage,
    ) -> Result<(), Error> {
        let record = self.record;
        let rules = serde_json::json!({
            "settings": record.settings, "exceptions": record.exceptions,
            "program": env!("CARGO_PKG_VERSION"),
        });
        let key = self.key("effective", &rules);
        if self.store.note("gates", &key)?.is_some() {
            return Ok(());
        }
        let own: BTreeSet<String> = flavour
            .entries
            .iter()
            .flat_map(|entry| &entry.proposals)
            .map(|proposal| proposal.setting.key())
            .collect();
        let mut root = state.known_files();
        let mut defeated = Vec::new();
        let whole = match configured_beyond(&root) {
            true => Some(self.root()?),
            false => None,
        };
        for (key, kind, name, claim) in in_force(&record.settings, &record.exceptions) {
            if !kind.reads_many_files() {
                continue;
            }
            let file = (kind == Kind::CONFIG).then(|| file_of(name)).flatten();
            if let Some(file) = file.filter(|file| !is_configuration(file)) {
                let inherited = parent.state.texts.contains_key(&file);
                if !own.contains(key) && !inherited && !state.texts.contains_key(&file) {
                    continue;
                }
                read(&mut root, state, &file);
            }
            let root = whole.as_ref().unwrap_or(&root);
            let found = match kind.check(name, &claim.value, root) {
                Ok(checked) if checked.outcome != Outcome::Unmet => continue,
                Ok(checked) => found_at(&checked),
                Err(unexamined) => unexamined.to_string(),
            };
            defeated.push(diagnostic((key, kind, name), claim, &found));
        }
        if !defeated.is_empty() {
            return Err(Error::Defeated(defeated));
        }
        Ok(self.store.put_note("gates", &key, b"held")?)
    }
}

/// The file in the name of a setting.
fn file_of(name: &str) -> Option<TreePath> {
    TreePath::parse(name.split('#').next()?).ok()
}

/// Puts a file that is not a known configuration file into the snapshot.
fn read(root: &mut Snapshot, state: &State, file: &TreePath) {
    if let Ok(Some((path, file))) = state.read(file) {
        root.put_file(&path, &file.bytes, (file.mode, file.uid, file.gid));
    }
}

fn diagnostic((key, kind, name): (&str, Kind, &str), claim: &Claim, found: &str) -> Diagnostic {
    let demanded = kind.show(name, &claim.value);
    let message = format!("{key} has no effect in the finished image: {found}");
    Diagnostic::error(&claim.origin, message)
        .labelled(format!("this demands {demanded}"))
        .hint(
            "take that line out of the file in an earlier entry, state the other value as a setting \
             with `override: true`, or make an exception for the control",
        )
}
