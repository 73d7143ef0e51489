//! `site.json`: the contents of a rendered site, for `check` and for servers.

use serde_json::{Map, Value, json};

use super::inventory::document::SecretPlace;
use super::output::file::{File, Files};
use super::template::scene::{Made, Scene};
use super::value::target::Target;
use crate::oci::Digest;

/// The path of the index below the output folder.
pub const INDEX: &str = "site.json";
/// The number of the index's format; a newer one is refused by name.
pub const INDEX_FORMAT: u64 = 1;

/// The path of the digests of all rendered files, as sha256sum(1) reads them.
pub const SUMS: &str = "SHA256SUMS";

/// The digests of all files.
#[must_use]
pub fn sums(files: &Files) -> String {
    let line = |(path, file): (&super::output::file::RelativePath, &File)| {
        format!("{}  {path}\n", Digest::of(file.content.bytes()).hex())
    };
    files.iter().map(line).collect()
}

/// Makes the index.
pub(super) fn produce(scene: &Scene<'_>) -> Made {
    let site = scene.site;
    let hosts: Map<String, Value> = scene
        .hosts
        .iter()
        .map(|(host, target)| {
            let installs = match host.installer.installs_images() {
                true => "image",
                false => "packages",
            };
            let value = json!({
                "target": target.name(),
                "macs": host.macs.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "serial": host.serial.as_ref().map(|serial| &serial.value),
                "uuid": host.uuid.as_ref().map(|uuid| &uuid.value),
                "answer": super::output::path::answer(&host.name, host.installer),
                "installs": installs,
                "image": host.image.as_ref().map(|image| &image.reference.value),
            });
            (host.name.value.clone(), value)
        })
        .collect();
    let used: std::collections::BTreeSet<Target> =
        scene.hosts.iter().map(|(_, target)| *target).collect();
    let installers: Map<String, Value> = site
        .installers
        .iter()
        .filter(|(target, _)| used.contains(target))
        .map(|(target, tree)| {
            let value = json!({
                "url": tree.url.value,
                "kernel": tree.kernel.as_ref().map(|path| &path.value),
                "initrd": tree.initrd.as_ref().map(|path| &path.value),
            });
            (target.name().to_owned(), value)
        })
        .collect();
    let index = json!({
        "format": INDEX_FORMAT,
        "site": site.name.value,
        "inventory": { "file": &*site.inventory, "sha256": site.digest },
        "server": site.server.url.value,
        "secrets": match site.server.secrets {
            SecretPlace::Served => "served",
            SecretPlace::Files => "files",
        },
        "installers": installers,
        "hosts": hosts,
    });
    let mut text = serde_json::to_string_pretty(&index).unwrap_or_default();
    text.push('\n');
    Ok(vec![(INDEX.to_owned(), File::text(text))])
}
