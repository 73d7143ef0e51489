//! The document of a host, as terroir's own installer reads it (docs/src/installer.md).

use serde_json::{Map, Value, json};

use super::network::network;
use super::place::place;
use super::users::users;
use crate::kickstart::model::host::{Host, HostDisk, HostImage, HostStorage};
use crate::kickstart::model::image_source::{cached, plain_server};
use crate::kickstart::model::secrets::{PASSPHRASE, REGISTRY};
use crate::kickstart::model::site::{Site, SiteNetwork};
use crate::kickstart::output::file::File;
use crate::kickstart::output::path;
use crate::kickstart::template::scene::{Made, Scene};
use crate::kickstart::value::choice::Unlock;
use crate::kickstart::value::target::Target;
use crate::registry::Reference;

/// The number of its form.
const FORMAT: u32 = 1;

/// Makes the document of a host.
pub(in crate::kickstart) fn produce(scene: &Scene<'_>, host: &Host, _: Target) -> Made {
    let site = scene.site;
    let mut all = Map::new();
    let mut put = |key: &str, value: Value| {
        all.insert(key.to_owned(), value);
    };
    put("format", json!(FORMAT));
    if let Some(image) = &host.image {
        put("image", json!(source(site, host, &image.reference)));
        if image.is_updated() {
            put("follow", json!(image.follow.value));
        }
    }
    put("registry", registry(site, host));
    if let Some(one) = host.disks.first() {
        put("disk", disk(one));
    }
    if let Some(storage) = storage(&host.storage) {
        put("storage", storage);
    }
    if let Some(encryption) = encryption(site, host) {
        put("encrypt", encryption);
    }
    put("hostname", json!(host.full_name()));
    for (key, value) in region(host) {
        put(key, value);
    }
    let commands = host.first_boot.iter().map(|command| json!(command.value));
    for (key, value) in [
        ("users", users(site, host)),
        ("network", network(site, host)),
        ("files", files(site, host)),
        ("first-boot", commands.collect()),
    ] {
        if value.as_array().is_some_and(|values| !values.is_empty()) {
            put(key, value);
        }
    }
    let arguments: Vec<&str> = host
        .kernel_arguments
        .iter()
        .map(|one| &*one.value)
        .collect();
    if !arguments.is_empty() {
        put("kernel-arguments", json!(arguments));
    }
    if site.server.reports {
        let report = path::report(&host.name);
        put(
            "report",
            json!(format!("{}/{report}", site.server.url.value)),
        );
    }
    put("then", json!(host.finish.value));
    let mut text = serde_json::to_string_pretty(&all).unwrap_or_default();
    text.push('\n');
    Ok(vec![(
        path::answer(&host.name, host.installer),
        File::text(text),
    )])
}

/// Where the image is fetched from: the cache of the server or the mirror of its registry, where there is one.
/// The digest says that it is the same.
fn source(site: &Site, host: &Host, reference: &str) -> String {
    if let Some(cached) = cached(site, host) {
        return cached;
    }
    let mirror = site
        .registry_of(host)
        .and_then(|registry| registry.mirror.as_ref());
    match (Reference::parse(reference), mirror) {
        (Ok(parsed), Some(mirror)) => match parsed.digest() {
            Some(digest) => format!("{}/{}@{digest}", mirror.value, parsed.repository()),
            None => reference.to_owned(),
        },
        _ => reference.to_owned(),
    }
}

/// How the registry is reached.
fn registry(site: &Site, host: &Host) -> Value {
    let known = site.registry_of(host);
    let mut plain = Vec::new();
    if let Some(registry) = known.filter(|registry| registry.insecure) {
        let place = registry.mirror.as_ref().unwrap_or(&registry.name);
        plain.extend(place.split('/').next().map(str::to_owned));
    }
    plain.extend(plain_server(site, host).map(str::to_owned));
    let authorities: Vec<&str> = site.authorities.values().map(String::as_str).collect();
    let mut all = json!({ "plain-http": plain, "authorities": authorities });
    let has_credentials = known.is_some_and(|registry| registry.credentials.is_some());
    if let Some(all) = all.as_object_mut().filter(|_| has_credentials) {
        all.insert("auth-file".to_owned(), json!(place(site, host, REGISTRY)));
        // Updates need them.
        if host.image.as_ref().is_some_and(HostImage::is_updated) {
            all.insert("keep-credentials".to_owned(), json!(true));
        }
    }
    all
}

