//! Preseeds for debian-installer, which installs packages.

use serde_json::{Value, json};

use super::address::Address;
use super::choice::{Finish, Layout, Unlock};
use super::kickstart_storage::volume_name;
use super::place::{self, HTTP};
use super::quote::shell as quoted;
use super::render::{Made, Scene};
use super::site::{Host, HostUser, SiteNetwork, Volume};
use super::trust;
use super::values::{password_secret, time_servers, values};
use super::word::Target;

const TEMPLATE: &str = "preseed.cfg";
const EARLY: &str = "preseed/early.sh";
const LATE: &str = "preseed/late.sh";
/// What a root that takes the rest gets at least, in MiB.
const ROOT: u64 = 10240;

/// Makes the preseed of a host and the two scripts that it asks for.
pub(super) fn produce(scene: &Scene<'_>, host: &Host, target: Target) -> Made {
    let mut all = values(scene, host, target);
    let mut accounts = host.users.iter();
    // The installer makes one account itself; late.sh makes the others.
    let first = accounts.next();
    let site = scene.site;
    let own = host.network.network.as_ref();
    let known = own.and_then(|name| site.networks.get(&name.value));
    let mirror = site.installers.get(&target);
    let source = |name: &str| scene.templates.source(name).to_owned();
    let more = json!({
        "source": {
            "inventory": &*site.inventory,
            "sha256": site.digest,
            "template": source(TEMPLATE),
            "early": source(EARLY),
            "late": source(LATE),
        },
        "network": network(host, known),
        "interfaces": super::preseed_network::interfaces(site, host),
        "ntp": time_servers(known),
        "mtu_rules": super::mtu::rules(host),
        "mirror": mirror.map(|tree| parts(&tree.url)),
        "user": first.map(user),
        "accounts": accounts.map(account).collect::<Vec<_>>(),
        "answers": answers(host),
        "authorities": trust::authorities(site),
        "storage": {
            "method": method(host),
            "volume_group": host.storage.volume_group,
            "recipe": recipe(host),
        },
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
        (TEMPLATE, place::answer(&host.name, target)),
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
    let texts = |all: Vec<String>| all;
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
        "dns": texts(known.into_iter().flat_map(|k| &k.dns).map(ToString::to_string).collect()),
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

fn method(host: &Host) -> &'static str {
    match (host.storage.layout.value, host.encryption.unlock.value) {
        (Layout::Raid1, _) => "raid",
        (_, Unlock::Passphrase) => "crypto",
        (Layout::Lvm, _) => "lvm",
        (Layout::Plain, _) => "regular",
    }
}

/// The partitions in partman-auto's words: smallest size, priority, largest size, kind, what to do.
fn recipe(host: &Host) -> Vec<String> {
    let mirrored = host.storage.layout.value == Layout::Raid1;
    let mut out = vec![
        "1 1 1 free $iflabel{ gpt } $bios_boot{ } method{ biosgrub } .".to_owned(),
        "538 538 538 free $iflabel{ gpt } method{ efi } format{ } .".to_owned(),
    ];
    if mirrored {
        out.push("1024 1024 1024 raid $lvmignore{ } $primary{ } method{ raid } .".to_owned());
        out.push("10240 20480 -1 raid $lvmignore{ } $primary{ } method{ raid } .".to_owned());
    } else {
        out.push(
            "1024 1024 1024 ext4 $defaultignore{ } $primary{ } $bootable{ } method{ format } \
             format{ } use_filesystem{ } filesystem{ ext4 } mountpoint{ /boot } ."
                .to_owned(),
        );
    }
    let logical = host.storage.layout.value != Layout::Plain;
    let place = |name: &str| match (logical, mirrored) {
        (false, _) => String::new(),
        (true, false) => {
            let group = &host.storage.volume_group;
            format!("$defaultignore{{ }} $lvmok{{ }} in_vg{{ {group} }} lv_name{{ {name} }} ")
        }
        (true, true) => format!("$defaultignore{{ }} $lvmok{{ }} lv_name{{ {name} }} "),
    };
    if logical && !mirrored {
        let group = &host.storage.volume_group;
        out.push(format!(
            "{ROOT} 20480 -1 ext4 $defaultignore{{ }} $primary{{ }} method{{ lvm }} vg_name{{ {group} }} ."
        ));
    }
    if let Some(swap) = &host.storage.swap {
        let size = swap.value.0;
        let place = place("swap");
        out.push(format!(
            "{size} {size} {size} linux-swap {place}method{{ swap }} format{{ }} ."
        ));
    }
    // What takes the rest comes last.
    let fixed = host.storage.volumes.iter().filter(|one| one.size.is_some());
    let rest = host.storage.volumes.iter().filter(|one| one.size.is_none());
    for volume in fixed.chain(rest) {
        out.push(partition(volume, &place(&volume_name(&volume.place))));
    }
    out
}

fn partition(volume: &Volume, place: &str) -> String {
    let size = match volume.size {
        Some(size) => format!("{0} {0} {0}", size.0),
        None => format!("{ROOT} {ROOT} -1"),
    };
    let kind = volume.filesystem;
    let options: String = volume
        .options
        .iter()
        .map(|option| format!("options/{option}{{ {option} }} "))
        .collect();
    let mount = &volume.place;
    format!(
        "{size} {kind} {place}method{{ format }} format{{ }} use_filesystem{{ }} \
         filesystem{{ {kind} }} {options}mountpoint{{ {mount} }} ."
    )
}
