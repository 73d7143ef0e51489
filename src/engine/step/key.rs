//! Step keys: what a layer is made of, as one digest, and why a step is not cached.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::action::{Action, Content, Input, MountSource};
use crate::engine::lower::PureStep;
use crate::oci::{Digest, sorted_json};
use crate::sandbox::Isolation;
use crate::tree::{Codec, Row};

/// The number of the format of keys; it changes with whatever changes bytes: the archive writer,
/// the codec's settings, the zstd crate, the lowering of actions.
const FORMAT: u32 = 2;

/// The document that a key digests (docs/src/formats.md).
#[derive(Serialize)]
pub(in crate::engine) struct Document<'a> {
    format: u32,
    kind: &'static str,
    codec: &'static str,
    actions: &'a [Action],
    inputs: Vec<&'a Input>,
    rows: &'a BTreeMap<String, String>,
    reads: &'a BTreeMap<String, Digest>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    accounts: &'a BTreeMap<String, u32>,
}

/// The parts of a key, kept to tell later what changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::engine) struct Parts {
    /// The whole key.
    key: Option<Digest>,
    actions: Option<Digest>,
    inputs: BTreeMap<String, Digest>,
    rows: BTreeMap<String, String>,
    reads: BTreeMap<String, Digest>,
    /// The numbers that names of users and groups have.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    accounts: BTreeMap<String, u32>,
    /// Of a step that runs commands: all layers below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chain: Option<Digest>,
    /// Of a step that runs commands: exact packages and other roots.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pins: BTreeMap<String, Digest>,
}

/// The key of a pure step and its parts.
pub(super) fn pure_key(actions: &[Action], step: &PureStep, codec: Codec) -> (Digest, Parts) {
    let rows: BTreeMap<String, String> = step
        .rows
        .iter()
        .map(|(path, row)| (path.to_string(), row_text(row)))
        .collect();
    let reads: BTreeMap<String, Digest> = step
        .reads
        .iter()
        .map(|(path, digest)| (path.to_string(), *digest))
        .collect();
    let document = Document {
        format: FORMAT,
        kind: "pure",
        codec: codec.name(),
        actions,
        inputs: step.inputs.values().collect(),
        rows: &rows,
        reads: &reads,
        accounts: &step.accounts,
    };
    let key = Digest::of(&sorted_json(&document));
    let inputs = step
        .inputs
        .iter()
        .map(|(path, input)| (path.clone(), input.sha256))
        .collect();
    (
        key,
        Parts {
            key: Some(key),
            actions: None,
            inputs,
            rows,
            reads,
            accounts: step.accounts.clone(),
            chain: None,
            pins: BTreeMap::new(),
        },
    )
}

/// What the key of a step that runs commands is made of, beside its actions.
#[derive(Clone, Debug)]
pub(super) struct RunParts<'a> {
    /// The digest of all layers below, records left out.
    pub chain: Digest,
    /// How commands are confined.
    pub isolation: Isolation,
    /// The latest time that an entry may have.
    pub epoch: u64,
    /// Variables that the parent's config states.
    pub environment: &'a [(String, String)],
    /// The settings that the step writes out, by key.
    pub settings: BTreeMap<String, serde_json::Value>,
    /// Exact packages, and the roots that are copied from, by their chains.
    pub pins: BTreeMap<String, Digest>,
}

/// The key of a step that runs commands, and its parts.
pub(super) fn run_key(actions: &[Action], run: &RunParts<'_>, codec: Codec) -> (Digest, Parts) {
    let settings = Digest::of(&sorted_json(&run.settings));
    let key = Digest::of(&sorted_json(&serde_json::json!({
        "format": FORMAT,
        "kind": "run",
        "codec": codec.name(),
        "actions": actions,
        "chain": run.chain,
        "isolation": run.isolation,
        "epoch": run.epoch,
        "environment": run.environment,
        "settings": settings,
        "pins": run.pins,
    })));
    let mut inputs = BTreeMap::new();
    for action in actions {
        each_input(action, &mut |input| {
            inputs.insert(input.path.clone(), input.sha256);
        });
    }
    let parts = Parts {
        key: Some(key),
        actions: None,
        inputs,
        rows: BTreeMap::new(),
        reads: BTreeMap::new(),
        accounts: BTreeMap::new(),
        chain: Some(run.chain),
        pins: run.pins.clone(),
    };
    (key, parts)
}

