//! From what was read to a site: every word checked, every host complete.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::build_draft::value;
use super::build_host::build_host;
use super::build_network::build_network;
use super::contradiction::contradictions;
use super::document::{Inventory, Registry};
use super::read::Reading;
use super::site::{Site, SiteRegistry, SiteServer, SiteTree};
use super::surroundings::Surroundings;
use super::target::Target;
use super::text;
use super::unheeded::unheeded;
use crate::origin::{Diagnostic, Sourced, SourcedMap, did_you_mean};

impl Reading {
    /// Completes the site.
    ///
    /// # Errors
    /// Everything that is wrong with the inventory, in the order of the file.
    pub fn site(&self, around: &Surroundings) -> Result<Site, Vec<Diagnostic>> {
        let mut problems = self.problems.clone();
        let head = self
            .inventory
            .as_ref()
            .map(|inventory| head(inventory, around, &mut problems));
        let mut site = head.unwrap_or_else(|| Site::nowhere(&self.file));
        site.inventory = Arc::clone(&self.file);
        site.digest.clone_from(&self.digest);
        let known = self.inventory.is_some() && !self.is_partial;
        let whole = self.readable().map(|both| (both, true));
        let partial = self.readable_in_part().map(|both| (both, false));
        for ((merged, document), is_whole) in whole.chain(partial) {
            let mut wrong = Vec::new();
            let host = build_host((merged, document), &site, around, &mut wrong);
            if !is_whole {
                // What is missing of such a host may be what could not be read.
                wrong.retain(|problem| problem.origin != merged.name.origin);
            }
            if !known {
                // Without the site's own words nothing that refers to them can be judged.
                wrong.retain(|problem| !problem.message.contains("network"));
            }
            problems.extend(wrong);
            if let Some(host) = host {
                site.hosts.insert(host.name.value.clone(), host);
            }
        }
        problems.extend(contradictions(&site));
        let secrets = self.absent_secrets(around);
        match around.needs_secrets {
            true => problems.extend(secrets),
            false => site.notes.extend(secrets),
        }
        if problems.is_empty() && site.hosts.is_empty() {
            let error = Diagnostic::error(&site.name.origin, "the inventory has no host");
            problems.push(error.hint("write one below `hosts`, here or in a group"));
        }
        if problems.is_empty() {
            let unheeded = unheeded(&site, self.head.as_ref(), &self.hosts);
            site.notes.extend(unheeded);
            return Ok(site);
        }
        problems.sort_by(|a, b| (&a.origin, &a.message).cmp(&(&b.origin, &b.message)));
        problems.dedup();
        Err(problems)
    }

    /// What is said of secrets whose files cannot be read.
    fn absent_secrets(&self, around: &Surroundings) -> Vec<Diagnostic> {
        let absent = self.secret_files().into_iter().filter_map(|path| {
            let why = around.absent_secrets.get(&path.value)?;
            let message = format!("the secret {path} cannot be read: {why}");
            Some(match around.needs_secrets {
                true => Diagnostic::error(&path.origin, message)
                    .hint("paths are relative to the inventory"),
                false => Diagnostic::warning(&path.origin, message)
                    .hint("whoever hands secrets to machines needs it; paths are relative to the inventory"),
            })
        });
        absent.collect()
    }
}

impl Site {
    /// A site of which nothing is known.
    fn nowhere(file: &str) -> Self {
        let nothing = || Sourced::new(String::new(), crate::origin::Origin::of_file(file));
        Self {
            name: nothing(),
            inventory: Arc::from(file),
            digest: String::new(),
            domain: None,
            server: SiteServer {
                url: nothing(),
                reports: false,
                secrets: super::document::SecretPlace::Served,
            },
            networks: BTreeMap::new(),
            registries: BTreeMap::new(),
            authorities: BTreeMap::new(),
            installers: BTreeMap::new(),
            hosts: BTreeMap::new(),
            notes: Vec::new(),
        }
    }
}

/// The site's own words.
fn head(inventory: &Inventory, around: &Surroundings, problems: &mut Vec<Diagnostic>) -> Site {
    text::NAME.check(&inventory.site, problems);
    text::HOST.check_all(&inventory.domain, problems);
    text::URL.check(&inventory.server.url, problems);
    group_names(&inventory.groups, problems);
    let networks = inventory.networks.iter();
    let networks = networks
        .map(|(name, network)| {
            text::NAME.check(name, problems);
            let network = build_network((name, network), inventory, problems);
            (name.value.clone(), network)
        })
        .collect();
    let registries = inventory.registries.iter();
    let registries = registries
        .map(|(name, registry)| {
            let registry = build_registry((name, registry), around, problems);
            (name.value.clone(), registry)
        })
        .collect();
    let url = inventory.server.url.clone();
    Site {
        name: inventory.site.clone(),
        inventory: Arc::from(""),
        digest: String::new(),
        domain: inventory.domain.clone(),
        server: SiteServer {
            url: url.map(|url| url.trim_end_matches('/').to_owned()),
            reports: value(inventory.server.reports.as_ref()).unwrap_or(true),
            secrets: value(inventory.server.secrets.as_ref()).unwrap_or_default(),
        },
        networks,
        registries,
        authorities: authorities(inventory, around, problems),
        installers: installers(inventory, problems),
        hosts: BTreeMap::new(),
        notes: Vec::new(),
    }
}

