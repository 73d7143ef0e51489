//! Keys of the site itself: server, networks, registries, authorities, installers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::host::draft::value;
use super::network::resolve_network;
use super::surroundings::Surroundings;
use crate::kickstart::inventory::document::{Group, ImagePlace, Inventory, Registry};
use crate::kickstart::model::site::{Site, SiteRegistry, SiteServer, SiteTree};
use crate::kickstart::output::file::RelativePath;
use crate::kickstart::value::target::Target;
use crate::kickstart::value::text_rule;
use crate::origin::{Diagnostic, Origin, Sourced, SourcedMap, did_you_mean};

/// The keys of the site itself.
pub(super) fn head(
    inventory: &Inventory,
    around: &Surroundings,
    problems: &mut Vec<Diagnostic>,
) -> Site {
    text_rule::NAME.check(&inventory.site, problems);
    text_rule::HOST.check_all(&inventory.domain, problems);
    text_rule::URL.check(&inventory.server.url, problems);
    secrets_url(inventory, problems);
    images(inventory, problems);
    group_names(&inventory.groups, problems);
    let networks = inventory.networks.iter();
    let networks = networks
        .map(|(name, network)| {
            text_rule::NAME.check(name, problems);
            let network = resolve_network((name, network), inventory, problems);
            (name.value.clone(), network)
        })
        .collect();
    let registries = inventory.registries.iter();
    let registries = registries
        .map(|(name, registry)| {
            let registry = resolve_registry((name, registry), around, problems);
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
            url: without_slash(url),
            reports: value(inventory.server.reports.as_ref()).unwrap_or(true),
            secrets: value(inventory.server.secrets.as_ref()).unwrap_or_default(),
            secrets_url: inventory.server.secrets_url.clone().map(without_slash),
            images: value(inventory.server.images.as_ref()).unwrap_or_default(),
        },
        networks,
        registries,
        authorities: authorities(inventory, around, problems),
        installers: installers(inventory, problems),
        hosts: BTreeMap::new(),
        notes: Vec::new(),
    }
}

fn without_slash(url: Sourced<String>) -> Sourced<String> {
    url.map(|url| url.trim_end_matches('/').to_owned())
}

/// Secrets are not asked for over connections that anybody reads.
fn secrets_url(inventory: &Inventory, problems: &mut Vec<Diagnostic>) {
    let Some(url) = &inventory.server.secrets_url else {
        return;
    };
    text_rule::URL.check(url, problems);
    if url.value.starts_with("http://") {
        let message = format!("`{}` is not encrypted", url.value);
        let error = Diagnostic::error(&url.origin, message);
        problems.push(error.hint("write https://…, or leave `secrets-url` away"));
    }
}

/// Registries are at the root of a server.
fn images(inventory: &Inventory, problems: &mut Vec<Diagnostic>) {
    let url = &inventory.server.url;
    let is_cache = value(inventory.server.images.as_ref()) == Some(ImagePlace::Cache);
    let server = url.value.trim_end_matches('/').split_once("://");
    if is_cache && server.is_some_and(|(_, server)| server.contains('/')) {
        let message = format!("`{}` has a path, where no image can be fetched", url.value);
        let error = Diagnostic::error(&url.origin, message);
        problems.push(error.hint("write http://HOST[:PORT], or leave `images: cache` out"));
    }
}

fn group_names(groups: &SourcedMap<Group>, problems: &mut Vec<Diagnostic>) {
    for (name, group) in groups.iter() {
        text_rule::NAME.check(name, problems);
        group_names(&group.groups, problems);
    }
}

fn resolve_registry(
    (name, registry): (&Sourced<String>, &Registry),
    around: &Surroundings,
    problems: &mut Vec<Diagnostic>,
) -> SiteRegistry {
    text_rule::LOCATION.check(name, problems);
    text_rule::LOCATION.check_all(&registry.mirror, problems);
    let signed_by = registry.signed_by.as_ref().and_then(|path| {
        let text = file(path, around, problems)?;
        if !text.contains("-----BEGIN PUBLIC KEY-----") {
            let message = format!("{path} is not a public key");
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
    let mut places: BTreeMap<String, Origin> = BTreeMap::new();
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
        } else if !(text_rule::NAME.fits)(&name) {
            text_rule::NAME.check(&Sourced::new(name, path.origin.clone()), problems);
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
        text_rule::URL.check(&tree.url, problems);
        for path in [&tree.kernel, &tree.initrd].into_iter().flatten() {
            if RelativePath::new(path.value.as_str()).is_none() {
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
