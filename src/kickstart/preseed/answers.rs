//! The preseed of a host and its two scripts.

use serde_json::{Value, json};

use super::{network, storage};
use crate::kickstart::model::host::{Host, HostUser};
use crate::kickstart::model::secrets::password_secret;
use crate::kickstart::model::site::SiteNetwork;
use crate::kickstart::output::path;
use crate::kickstart::output::path::HTTP;
use crate::kickstart::template::mtu;
use crate::kickstart::template::package_values::package_values;
use crate::kickstart::template::quote::shell as quoted;
use crate::kickstart::template::scene::{Made, Scene};
use crate::kickstart::value::address::Address;
use crate::kickstart::value::choice::Unlock;
use crate::kickstart::value::target::Target;

const TEMPLATE: &str = "preseed.cfg";
const EARLY: &str = "preseed/early.sh";
const LATE: &str = "preseed/late.sh";

/// Makes the preseed of a host and the two scripts that it asks for.
pub(in crate::kickstart) fn produce(scene: &Scene<'_>, host: &Host, target: Target) -> Made {
    let site = scene.site;
    // The installer makes one account itself; late.sh makes the others.
    let mut accounts = host.users.iter();
    let first = accounts.next();
    let mirror = site.installers.get(&target);
    let more = json!({
        "network": network(host, site.network_of(host)),
        "interfaces": network::interfaces(site, host),
        "mtu_rules": mtu::rules(host),
        "mirror": mirror.map(|tree| parts(&tree.url)),
        "user": first.map(user),
        "accounts": accounts.map(account).collect::<Vec<_>>(),
        "answers": answers(host),
        "storage": {
            "method": storage::method(host),
            "volume_group": host.storage.volume_group,
            "recipe": storage::recipe(host),
        },
    });
    let all = package_values(scene, host, target, [TEMPLATE, EARLY, LATE], more);
    let folder = format!("{HTTP}/{}", path::host_folder(&host.name));
    let wanted = [
        (TEMPLATE, path::answer(&host.name, host.installer)),
        (EARLY, format!("{folder}/early.sh")),
        (LATE, format!("{folder}/late.sh")),
    ];
    scene.made(&wanted, &all)
}

/// The parts of a mirror's URL.
fn parts(url: &str) -> Value {
    let (protocol, rest) = url.split_once("://").unwrap_or(("http", url));
    let (host, directory) = rest.split_once('/').unwrap_or((rest, "debian"));
    json!({ "protocol": protocol, "host": host, "directory": format!("/{directory}") })
}

fn network(host: &Host, known: Option<&SiteNetwork>) -> Value {
    let address = match host.network.address.value {
        Address::Fixed(address) => Some(address.to_string()),
        Address::Dhcp | Address::Off => None,
    };
    json!({
        "interface": host.network.interface.as_ref().map(|one| &one.value),
        "domain": host.domain(),
        "address": address,
        "netmask": known
            .and_then(|known| known.address.as_ref())
            .map(|prefix| prefix.netmask().to_string()),
        "gateway": known
            .and_then(|known| known.gateway.as_ref())
            .map(ToString::to_string),
        "dns": known.map_or_else(Vec::new, SiteNetwork::name_servers),
    })
}

fn user(user: &HostUser) -> Value {
    let groups: Vec<&str> = user.groups.iter().map(|one| one.value.as_str()).collect();
    json!({
        "login": user.login.value,
        "name": user.name.as_ref().map_or(&user.login.value, |name| &name.value),
        "groups": groups,
        "password": user.password.is_some(),
        "shell": user.shell.as_ref().map(|shell| &shell.value),
    })
}

/// An account that late.sh makes.
fn account(user: &HostUser) -> Value {
    let mut options = String::new();
    let groups: Vec<&str> = user.groups.iter().map(|one| one.value.as_str()).collect();
    if !groups.is_empty() {
        options.extend([format!(" --groups {}", groups.join(","))]);
    }
    if let Some(name) = &user.name {
        options.extend([format!(" --comment {}", quoted(name))]);
    }
    let shell = user
        .shell
        .as_ref()
        .map_or("/bin/bash", |shell| &shell.value);
    options.extend([format!(" --shell {shell}")]);
    json!({ "login": user.login.value, "options": options })
}

/// The questions whose answers are secrets.
fn answers(host: &Host) -> Vec<Value> {
    let mut all = Vec::new();
    if host.root_password.is_some() {
        all.push(json!({
            "name": password_secret("root"),
            "questions": ["d-i passwd/root-password-crypted password"],
        }));
    }
    let first = host.users.first();
    if let Some(user) = first.filter(|user| user.password.is_some()) {
        all.push(json!({
            "name": password_secret(&user.login),
            "questions": ["d-i passwd/user-password-crypted password"],
        }));
    }
    if host.encryption.unlock.value == Unlock::Passphrase {
        all.push(json!({
            "name": "passphrase",
            "questions": [
                "d-i partman-crypto/passphrase password",
                "d-i partman-crypto/passphrase-again password",
            ],
        }));
    }
    all
}
