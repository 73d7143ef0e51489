//! Autoinstall files, checked key by key, because Subiquity's own schema accepts unknown keys.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::matrix::{DEFAULTS, combinations, inventory, rendered, text};

/// What Ubuntu's installer can do.
pub(crate) fn fits(_: &str, storage: &str, encryption: &str, _: &str) -> bool {
    let can_encrypt =
        encryption == "open" || encryption == "passphrase" && storage.starts_with("lvm");
    can_encrypt && storage != "btrfs"
}

/// The keys of `autoinstall` that we write, with the type of each (canonical/subiquity 44e42fc6,
/// autoinstall-schema.json).
const KEYS: [(&str, &str); 14] = [
    ("version", "integer"),
    ("locale", "string"),
    ("timezone", "string"),
    ("keyboard", "object"),
    ("early-commands", "array"),
    ("late-commands", "array"),
    ("error-commands", "array"),
    ("network", "object"),
    ("ssh", "object"),
    ("storage", "object"),
    ("packages", "array"),
    ("updates", "string"),
    ("user-data", "object"),
    ("shutdown", "string"),
];

/// curtin's actions with the keys that we write of each (curtin, doc/topics/storage.rst).
const ACTIONS: [(&str, &[&str]); 8] = [
    (
        "disk",
        &["path", "ptable", "wipe", "preserve", "grub_device"],
    ),
    (
        "partition",
        &["device", "size", "flag", "preserve", "grub_device"],
    ),
    ("format", &["volume", "fstype", "preserve"]),
    ("mount", &["device", "path", "options"]),
    ("raid", &["name", "raidlevel", "devices"]),
    ("dm_crypt", &["volume", "dm_name", "key", "preserve"]),
    ("lvm_volgroup", &["name", "devices", "preserve"]),
    ("lvm_partition", &["name", "volgroup", "size", "preserve"]),
];

/// The keys of netplan that we write of a device (netplan-yaml(5)).
const DEVICE: [&str; 13] = [
    "match",
    "dhcp4",
    "dhcp6",
    "accept-ra",
    "link-local",
    "addresses",
    "routes",
    "nameservers",
    "mtu",
    "interfaces",
    "parameters",
    "id",
    "link",
];