fn group_names(groups: &SourcedMap<super::document::Group>, problems: &mut Vec<Diagnostic>) {
    for (name, group) in groups.iter() {
        text::NAME.check(name, problems);
        group_names(&group.groups, problems);
    }
}

fn build_registry(
    (name, registry): (&Sourced<String>, &Registry),
    around: &Surroundings,
    problems: &mut Vec<Diagnostic>,
) -> SiteRegistry {
    text::LOCATION.check(name, problems);
    text::LOCATION.check_all(&registry.mirror, problems);
    let signed_by = registry.signed_by.as_ref().and_then(|path| {
        let text = file(path, around, problems)?;
        if !text.contains("-----BEGIN PUBLIC KEY-----") {
            let message = format!("{path} is no public key");
            problems.push(
                Diagnostic::error(&path.origin, message)
                    .hint("cosign writes cosign.pub; a private key has no place in an inventory"),
            );
        }
        Some(Sourced::new(text, path.origin.clone()))
    });
    SiteRegistry {
        name: name.clone(),
        mirror: registry.mirror.clone(),
        insecure: value(registry.insecure.as_ref()).unwrap_or(false),
        credentials: registry.credentials.clone(),
        signed_by,
    }
}

/// The text of a file that the inventory names.
fn file(
    path: &Sourced<String>,
    around: &Surroundings,
    problems: &mut Vec<Diagnostic>,
) -> Option<String> {
    match around.files.get(&path.value) {
        Some(Ok(text)) => return Some(text.clone()),
        Some(Err(why)) => {
            let message = format!("{path} cannot be read: {why}");
            problems.push(
                Diagnostic::error(&path.origin, message)
                    .hint("paths are relative to the inventory"),
            );
        }
        None => {}
    }
    None
}

fn authorities(
    inventory: &Inventory,
    around: &Surroundings,
    problems: &mut Vec<Diagnostic>,
) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    let mut places: BTreeMap<String, crate::origin::Origin> = BTreeMap::new();
    for path in &inventory.authorities {
        let Some(text) = file(path, around, problems) else {
            continue;
        };
        let name = path.rsplit('/').next().unwrap_or_default();
        let name = format!(
            "{}.crt",
            name.trim_end_matches(".pem").trim_end_matches(".crt")
        );
        if text.contains("PRIVATE KEY") || !text.contains("-----BEGIN CERTIFICATE-----") {
            let message = format!("{path} holds no certificate, or a private key");
            problems.push(Diagnostic::error(&path.origin, message).hint("write a PEM certificate"));
        } else if !(text::NAME.fits)(&name) {
            text::NAME.check(&Sourced::new(name, path.origin.clone()), problems);
        } else if let Some(first) = places.insert(name.clone(), path.origin.clone()) {
            let message = format!("two authorities are called {name}");
            problems.push(Diagnostic::error(&path.origin, message).and(&first, "the other one"));
        } else {
            texts.insert(name, text);
        }
    }
    texts
}

fn installers(inventory: &Inventory, problems: &mut Vec<Diagnostic>) -> BTreeMap<Target, SiteTree> {
    let mut trees = BTreeMap::new();
    for (name, tree) in inventory.installers.iter() {
        text::URL.check(&tree.url, problems);
        for path in [&tree.kernel, &tree.initrd].into_iter().flatten() {
            if super::file::RelativePath::new(path.value.as_str()).is_none() {
                let message = format!("`{path}` leads elsewhere");
                problems.push(
                    Diagnostic::error(&path.origin, message).hint(
                        "write a path below the folder that is served, without a slash first",
                    ),
                );
            }
        }
        match name.value.parse::<Target>() {
            Ok(target) => {
                let tree = SiteTree {
                    url: tree
                        .url
                        .clone()
                        .map(|url| url.trim_end_matches('/').to_owned()),
                    kernel: tree.kernel.clone(),
                    initrd: tree.initrd.clone(),
                };
                trees.insert(target, tree);
            }
            Err(message) => {
                let error = Diagnostic::error(&name.origin, message);
                let names = Target::ALL.map(Target::name);
                problems.push(match did_you_mean(name, names) {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error,
                });
            }
        }
    }
    trees
}
