//! Autoinstall files for Ubuntu's Subiquity, which installs packages.

use serde_json::{Map, Value, json};

use super::address::{Address, Address6};
use super::choice::{Finish, Layout, Unlock};
use super::kickstart_storage::volume_name;
use super::place::{self, HTTP};
use super::render::{Made, Scene};
use super::site::{Host, HostUser, SiteNetwork};
use super::trust;
use super::values::{password_secret, secrets, values};
use super::word::Target;

const USER: &str = "autoinstall/user-data";
const META: &str = "autoinstall/meta-data";
const EARLY: &str = "autoinstall/early.sh";
const LATE: &str = "autoinstall/late.sh";

/// Makes the folder that `ds=nocloud-net` names, and the two scripts that it asks for.
pub(super) fn produce(scene: &Scene<'_>, host: &Host, target: Target) -> Made {
    let mut all = values(scene, host, target);
    let site = scene.site;
    let source = |name: &str| scene.templates.source(name).to_owned();
    let own = host.network.network.as_ref();
    let known = own.and_then(|name| site.networks.get(&name.value));
    let mirror = site.installers.get(&target);
    let names: Vec<String> = secrets(site, host)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let more = json!({
        "source": {
            "inventory": &*site.inventory,
            "sha256": site.digest,
            "template": source(USER),
            "early": source(EARLY),
            "late": source(LATE),
        },
        "netplan": netplan(host, known).to_string(),
        "disk_layout": super::autoinstall_storage::storage(host).to_string(),
        "packages_json": json!(all.get("packages")).to_string(),
        "cloud": cloud(host).to_string(),
        // The ISO image is no mirror: packages come from the archive that it names.
        "mirror": Value::Null,
        "iso": mirror.map(|tree| &tree.url.value),
        "secret_names": names,
        "authorities": trust::authorities(site),
        "finish": match host.finish.value {
            Finish::Reboot => "reboot",
            Finish::Poweroff => "poweroff",
        },
    });
    if let Value::Object(more) = more {
        all.extend(more);
    }
    let folder = format!("{HTTP}/{}", place::host_folder(&host.name));
    let wanted = [
        (USER, place::answer(&host.name, target)),
        (META, format!("{folder}/meta-data")),
        (EARLY, format!("{folder}/early.sh")),
        (LATE, format!("{folder}/late.sh")),
    ];
    scene.made(&wanted, &all)
}

/// The network in netplan's words.
fn netplan(host: &Host, known: Option<&SiteNetwork>) -> Value {
    let network = &host.network;
    let mut plan = Map::from_iter([("version".to_owned(), json!(2))]);
    let mut top = match (&network.bond, &network.interface) {
        (Some(bond), _) => {
            let members = bond.interfaces.iter();
            let members: Map<String, Value> = members
                .map(|one| (one.value.clone(), json!({ "dhcp4": false })))
                .collect();
            plan.insert("ethernets".to_owned(), Value::Object(members));
            let mut parameters = Map::from_iter([("mode".to_owned(), json!(bond.mode))]);
            for (name, value) in &bond.options {
                let name = match name.as_str() {
                    "miimon" => "mii-monitor-interval",
                    "xmit_hash_policy" => "transmit-hash-policy",
                    "lacp_rate" => "lacp-rate",
                    other => other,
                };
                parameters.insert(name.to_owned(), json!(value));
            }
            let names: Vec<&str> = bond
                .interfaces
                .iter()
                .map(|one| one.value.as_str())
                .collect();
            let held = json!({ "interfaces": names, "parameters": parameters });
            ("bonds", bond.name.clone(), held)
        }
        (None, Some(interface)) => ("ethernets", interface.value.clone(), json!({})),
        (None, None) => {
            let mac = host.macs.first().map(ToString::to_string);
            (
                "ethernets",
                "link".to_owned(),
                json!({ "match": { "macaddress": mac } }),
            )
        }
    };
    if let Some(vlan) = &network.vlan {
        let below = place_plain(&mut plan, top);
        let held = json!({ "id": vlan.value, "link": below });
        top = ("vlans", format!("vlan{vlan}"), held);
    }
    if let Some(bridge) = &network.bridge {
        let below = place_plain(&mut plan, top);
        top = (
            "bridges",
            bridge.value.clone(),
            json!({ "interfaces": [below] }),
        );
    }
    let (kind, name, mut held) = top;
    if let Some(held) = held.as_object_mut() {
        held.extend(address(host, known));
    }
    insert(&mut plan, kind, &name, held);
    Value::Object(plan)
}

/// Adds what carries something else, and gives its name.
fn place_plain(plan: &mut Map<String, Value>, (kind, name, held): (&str, String, Value)) -> String {
    insert(plan, kind, &name, held);
    name
}

