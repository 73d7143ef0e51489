//! Reading an inventory: hosts with all their levels, and every error at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::control_characters::refuse_control;
use super::document::Inventory;
use super::host::{HostDocument, IDENTITY};
use super::merge::{Level, Merged, over};
use super::secret_files::secret_files;
use super::without_errors;
use crate::kickstart::value::target::Target;
use crate::oci::Digest;
use crate::origin::{Diagnostic, Origin, Sourced};
use crate::yaml::{Node, Value, decode, parse_any_size};

/// Largest inventory that is read, in bytes.
pub const MAX_INVENTORY: usize = 64 << 20;

/// How many hosts are decoded at a time.
const DECODED_AT_ONCE: usize = 256;

/// Defaults below all levels of the inventory.
const DEFAULTS: &str = include_str!("defaults.yml");

/// An inventory that was read: what can be used of it, and what is wrong with it.
#[derive(Debug)]
pub struct Reading {
    /// The file, as origins name it.
    pub file: Arc<str>,
    /// The sha256 of its text, in hexadecimal.
    pub digest: String,
    /// The keys of the site as written, without its hosts.
    pub(in crate::kickstart) head: Option<Node>,
    /// The keys of the site; none when they cannot be read.
    pub inventory: Option<Inventory>,
    /// Whether unreadable keys of the site were left out.
    pub(in crate::kickstart) is_partial: bool,
    /// Every host, in the order of the file.
    pub hosts: Vec<Merged>,
    /// The keys of each host after merging; none when they cannot be read.
    pub documents: Vec<Option<HostDocument>>,
    /// The readable keys of hosts with unreadable ones, by their place in that order.
    pub(in crate::kickstart) partial: BTreeMap<usize, HostDocument>,
    /// Everything that is wrong so far.
    pub problems: Vec<Diagnostic>,
}

impl Reading {
    /// Reads an inventory.
    #[must_use]
    pub fn new(file: &str, text: &str) -> Self {
        let mut reading = Self {
            file: Arc::from(file),
            digest: Digest::of(text.as_bytes()).hex(),
            head: None,
            inventory: None,
            is_partial: false,
            hosts: Vec::new(),
            documents: Vec::new(),
            partial: BTreeMap::new(),
            problems: Vec::new(),
        };
        if text.len() > MAX_INVENTORY {
            let message = format!("an inventory of {} bytes is too large", text.len());
            let whole = Origin::of_file(file);
            reading.problems.push(
                Diagnostic::error(&whole, message)
                    .hint(format!("up to {MAX_INVENTORY} bytes are read")),
            );
            return reading;
        }
        match parse_any_size(file, text) {
            Err(problems) => reading.problems = problems,
            Ok(node) => reading.take(&node),
        }
        reading
    }

    fn take(&mut self, node: &Node) {
        let head = without_hosts(node);
        match decode::<Inventory>(&head) {
            Ok(inventory) => self.inventory = Some(inventory),
            Err(problems) => {
                // The rest is read all the same, so that every error shows at once.
                self.is_partial = true;
                self.inventory = without_errors::decoded(&head, &problems);
                self.problems.extend(problems);
            }
        }
        self.head = Some(head);
        refuse_control(node, false, &mut self.problems);
        let builtin = builtin();
        let mut walk = Walk {
            hosts: Vec::new(),
            problems: Vec::new(),
            seen: BTreeMap::new(),
        };
        walk.level("site", node, &[], &Above::of(builtin.clone()));
        self.problems.extend(walk.problems);
        self.hosts = walk.hosts;
        self.decode_hosts(&builtin);
        self.problems.sort_by(|a, b| a.origin.cmp(&b.origin));
        self.problems.dedup();
    }

