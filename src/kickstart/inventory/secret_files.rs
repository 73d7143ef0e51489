//! Files that secrets of an inventory come from.

use super::document::Inventory;
use super::host::HostDocument;
use crate::kickstart::value::secret::Secret;
use crate::origin::{Sourced, SourcedMap};

/// The files that an inventory's secrets come from, each with its place.
pub(in crate::kickstart) fn secret_files<'a>(
    inventory: Option<&'a Inventory>,
    documents: impl Iterator<Item = &'a HostDocument>,
) -> Vec<Sourced<String>> {
    let mut all = Vec::new();
    let mut add = |secret: Option<&Sourced<Secret>>| {
        if let Some(Secret::File(path)) = secret.map(|secret| &secret.value) {
            let origin = secret.map(|secret| secret.origin.clone());
            all.extend(origin.map(|origin| Sourced::new(path.clone(), origin)));
        }
    };
    for (_, registry) in inventory.into_iter().flat_map(|one| one.registries.iter()) {
        add(registry.credentials.as_ref());
    }
    for document in documents {
        add(document
            .root
            .as_ref()
            .and_then(|root| root.password.as_ref()));
        let encryption = document.encryption.as_ref();
        add(encryption.and_then(|encryption| encryption.passphrase.as_ref()));
        for (_, user) in document.users.iter().flat_map(SourcedMap::iter) {
            add(user.password.as_ref());
        }
    }
    all.sort_by(|a, b| (&a.value, &a.origin).cmp(&(&b.value, &b.origin)));
    all.dedup_by(|a, b| a.value == b.value);
    all
}
