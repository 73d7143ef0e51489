//! Values of templates about trust: authorities, registries, signatures, credentials.

use serde_json::{Map, Value, json};

use crate::kickstart::model::host::Host;
use crate::kickstart::model::site::Site;

/// The values about trust that templates get.
pub(in crate::kickstart) fn values(site: &Site, host: &Host) -> Value {
    let authorities = authorities(site);
    let registry = site.registry_of(host);
    let signed = registry.and_then(|registry| registry.signed_by.as_ref());
    json!({
        "authorities": authorities,
        "registries": registries(site),
        "signed": signed.is_some(),
        "key": signed.map(|key| key.trim_end()),
        "policy": signed.and(registry).map(|registry| policy(&registry.name)),
        "attachments": signed.and(registry).map(|registry| {
            attachments(&registry.name, registry.mirror.as_ref().map(|mirror| &*mirror.value))
        }),
        "credentials": registry
            .and_then(|registry| registry.credentials.as_ref())
            .map(|_| "registry"),
    })
}

/// Authorities by the name of their file.
pub(in crate::kickstart) fn authorities(site: &Site) -> Vec<Value> {
    let all = site.authorities.iter();
    all.map(|(name, text)| json!({ "name": name, "text": text.trim_end() }))
        .collect()
}

/// containers-registries.conf(5): mirrors, and registries that are not secured.
fn registries(site: &Site) -> String {
    let mut out = Vec::new();
    for registry in site.registries.values() {
        if registry.mirror.is_none() && !registry.insecure {
            continue;
        }
        // The texts have no quotes; see `text::LOCATION`.
        out.push(format!("[[registry]]\nlocation = \"{}\"", registry.name));
        match &registry.mirror {
            Some(mirror) => {
                out.push(format!("[[registry.mirror]]\nlocation = \"{mirror}\""));
                if registry.insecure {
                    out.push("insecure = true".to_owned());
                }
            }
            None => out.push("insecure = true".to_owned()),
        }
    }
    out.join("\n")
}

/// containers-policy.json(5): what this key signed, and nothing else.
fn policy(name: &str) -> String {
    let rule = json!([{
        "type": "sigstoreSigned",
        "keyPath": "/etc/pki/containers/terroir.pub",
        "signedIdentity": { "type": "matchRepository" },
    }]);
    let mut docker = Map::new();
    docker.insert(name.to_owned(), rule);
    let policy = json!({
        "default": [{ "type": "reject" }],
        "transports": { "docker": docker },
    });
    serde_json::to_string_pretty(&policy).unwrap_or_default()
}

/// containers-registries.d(5): signatures are stored beside the images.
fn attachments(name: &str, mirror: Option<&str>) -> String {
    let mut out = "docker:".to_owned();
    for place in std::iter::once(name).chain(mirror) {
        out.extend([format!(
            "\n  \"{place}\":\n    use-sigstore-attachments: true"
        )]);
    }
    out
}