    /// Decodes the keys of hosts, some at a time: what is made of all at once is large.
    fn decode_hosts(&mut self, builtin: &Node) {
        self.documents.reserve_exact(self.hosts.len());
        for some in self.hosts.chunks(DECODED_AT_ONCE) {
            let decoded: Vec<_> = some
                .par_iter()
                .map(|host| decode::<HostDocument>(&host.node()))
                .collect();
            for (document, host) in decoded.into_iter().zip(some) {
                let problems = match document {
                    Ok(document) => {
                        self.documents.push(Some(document));
                        continue;
                    }
                    Err(problems) => problems,
                };
                let rest = without_errors::without(&host.node(), &problems);
                if let Ok(partial) = decode(&over(builtin, &rest)) {
                    self.partial.insert(self.documents.len(), partial);
                }
                self.documents.push(None);
                self.problems.extend(problems);
            }
        }
    }

    /// A host by its name.
    #[must_use]
    pub fn host(&self, name: &str) -> Option<&Merged> {
        self.hosts.iter().find(|host| host.name.value == name)
    }

    /// The hosts that can be read, with what they say.
    pub(in crate::kickstart) fn readable(&self) -> impl Iterator<Item = (&Merged, &HostDocument)> {
        let both = self.hosts.iter().zip(&self.documents);
        both.filter_map(|(host, document)| Some((host, document.as_ref()?)))
    }

    /// The hosts that can be read in part, with what they say.
    pub(in crate::kickstart) fn readable_in_part(
        &self,
    ) -> impl Iterator<Item = (&Merged, &HostDocument)> {
        let both = self.partial.iter();
        both.filter_map(|(place, document)| Some((self.hosts.get(*place)?, document)))
    }

    /// Makes another target than their own install hosts: those that are named, or all.
    #[must_use]
    pub fn with_target(mut self, target: Target, hosts: &BTreeSet<String>) -> Self {
        for (host, document) in self.hosts.iter().zip(&mut self.documents) {
            if let Some(document) = document
                && (hosts.is_empty() || hosts.contains(&host.name.value))
            {
                let origin = Origin::of_file("<--target>");
                document.target = Some(Sourced::new(target, origin));
            }
        }
        self
    }

    /// The files that secrets come from, each once.
    #[must_use]
    pub fn secret_files(&self) -> Vec<Sourced<String>> {
        let documents = self.documents.iter().flatten();
        secret_files(
            self.inventory.as_ref(),
            documents.chain(self.partial.values()),
        )
    }

    /// The flavours that hosts name, each once.
    #[must_use]
    pub fn flavours(&self) -> Vec<Sourced<String>> {
        let mut seen: BTreeMap<String, Sourced<String>> = BTreeMap::new();
        for (_, document) in self.readable() {
            if let Some(flavour) = &document.flavour {
                seen.entry(flavour.value.clone())
                    .or_insert_with(|| flavour.clone());
            }
        }
        seen.into_values().collect()
    }

    /// The files that the site itself names: authorities and keys.
    #[must_use]
    pub fn files(&self) -> Vec<Sourced<String>> {
        let Some(inventory) = &self.inventory else {
            return Vec::new();
        };
        let keys = inventory.registries.iter();
        let keys = keys.filter_map(|(_, registry)| registry.signed_by.clone());
        inventory.authorities.iter().cloned().chain(keys).collect()
    }
}

/// The inventory without what is read host by host.
fn without_hosts(node: &Node) -> Node {
    let Value::Mapping(entries) = &node.value else {
        return node.clone();
    };
    let kept = entries.iter().map(|(key, value)| {
        let value = match (key.as_text(), &value.value) {
            (Some("hosts"), Value::Mapping(_)) => {
                Node::new(Value::Mapping(Vec::new()), value.origin.clone())
            }
            (Some("groups"), Value::Mapping(groups)) => {
                let groups = groups
                    .iter()
                    .map(|(name, group)| (name.clone(), without_hosts(group)));
                Node::new(Value::Mapping(groups.collect()), value.origin.clone())
            }
            _ => value.clone(),
        };
        (key.clone(), value)
    });
    Node::new(Value::Mapping(kept.collect()), node.origin.clone())
}

fn builtin() -> Node {
    let node = parse_any_size("<terroir>", DEFAULTS).expect("the built-in defaults are YAML");
    sourced_by_terroir(&node)
}