fn document(text: &str) -> Value {
    let node = terroir::yaml::parse("user-data", text).expect("YAML");
    terroir::yaml::decode(&node).expect("YAML is JSON here")
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Everything that is wrong with an autoinstall file.
fn wrong(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let Some(all) = document.get("autoinstall").and_then(Value::as_object) else {
        return vec!["no autoinstall".to_owned()];
    };
    let known = BTreeMap::from(KEYS);
    for (key, value) in all {
        if known.get(key.as_str()) != Some(&kind(value)) {
            found.push(format!("{key} is {}", kind(value)));
        }
    }
    for (key, _) in KEYS {
        if !all.contains_key(key) {
            found.push(format!("no {key}"));
        }
    }
    found.extend(storage_wrong(&all["storage"]));
    found.extend(network_wrong(&all["network"]));
    for command in ["early-commands", "late-commands", "error-commands"] {
        for line in all[command].as_array().into_iter().flatten() {
            if !line.is_string() {
                found.push(format!("{command}: {line}"));
            }
        }
    }
    found
}

fn storage_wrong(storage: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let actions = BTreeMap::from(ACTIONS);
    let mut ids = BTreeSet::new();
    let mut mounts = BTreeSet::new();
    for action in storage["config"].as_array().into_iter().flatten() {
        let text = |key: &str| action.get(key).and_then(Value::as_str).unwrap_or_default();
        let Some(keys) = actions.get(text("type")) else {
            found.push(format!("an action of type {}", text("type")));
            continue;
        };
        for key in action.as_object().into_iter().flat_map(|all| all.keys()) {
            if !["type", "id"].contains(&key.as_str()) && !keys.contains(&key.as_str()) {
                found.push(format!("{}: {key}", text("id")));
            }
        }
        // An action stands after all that it names.
        for key in ["device", "volume", "volgroup"] {
            let named = text(key);
            if !named.is_empty() && !ids.contains(named) {
                found.push(format!("{} names {named} before it is there", text("id")));
            }
        }
        for device in action["devices"].as_array().into_iter().flatten() {
            if !ids.contains(device.as_str().unwrap_or_default()) {
                found.push(format!("{} names {device} before it is there", text("id")));
            }
        }
        if !ids.insert(text("id").to_owned()) {
            found.push(format!("{} is there twice", text("id")));
        }
        if text("type") == "mount" && !mounts.insert(text("path").to_owned()) {
            found.push(format!("{} is mounted twice", text("path")));
        }
    }
    for needed in ["/", "/boot", "/boot/efi"] {
        if !mounts.contains(needed) {
            found.push(format!("{needed} is not mounted"));
        }
    }
    found
}

fn network_wrong(network: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let kinds = ["ethernets", "bonds", "vlans", "bridges"];
    for (key, group) in network.as_object().into_iter().flatten() {
        if key == "version" {
            if group != 2 {
                found.push("version".to_owned());
            }
            continue;
        }
        if !kinds.contains(&key.as_str()) {
            found.push(key.clone());
        }
        for (name, device) in group.as_object().into_iter().flatten() {
            for (key, value) in device.as_object().into_iter().flatten() {
                if !DEVICE.contains(&key.as_str()) {
                    found.push(format!("{name}: {key}"));
                }
                let names: Vec<&str> = match (key.as_str(), value) {
                    ("interfaces", Value::Array(names)) => {
                        names.iter().filter_map(Value::as_str).collect()
                    }
                    ("link", Value::String(name)) => vec![name],
                    _ => Vec::new(),
                };
                for below in names {
                    let is_there = kinds.iter().any(|kind| {
                        network
                            .get(kind)
                            .is_some_and(|group| group.get(below).is_some())
                    });
                    if !is_there {
                        found.push(format!("{name} is on {below}, which is not there"));
                    }
                }
            }
        }
    }
    found
}

#[test]
fn a_matrix_of_autoinstall_files_has_known_keys_only() {
    let hosts = combinations(&["ubuntu-24.04"], fits);
    assert!(hosts.len() >= 9, "{} hosts", hosts.len());
    let files = rendered(&inventory(DEFAULTS, &hosts));
    for (name, _) in &hosts {
        let user = text(&files, &format!("http/hosts/{name}/user-data"));
        assert!(user.starts_with("#cloud-config\n"), "{name}");
        let found = wrong(&document(user));
        assert!(found.is_empty(), "{name}: {found:?}\n{user}");
        let meta = document(text(&files, &format!("http/hosts/{name}/meta-data")));
        assert_eq!(meta["instance-id"], name.as_str());
        assert!(
            user.contains("PACKAGES"),
            "{name} does not say what it installs"
        );
    }
}

#[test]
fn the_judge_of_autoinstall_files_can_say_no() {
    let hosts = combinations(&["ubuntu-24.04"], fits);
    let files = rendered(&inventory(DEFAULTS, &hosts));
    let right = document(text(
        &files,
        &format!("http/hosts/{}/user-data", hosts[0].0),
    ));
    type Change = &'static dyn Fn(&mut Value);
    let changes: [(&str, Change); 5] = [
        ("late-command", &|all| {
            all["autoinstall"]["late-command"] = Value::Null;
        }),
        ("locale is", &|all| {
            all["autoinstall"]["locale"] = Value::Null;
        }),
        ("grub", &|all| {
            all["autoinstall"]["storage"]["config"][0]["grub"] = Value::Null;
        }),
        ("/boot is not mounted", &|all| {
            let actions = all["autoinstall"]["storage"]["config"]
                .as_array_mut()
                .unwrap();
            actions.retain(|action| action["path"] != "/boot");
        }),
        ("ethernet", &|all| {
            all["autoinstall"]["network"]["ethernet"] = Value::Null;
        }),
    ];
    for (expected, change) in changes {
        let mut document = right.clone();
        change(&mut document);
        let found = wrong(&document).join("; ");
        assert!(found.contains(expected), "{expected}: {found}");
    }
}
