//! Completing a site: every value checked, every host complete.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::contradictions::contradictions;
use super::head::head;
use super::host::complete::resolve_host;
use super::no_effect_warnings::no_effect_warnings;
use super::surroundings::Surroundings;
use crate::kickstart::inventory::document::{ImagePlace, SecretPlace};
use crate::kickstart::inventory::read::Reading;
use crate::kickstart::model::site::{Site, SiteServer};
use crate::origin::{Diagnostic, Origin, Sourced};

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
            let host = resolve_host((merged, document), &site, around, &mut wrong);
            if !is_whole {
                // What is missing of such a host may be what could not be read.
                wrong.retain(|problem| problem.origin != merged.name.origin);
            }
            if !known {
                // Without the site's own values nothing that refers to them can be checked.
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
            let warnings = no_effect_warnings(&site, self.head.as_ref(), &self.hosts);
            site.notes.extend(warnings);
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
                    .hint("the server that hands secrets to machines needs it; paths are relative to the inventory"),
            })
        });
        absent.collect()
    }
}

impl Site {
    /// A site of which nothing is known.
    fn nowhere(file: &str) -> Self {
        let nothing = || Sourced::new(String::new(), Origin::of_file(file));
        Self {
            name: nothing(),
            inventory: Arc::from(file),
            digest: String::new(),
            domain: None,
            server: SiteServer {
                url: nothing(),
                reports: false,
                secrets: SecretPlace::Served,
                secrets_url: None,
                images: ImagePlace::Registry,
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
