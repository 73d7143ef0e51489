//! The values of a host that every template gets.

use serde_json::{Map, Value, json};

use super::scene::Scene;
use crate::kickstart::model::host::{Host, HostDisk};
use crate::kickstart::model::secrets::{secrets, secrets_url};
use crate::kickstart::output::path;
use crate::kickstart::value::choice::Choose;
use crate::kickstart::value::size::Size;
use crate::kickstart::value::target::Target;

/// The values that all templates share; producers add their own.
pub(in crate::kickstart) fn values(
    scene: &Scene<'_>,
    host: &Host,
    target: Target,
) -> Map<String, Value> {
    let site = scene.site;
    let url = &site.server.url.value;
    let image = host.image.as_ref().map(|image| {
        json!({
            "flavour": image.flavour.value,
            "reference": image.reference.value,
            "follow": image.follow.value,
            "name": image.facts.as_ref().map(|facts| &facts.name),
        })
    });
    let room = host.storage.room();
    let disks = host.disks.iter().map(|one| disk_values(one, room));
    let disks: Vec<Value> = disks.collect();
    let keys: Vec<Value> = keys(host);
    let value = json!({
        "site": { "name": site.name.value, "server": url, "reports": site.server.reports, "secrets": secrets_url(site, host) },
        "source": { "inventory": &*site.inventory, "sha256": site.digest },
        "target": target.name(),
        "host": {
            "name": host.name.value,
            "short": host.short_name(),
            "description": host.description.as_ref().map(|text| &text.value),
            "groups": host.groups,
            "locale": host.locale.value,
            "keyboard": host.keyboard.value,
            "time_zone": host.time_zone.value,
        },
        "image": image,
        "files": format!("{url}/{}", path::host_folder(&host.name)),
        "disks": disks,
        "ssh_keys": keys,
        "first_boot": host.first_boot.iter().map(|one| &one.value).collect::<Vec<_>>(),
        "finish": host.finish.value,
        "hand_over": host.hand_over.as_ref().map(|path| &path.value),
        "packages": host.packages.iter().map(|one| &one.value).collect::<Vec<_>>(),
        "secrets": !secrets(site, host).is_empty(),
        "root": {
            "password": host.root_password.is_some(),
            "keys": host.root_keys.iter().map(|key| &key.value).collect::<Vec<_>>(),
        },
        "kernel_arguments": kernel_arguments(host).join(" "),
    });
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// The kernel arguments that the inventory asks for, without those of the flavour.
pub(in crate::kickstart) fn kernel_arguments(host: &Host) -> Vec<String> {
    let own = host.kernel_arguments.iter();
    own.map(|argument| argument.value.clone()).collect()
}

/// Logins with their public keys.
fn keys(host: &Host) -> Vec<Value> {
    let of_root = host.root_keys.iter().map(|key| ("root", key));
    let of_users = host
        .users
        .iter()
        .flat_map(|user| user.ssh_keys.iter().map(|key| (&*user.login.value, key)));
    of_root
        .chain(of_users)
        .map(|(login, key)| json!({ "login": login, "key": key.value }))
        .collect()
}

/// A choice of a disk for the scripts that look for it, with the MiB that it must have.
pub(in crate::kickstart) fn disk_values(disk: &HostDisk, room: u64) -> Value {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let size = |size: Option<Size>| size.map_or(String::new(), |s| s.0.to_string());
    let flag = |flag: Option<bool>| flag.map_or("", |flag| if flag { "1" } else { "0" });
    let kind = disk.kind.map_or(String::new(), |kind| kind.to_string());
    let choose = match disk.choose {
        None => "",
        Some(Choose::Smallest) => "smallest",
        Some(Choose::Largest) => "largest",
    };
    json!({
        "id": text(&disk.id),
        "path": text(&disk.path),
        "serial": text(&disk.serial),
        "wwn": text(&disk.wwn),
        "min": size(disk.min_size),
        "max": size(disk.max_size),
        "kind": kind,
        "rotational": flag(disk.rotational),
        "choose": choose,
        "room": room.to_string(),
        "shown": shown(disk),
    })
}

/// A choice of a disk for people.
fn shown(disk: &HostDisk) -> String {
    let mut words = Vec::new();
    let mut add = |key: &str, value: Option<String>| {
        words.extend(value.map(|value| format!("{key} {value}")));
    };
    add("id", disk.id.clone());
    add("path", disk.path.clone());
    add("serial", disk.serial.clone());
    add("wwn", disk.wwn.clone());
    add("type", disk.kind.map(|kind| kind.to_string()));
    add("rotational", disk.rotational.map(|flag| flag.to_string()));
    add("at least", disk.min_size.map(|size| size.to_string()));
    add("at most", disk.max_size.map(|size| size.to_string()));
    add("the", disk.choose.map(|choose| choose.to_string()));
    words.join(", ")
}