/// How the root is encrypted, if it is.
fn encryption(site: &Site, host: &Host) -> Option<Value> {
    let secret = place(site, host, PASSPHRASE);
    match host.encryption.unlock.value {
        Unlock::Passphrase => Some(json!({ "mode": "passphrase", "secret": secret })),
        Unlock::Tpm2 => Some(json!({ "mode": "tpm2" })),
        Unlock::Tang => {
            let servers = host.encryption.tang.iter();
            let servers = servers.map(
                |(url, thumbprint)| json!({ "url": url.value, "thumbprint": thumbprint.value }),
            );
            let servers: Vec<Value> = servers.collect();
            Some(json!({ "mode": "tang", "secret": secret, "tang": servers }))
        }
        Unlock::None | Unlock::Fido2 => None,
    }
}

/// Time zone, language and keyboard, as far as they are stated; the image says the others.
fn region(host: &Host) -> impl Iterator<Item = (&'static str, Value)> {
    let all = [
        ("time-zone", &host.time_zone),
        ("locale", &host.locale),
        ("keyboard", &host.keyboard),
    ];
    let stated = all.into_iter().filter(|(_, value)| value.origin.line > 0);
    stated.map(|(key, value)| (key, json!(value.value)))
}

/// How that disk is divided, where the root does not take all of it.
fn storage(storage: &HostStorage) -> Option<Value> {
    let mut volumes = Map::new();
    for volume in &storage.volumes {
        let mut keys = Map::new();
        if let Some(size) = volume.size {
            keys.insert("size".to_owned(), json!(size.to_string()));
        }
        if !volume.options.is_empty() {
            keys.insert("options".to_owned(), json!(volume.options));
        }
        if !keys.is_empty() {
            volumes.insert(volume.place.clone(), Value::Object(keys));
        }
    }
    let mut all = Map::new();
    if storage.is_logical() {
        all.insert("layout".to_owned(), json!(storage.layout.value));
        all.insert("volume-group".to_owned(), json!(storage.volume_group));
    }
    if !volumes.is_empty() {
        all.insert("volumes".to_owned(), Value::Object(volumes));
    }
    if let Some(swap) = &storage.swap {
        all.insert("swap".to_owned(), json!(swap.value.to_string()));
    }
    (!all.is_empty()).then_some(Value::Object(all))
}

/// Which disk is meant, in the words of the inventory.
fn disk(disk: &HostDisk) -> Value {
    let all = json!({
        "id": disk.id,
        "path": disk.path,
        "serial": disk.serial,
        "wwn": disk.wwn,
        "min-size": disk.min_size,
        "max-size": disk.max_size,
        "type": disk.kind,
        "rotational": disk.rotational,
        "choose": disk.choose,
    });
    match all {
        Value::Object(all) => all
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect(),
        other => other,
    }
}

/// The mirror that updates come from, and time servers, for systemd-timesyncd and for chrony.
fn files(site: &Site, host: &Host) -> Value {
    let mut all = time_servers(site, host);
    let mirror = site
        .registry_of(host)
        .and_then(|registry| registry.mirror.as_ref());
    if let Some(mirror) = mirror {
        let content = format!("mirror: {}\n", mirror.value);
        all.push(json!({ "path": "/etc/terroir/host.yml", "content": content }));
    }
    Value::Array(all)
}

fn time_servers(site: &Site, host: &Host) -> Vec<Value> {
    let servers = site
        .network_of(host)
        .map_or_else(Vec::new, SiteNetwork::time_servers);
    if servers.is_empty() {
        return Vec::new();
    }
    let sources: String = servers
        .iter()
        .flat_map(|server| ["server ", server, " iburst\n"])
        .collect();
    let files = [
        (
            "/etc/systemd/timesyncd.conf.d/50-terroir.conf",
            format!("[Time]\nNTP={}\n", servers.join(" ")),
        ),
        ("/etc/chrony/sources.d/50-terroir.sources", sources),
    ];
    let file = |(path, content)| json!({ "path": path, "content": content });
    files.map(file).to_vec()
}