/// The built-in defaults have no file that a person could open.
fn sourced_by_terroir(node: &Node) -> Node {
    let value = match &node.value {
        Value::Mapping(entries) => Value::Mapping(
            entries
                .iter()
                .map(|(key, value)| (sourced_by_terroir(key), sourced_by_terroir(value)))
                .collect(),
        ),
        Value::Sequence(items) => Value::Sequence(items.iter().map(sourced_by_terroir).collect()),
        other => other.clone(),
    };
    Node::new(value, Origin::builtin())
}

/// The levels above a level.
#[derive(Clone)]
struct Above {
    levels: Vec<Arc<Level>>,
    node: Arc<Node>,
}

impl Above {
    fn of(node: Node) -> Self {
        let level = Level {
            name: "terroir".to_owned(),
            node: node.clone(),
        };
        Self {
            levels: vec![Arc::new(level)],
            node: Arc::new(node),
        }
    }

    fn with(&self, name: &str, node: &Node) -> Self {
        Self {
            levels: self.levels_with(name, node),
            node: Arc::new(over(&self.node, node)),
        }
    }

    fn levels_with(&self, name: &str, node: &Node) -> Vec<Arc<Level>> {
        let own = Level {
            name: name.to_owned(),
            node: node.clone(),
        };
        let levels = self.levels.iter().cloned();
        levels.chain([Arc::new(own)]).collect()
    }
}

/// A walk through groups.
struct Walk {
    hosts: Vec<Merged>,
    problems: Vec<Diagnostic>,
    seen: BTreeMap<String, Origin>,
}

impl Walk {
    /// Takes the defaults, hosts and groups of a site or a group in.
    fn level(&mut self, name: &str, node: &Node, groups: &[String], above: &Above) {
        let own = match node.get("defaults") {
            Some(defaults) if matches!(defaults.value, Value::Mapping(_)) => {
                self.check_defaults(defaults);
                above.with(name, defaults)
            }
            Some(other) if !other.is_null() => {
                let message = format!("expected a mapping, found {}", other.describe());
                self.problems
                    .push(Diagnostic::error(&other.origin, message));
                above.clone()
            }
            _ => above.clone(),
        };
        for (key, host) in node.get("hosts").into_iter().flat_map(Node::entries) {
            self.host(key, host, groups, &own);
        }
        for (key, group) in node.get("groups").into_iter().flat_map(Node::entries) {
            let mut inner = groups.to_vec();
            inner.push(key.as_text().unwrap_or_default().to_owned());
            let name = format!("group {}", inner.join("/"));
            self.level(&name, group, &inner, &own);
        }
    }

    fn check_defaults(&mut self, defaults: &Node) {
        for (key, _) in defaults.entries() {
            let name = key.as_text().unwrap_or_default();
            if IDENTITY.contains(&name) {
                let message = format!("`{name}` belongs to one host");
                self.problems
                    .push(Diagnostic::error(&key.origin, message).hint("write it below `hosts`"));
            }
        }
        if let Err(problems) = decode::<HostDocument>(defaults) {
            self.problems.extend(problems);
        }
    }

    fn host(&mut self, key: &Node, node: &Node, groups: &[String], above: &Above) {
        let name = key.as_text().unwrap_or_default().to_owned();
        if let Some(first) = self.seen.get(&name) {
            let message = format!("the host `{name}` is there twice");
            self.problems
                .push(Diagnostic::error(&key.origin, message).and(first, "first named here"));
            return;
        }
        self.seen.insert(name.clone(), key.origin.clone());
        let own = match &node.value {
            Value::Mapping(_) => node.clone(),
            _ if node.is_null() => Node::new(Value::Mapping(Vec::new()), key.origin.clone()),
            _ => {
                let message = format!("expected a mapping, found {}", node.describe());
                self.problems.push(Diagnostic::error(&node.origin, message));
                return;
            }
        };
        self.hosts.push(Merged {
            name: Sourced::new(name, key.origin.clone()),
            groups: groups.to_vec(),
            levels: above.levels_with("host", &own),
            above: above.node.clone(),
        });
    }
}