fn insert(plan: &mut Map<String, Value>, kind: &str, name: &str, held: Value) {
    let group = plan.entry(kind).or_insert_with(|| json!({}));
    if let Some(group) = group.as_object_mut() {
        group.insert(name.to_owned(), held);
    }
}

fn address(host: &Host, known: Option<&SiteNetwork>) -> Map<String, Value> {
    let mut out = Map::new();
    let mut addresses = Vec::new();
    let mut routes = Vec::new();
    out.insert(
        "dhcp4".to_owned(),
        json!(host.network.address.value == Address::Dhcp),
    );
    let six = host.network.ipv6.value;
    out.insert("dhcp6".to_owned(), json!(six == Address6::Dhcp));
    out.insert("accept-ra".to_owned(), json!(six != Address6::Off));
    if six == Address6::Off {
        out.insert("link-local".to_owned(), json!([]));
    }
    if let Address::Fixed(own) = host.network.address.value {
        let prefix = known.and_then(|known| known.address.as_ref());
        addresses.extend(prefix.map(|prefix| format!("{own}/{}", prefix.length)));
        let gateway = known.and_then(|known| known.gateway.as_ref());
        routes.extend(gateway.map(|via| json!({ "to": "default", "via": via.to_string() })));
    }
    if let Address6::Fixed(own) = six {
        let prefix = known.and_then(|known| known.ipv6.as_ref());
        addresses.extend(prefix.map(|prefix| format!("{own}/{}", prefix.length)));
        let gateway = known.and_then(|known| known.ipv6_gateway.as_ref());
        routes.extend(gateway.map(|via| json!({ "to": "default", "via": via.to_string() })));
    }
    let mut add = |key: &str, value: Value| {
        out.insert(key.to_owned(), value);
    };
    if !addresses.is_empty() {
        add("addresses", json!(addresses));
    }
    if !routes.is_empty() {
        add("routes", json!(routes));
    }
    let dns: Vec<String> = known
        .into_iter()
        .flat_map(|known| &known.dns)
        .map(ToString::to_string)
        .collect();
    if !dns.is_empty() {
        add("nameservers", json!({ "addresses": dns }));
    }
    if let Some(mtu) = &host.network.mtu {
        add("mtu", json!(mtu.value));
    }
    out
}

/// What cloud-init does at the first boot of the installed system.
fn cloud(host: &Host) -> Value {
    let name = &host.name.value;
    let users: Vec<Value> = host.users.iter().map(user).collect();
    let mut all = json!({ "hostname": name, "preserve_hostname": false, "users": users });
    let domain = host.network.domain.as_ref();
    if let (Some(object), Some(domain)) = (all.as_object_mut(), domain) {
        object.insert("fqdn".to_owned(), json!(format!("{name}.{domain}")));
    }
    if let Some(object) = all.as_object_mut() {
        let keys: Vec<&str> = host
            .root_keys
            .iter()
            .map(|key| key.value.as_str())
            .collect();
        object.insert("disable_root".to_owned(), json!(keys.is_empty()));
        let mut root = json!({ "name": "root", "ssh_authorized_keys": keys });
        if let (Some(root), true) = (root.as_object_mut(), host.root_password.is_some()) {
            root.insert("lock_passwd".to_owned(), json!(false));
            root.insert(
                "hashed_passwd".to_owned(),
                json!(mark(&password_secret("root"))),
            );
        }
        if let Some(users) = object.get_mut("users").and_then(Value::as_array_mut) {
            users.push(root);
        }
    }
    all
}

fn user(user: &HostUser) -> Value {
    let texts = |all: &[crate::origin::Sourced<String>]| -> Vec<String> {
        all.iter().map(|one| one.value.clone()).collect()
    };
    let shell = user
        .shell
        .as_ref()
        .map_or("/bin/bash", |shell| &shell.value);
    let mut out = json!({
        "name": user.login.value,
        "gecos": user.name.as_ref().map_or("", |name| &name.value),
        "groups": texts(&user.groups),
        "ssh_authorized_keys": texts(&user.ssh_keys),
        "shell": shell,
        "lock_passwd": user.password.is_none(),
    });
    if let (Some(out), Some(_)) = (out.as_object_mut(), &user.password) {
        out.insert(
            "passwd".to_owned(),
            json!(mark(&password_secret(&user.login))),
        );
    }
    out
}

/// Where early.sh puts a secret.
pub(super) fn mark(secret: &str) -> String {
    format!("@terroir:secret:{secret}@")
}

/// Whether the disks of a host are encrypted.
pub(super) fn is_encrypted(host: &Host) -> bool {
    host.encryption.unlock.value != Unlock::None
}

/// Whether a host has volumes in a volume group.
pub(super) fn is_logical(host: &Host) -> bool {
    host.storage.layout.value != Layout::Plain
}

/// The name of a volume in curtin's words.
pub(super) fn id(place: &str) -> String {
    volume_name(place)
}