/// Visits every file of the repository that an action reads.
fn each_input(action: &Action, visit: &mut dyn FnMut(&Input)) {
    match action {
        Action::Write {
            content: Content::Input(input),
            ..
        }
        | Action::Put {
            content: Content::Input(input),
            ..
        }
        | Action::Unpack { archive: input, .. } => visit(input),
        Action::Packages(packages) => packages.files.iter().for_each(visit),
        Action::Run(command) => {
            for mount in &command.mounts {
                if let MountSource::Inputs(inputs) = &mount.source {
                    inputs.values().for_each(&mut *visit);
                }
            }
        }
        _ => {}
    }
}

/// The key of a layer that several pure steps share.
pub(super) fn joined_key(keys: &[Digest]) -> Digest {
    Digest::of(&sorted_json(
        &serde_json::json!({ "format": FORMAT, "kind": "joined", "keys": keys }),
    ))
}

/// The actions with their inputs named only, which tells a changed file from a changed recipe.
fn without_inputs(actions: &[Action]) -> serde_json::Value {
    let mut value = serde_json::to_value(actions).unwrap_or_default();
    fn strip(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(map) => {
                if map.contains_key("sha256") {
                    map.remove("sha256");
                }
                map.values_mut().for_each(strip);
            }
            serde_json::Value::Array(list) => list.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut value);
    value
}

fn row_text(row: &Row) -> String {
    let link = row
        .link
        .as_ref()
        .map(|link| format!(" -> {}", String::from_utf8_lossy(link)))
        .unwrap_or_default();
    let xattrs: Vec<String> = row
        .xattrs
        .iter()
        .map(|(name, value)| format!(" {}={}", String::from_utf8_lossy(name), Digest::of(value)))
        .collect();
    format!(
        "{:04o} {}:{}{link}{}",
        row.mode,
        row.uid,
        row.gid,
        xattrs.concat()
    )
}

impl Parts {
    /// With what the step does; only steps that are not found are asked for it.
    pub(super) fn with_actions(&self, actions: &[Action]) -> Self {
        Self {
            actions: Some(Digest::of(&sorted_json(&without_inputs(actions)))),
            ..self.clone()
        }
    }

    /// Why a step with these parts is not the one that was built before.
    pub(super) fn difference(&self, before: Option<&Self>) -> String {
        let Some(before) = before else {
            return "not built before".to_owned();
        };
        if self.key == before.key {
            return "its layer is not in the store any more".to_owned();
        }
        let changed =
            |new: &BTreeMap<String, Digest>, old: &BTreeMap<String, Digest>| -> Vec<String> {
                let gone = old.keys().filter(|path| !new.contains_key(*path));
                let differs = new
                    .iter()
                    .filter(|(path, digest)| old.get(*path) != Some(digest))
                    .map(|(path, _)| path);
                differs.chain(gone).cloned().collect()
            };
        let rows: Vec<String> = self
            .rows
            .iter()
            .filter(|(path, row)| before.rows.get(*path) != Some(row))
            .map(|(path, _)| path.clone())
            .collect();
        let mut reasons = Vec::new();
        let mut say = |what: &str, paths: &[String]| match paths {
            [] => {}
            [one] => reasons.push(format!("{what} {one} changed")),
            [first, rest @ ..] => {
                reasons.push(format!("{what} {first} and {} more changed", rest.len()));
            }
        };
        say("file", &changed(&self.inputs, &before.inputs));
        say("the parent's file", &changed(&self.reads, &before.reads));
        say("the parent's directory", &rows);
        say("package or source", &changed(&self.pins, &before.pins));
        if self.accounts != before.accounts {
            reasons.push("the numbers of users or groups changed".to_owned());
        }
        if self.chain != before.chain {
            reasons.push("what it stands on changed".to_owned());
        }
        if self.actions != before.actions {
            reasons.push("what it writes changed".to_owned());
        }
        if reasons.is_empty() {
            reasons.push("the format or the compression changed".to_owned());
        }
        reasons.join(", ")
    }
}

/// The name under which the parts of an entry's last key are noted.
pub(super) fn entry_note(flavour: &str, platform: &str, position: usize) -> Digest {
    Digest::of(format!("{flavour}\n{platform}\n{position}").as_bytes())
}
