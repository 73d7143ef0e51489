//! The kickstart of a host.

use serde_json::{Map, Value, json};

use super::{network, storage};
use crate::kickstart::model::host::{Host, HostEncryption, HostUser};
use crate::kickstart::model::secrets::password_secret;
use crate::kickstart::model::site::SiteNetwork;
use crate::kickstart::output::file::File;
use crate::kickstart::output::path;
use crate::kickstart::template::host_values::{kernel_arguments, values};
use crate::kickstart::template::quote::{heredoc, kickstart as quoted};
use crate::kickstart::template::scene::{Made, Scene};
use crate::kickstart::template::trust;
use crate::kickstart::value::address::Address;
use crate::kickstart::value::choice::{Payload, Unlock};
use crate::kickstart::value::target::Target;

const TEMPLATE: &str = "anaconda.ks";

/// Makes the kickstart of a host.
pub(in crate::kickstart) fn produce(scene: &Scene<'_>, host: &Host, target: Target) -> Made {
    let mut all = values(scene, host, target);
    let storage = storage::lines(host, &appended(host));
    let encryption = &host.encryption;
    let keep_key = needs_key(encryption);
    let passphrase = match (encryption.unlock.value, &encryption.passphrase) {
        (Unlock::None, _) => None,
        (_, Some(_)) => Some("asked"),
        (_, None) => Some("made"),
    };
    let more = json!({
        "network": network(scene, host),
        "storage": {
            "dynamic": storage.dynamic,
            "lines": storage.common,
            "efi_lines": storage.efi,
            "bios_lines": storage.bios,
            "passphrase": passphrase,
            "keep_key": keep_key,
        },
        "encryption": {
            "unlock": encryption.unlock.value,
            "pcrs": registers(encryption),
            "tang": tang(encryption),
            "recovery_key": encryption.recovery_key,
        },
        "trust": trust::values(scene.site, host),
        "users": host.users.iter().map(user).collect::<Vec<_>>(),
        "secret_commands": secret_commands(host),
        "mtu_rules": crate::kickstart::template::mtu::rules(host),
        "payload": host.payload.value,
    });
    if let Value::Object(more) = more {
        all.extend(more);
    }
    name_template(scene, &mut all, TEMPLATE);
    let text = scene.templates.render(TEMPLATE, &all);
    let text = text.map_err(|problem| vec![*problem])?;
    Ok(vec![(
        path::answer(&host.name, host.installer),
        File::text(text),
    )])
}

/// Adds the template of a file to its sources.
pub(in crate::kickstart) fn name_template(
    scene: &Scene<'_>,
    all: &mut Map<String, Value>,
    template: &str,
) {
    if let Some(source) = all.get_mut("source").and_then(Value::as_object_mut) {
        let name = scene.templates.source(template);
        source.insert("template".to_owned(), json!(name));
    }
}

/// Whether the passphrase is needed until the first boot.
fn needs_key(encryption: &HostEncryption) -> bool {
    match encryption.unlock.value {
        Unlock::None => false,
        Unlock::Passphrase => encryption.recovery_key,
        Unlock::Tpm2 | Unlock::Fido2 | Unlock::Tang => true,
    }
}

/// The arguments of the installed kernel.
fn appended(host: &Host) -> Vec<String> {
    // bootc reads those of the flavour from the image itself; ostreecontainer does not.
    let facts = host.image.as_ref().and_then(|image| image.facts.as_ref());
    let mut all: Vec<String> = match host.payload.value {
        Payload::Ostreecontainer => facts.map_or_else(Vec::new, |f| f.kernel_arguments.clone()),
        Payload::Bootc => Vec::new(),
    };
    let more = kernel_arguments(host);
    all.extend(more);
    match host.encryption.unlock.value {
        Unlock::None | Unlock::Passphrase => {}
        Unlock::Tpm2 => all.push("rd.luks.options=tries=0,tpm2-device=auto".to_owned()),
        Unlock::Fido2 => all.push("rd.luks.options=tries=0,fido2-device=auto".to_owned()),
        Unlock::Tang => {
            all.push("rd.neednet=1".to_owned());
            if host.network.address.value == Address::Dhcp {
                all.push("ip=dhcp".to_owned());
            }
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|argument| seen.insert(argument.clone()));
    all
}

/// TPM registers as systemd-cryptenroll writes them.
fn registers(encryption: &HostEncryption) -> String {
    let all: Vec<String> = encryption.pcrs.iter().map(u8::to_string).collect();
    all.join("+")
}

/// The configuration of clevis: so many of these servers.
fn tang(encryption: &HostEncryption) -> String {
    let servers = encryption.tang.iter();
    let servers: Vec<Value> = servers
        .map(|(url, thumbprint)| json!({ "url": url.value, "thp": thumbprint.value }))
        .collect();
    json!({ "t": encryption.threshold, "pins": { "tang": servers } }).to_string()
}

fn network(scene: &Scene<'_>, host: &Host) -> Value {
    let known = scene.site.network_of(host);
    let ntp = known.map_or_else(Vec::new, SiteNetwork::time_servers);
    json!({ "lines": network::lines(scene.site, host), "ntp": ntp })
}

fn user(user: &HostUser) -> Value {
    json!({
        "login": user.login.value,
        "password": user.password.is_some(),
        "options": user_options(user),
    })
}

fn user_options(user: &HostUser) -> String {
    let mut out = String::new();
    let groups: Vec<&str> = user.groups.iter().map(|one| one.value.as_str()).collect();
    if !groups.is_empty() {
        out.extend([format!(" --groups={}", groups.join(","))]);
    }
    if let Some(name) = &user.name {
        out.extend([format!(" --gecos={}", quoted(name))]);
    }
    if let Some(shell) = &user.shell {
        out.extend([format!(" --shell={shell}")]);
    }
    out
}

/// The commands that hold a hash, and the shell variables that %pre puts the hashes into.
fn secret_commands(host: &Host) -> Vec<Value> {
    let mut commands = Vec::new();
    if host.root_password.is_some() {
        commands.push(json!({
            "secret": password_secret("root"),
            "variable": "hash0",
            "line": r#"rootpw --iscrypted "$hash0""#,
        }));
    }
    for (number, user) in host.users.iter().enumerate() {
        if user.password.is_some() {
            let variable = format!("hash{}", number + 1);
            let login = &user.login.value;
            let options = heredoc(&user_options(user));
            commands.push(json!({
                "secret": password_secret(login),
                "variable": variable,
                "line": format!(r#"user --name={login}{options} --iscrypted --password="${variable}""#),
            }));
        }
    }
    commands
}
