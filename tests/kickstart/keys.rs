//! The keys of the inventory's schema, each with valid values.

use serde_json::{Value, json};

/// A key and values that it may have, each to be told from the one before.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// With `*` for names, and without positions in lists.
    pub name: String,
    /// With a name for each `*`.
    pub path: Vec<String>,
    /// What stands for the first `*`.
    pub under: String,
    /// The values.
    pub values: Vec<Value>,
}

/// Names below keys whose names are free.
const NAMES: &[(&str, &str)] = &[
    ("networks", "lan"),
    ("registries", "registry.example.org"),
    ("installers", "TARGET"),
    ("users", "bob"),
    ("storage.volumes", "/srv"),
    ("link.bond.options", "miimon"),
];

/// Values where the schema says no more than that they are texts, numbers or lists.
const VALUES: &[(&str, &str)] = &[
    (
        "mac",
        r#"["52:54:00:00:00:01", "52:54:00:00:00:02", ["52:54:00:00:00:02", "52:54:00:00:00:03"]]"#,
    ),
    ("serial", r#"["M-1", "M-2"]"#),
    (
        "uuid",
        r#"["3b0a6d0e-6f7a-4d5b-9d3c-111111111111", "3b0a6d0e-6f7a-4d5b-9d3c-222222222222"]"#,
    ),
    ("address", r#"["192.0.2.12", "192.0.2.13", "dhcp", "off"]"#),
    (
        "ipv6",
        r#"["2001:db8:1::12", "2001:db8:1::13", "dhcp", "auto", "off"]"#,
    ),
    (
        "flavour",
        r#"["quay.io/a/b:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "quay.io/a/c:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]"#,
    ),
    ("image", r#"["quay.io/a/b:1", "quay.io/a/c:1"]"#),
    ("follow", r#"["quay.io/a/b:2", "quay.io/a/b:3"]"#),
    ("disk.id", r#"["nvme-A", "nvme-B"]"#),
    ("disk.serial", r#"["S-8", "S-9"]"#),
    (
        "disk.wwn",
        r#"["0x5002538e40a1b2c3", "0x5002538e40a1b2c4"]"#,
    ),
    (
        "disk.path",
        r#"["pci-0000:00:1f.2-ata-1", "pci-0000:00:1f.2-ata-2"]"#,
    ),
    ("mirror.id", r#"["nvme-A", "nvme-B"]"#),
    (
        "mirror.path",
        r#"["pci-0000:00:1f.2-ata-1", "pci-0000:00:1f.2-ata-2"]"#,
    ),
    ("mirror.serial", r#"["S-8", "S-9"]"#),
    (
        "mirror.wwn",
        r#"["0x5002538e40a1b2c3", "0x5002538e40a1b2c4"]"#,
    ),
    ("storage.volume-group", r#"["vga", "vgb"]"#),
    (
        "storage.volumes.*.options",
        r#"[["nodev"], ["nodev", "nosuid"], ["nodev", "noexec"]]"#,
    ),
    ("encryption.pcrs", r#"[[7], [7, 11], [7, 12]]"#),
    ("encryption.threshold", "[1, 2]"),
    (
        "encryption.tang.url",
        r#"["http://t3.example", "http://t4.example"]"#,
    ),
    (
        "encryption.tang.thumbprint",
        r#"["1CnhGtpVmdBbSTXT7VdVOZG9TQvEiOgNSNUaRC2O94o", "2CnhGtpVmdBbSTXT7VdVOZG9TQvEiOgNSNUaRC2O94o"]"#,
    ),
    ("network", r#"["lan", "other"]"#),
    ("link.interface", r#"["eno5", "eno6"]"#),
    (
        "link.bond.interfaces",
        r#"[["eno5", "eno6"], ["eno5", "eno7"]]"#,
    ),
    ("link.bond.name", r#"["bond5", "bond6"]"#),
    ("link.bond.options.*", r#"["100", "200"]"#),
    ("link.vlan", "[30, 31]"),
    ("link.bridge", r#"["br5", "br6"]"#),
    ("link.mtu", "[1400, 9000]"),
    ("users.*.name", r#"["Bob O'Neil", "Bob \"B\" Jones"]"#),
    (
        "users.*.groups",
        r#"[["wheel"], ["wheel", "adm"], ["wheel", "audio"]]"#,
    ),
    ("users.*.ssh-keys", KEYS),
    ("users.*.shell", r#"["/bin/bash", "/bin/zsh", "/bin/fish"]"#),
    ("root.ssh-keys", KEYS),
    ("time-zone", r#"["Europe/Paris", "Europe/Rome"]"#),
    ("locale", r#"["fr_FR.UTF-8", "it_IT.UTF-8"]"#),
    ("keyboard", r#"["fr", "it"]"#),
    (
        "kernel-arguments",
        r#"[["quiet"], ["quiet", "audit=1"], ["quiet", "audit=0"]]"#,
    ),
    (
        "first-boot",
        r#"[["true"], ["true", "echo a"], ["true", "echo b"]]"#,
    ),
    (
        "packages",
        r#"[["chrony"], ["chrony", "auditd"], ["chrony", "nftables"]]"#,
    ),
    ("hand-over", r#"["a.sh", "b.sh"]"#),
    ("description", r#"["one", "another"]"#),
    ("site", r#"["lab", "lob"]"#),
    ("domain", r#"["lab.example", "lob.example"]"#),
    ("server.url", r#"["http://a.example", "http://b.example"]"#),
    (
        "server.secrets-url",
        r#"["https://a.example:8443", "https://b.example"]"#,
    ),
    ("networks.*.address", r#"["192.0.2.0/24", "192.0.2.0/25"]"#),
    ("networks.*.gateway", r#"["192.0.2.1", "192.0.2.2"]"#),
    (
        "networks.*.ipv6",
        r#"["2001:db8:1::/64", "2001:db8:1::/56"]"#,
    ),
    ("networks.*.ipv6-gateway", r#"["fe80::1", "fe80::2"]"#),
    (
        "networks.*.dns",
        r#"[["192.0.2.53"], ["192.0.2.53", "192.0.2.54"], ["192.0.2.53", "192.0.2.55"]]"#,
    ),
    (
        "networks.*.ntp",
        r#"[["192.0.2.51"], ["192.0.2.51", "ntp.example"], ["192.0.2.51", "192.0.2.52"]]"#,
    ),
    ("networks.*.domain", r#"["a.example", "b.example"]"#),
    ("networks.*.vlan", "[30, 31]"),
    ("networks.*.mtu", "[1400, 9000]"),
    (
        "networks.*.dhcp",
        r#"[{ "from": "192.0.2.100", "to": "192.0.2.110" }, { "from": "192.0.2.101", "to": "192.0.2.111" }]"#,
    ),
    ("registries.*.mirror", r#"["a.example", "b.example"]"#),
    ("registries.*.signed-by", r#"["cosign.pub", "other.pub"]"#),
    (
        "authorities",
        r#"[["ca.pem"], ["ca.pem", "other.pem"], ["ca.pem", "third.pem"]]"#,
    ),
    (
        "installers.*.url",
        r#"["http://a.example/x", "http://b.example/x"]"#,
    ),
    ("installers.*.kernel", r#"["a/linux", "b/linux"]"#),
    ("installers.*.initrd", r#"["a/initrd", "b/initrd"]"#),
];

const KEYS: &str = r#"[["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIb0pK2mDqkXQm4kyPZSkzHxTLIx5hLLfTpFVwMk7LQy a"],
  ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIb0pK2mDqkXQm4kyPZSkzHxTLIx5hLLfTpFVwMk7LQy a", "ssh-rsa AAAAB3NzaC1yc2E= b"],
  ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIb0pK2mDqkXQm4kyPZSkzHxTLIx5hLLfTpFVwMk7LQy a", "from=\"192.0.2.0/24\",no-pty ssh-rsa AAAAB3NzaC1yc2E= b's"]]"#;

/// The keys of a host.
pub(crate) fn host_keys(schema: &Value) -> Vec<Key> {
    let mut keys = Vec::new();
    let host = &schema["$defs"]["HostDocument"];
    assert!(host.is_object(), "the schema has hosts");
    for (name, of) in properties(host) {
        walk(
            schema,
            of,
            vec![name.clone()],
            vec![name.clone()],
            &mut keys,
        );
    }
    keys
}

/// The keys of a site besides its hosts and what is said of them.
pub(crate) fn site_keys(schema: &Value) -> Vec<Key> {
    let mut keys = Vec::new();
    for (name, of) in properties(schema) {
        if !["apiVersion", "groups", "hosts", "defaults"].contains(&name.as_str()) {
            walk(
                schema,
                of,
                vec![name.clone()],
                vec![name.clone()],
                &mut keys,
            );
        }
    }
    let group = properties(&schema["$defs"]["Group"]);
    let names: Vec<&str> = group.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["defaults", "description", "groups", "hosts"],
        "a group has a new key"
    );
    keys
}

fn properties(of: &Value) -> Vec<(String, &Value)> {
    let all = of["properties"].as_object();
    all.into_iter()
        .flatten()
        .map(|(name, of)| (name.clone(), of))
        .collect()
}

/// A schema without references and without what stands for an absent value.
fn resolved<'a>(schema: &'a Value, of: &'a Value) -> &'a Value {
    if let Some(name) = of["$ref"].as_str() {
        let name = name.trim_start_matches("#/$defs/");
        return resolved(schema, &schema["$defs"][name]);
    }
    let any = of["anyOf"].as_array().into_iter().flatten();
    let mut present = any.filter(|one| one["type"] != "null");
    present.next().map_or(of, |one| resolved(schema, one))
}

fn walk(schema: &Value, of: &Value, name: Vec<String>, path: Vec<String>, keys: &mut Vec<Key>) {
    let of = resolved(schema, of);
    let joined = name.join(".");
    let own = VALUES.iter().find(|(key, _)| *key == joined);
    let below = properties(of);
    if !below.is_empty() && own.is_none() {
        for (key, of) in below {
            let with = |all: &[String]| [all, std::slice::from_ref(&key)].concat();
            walk(schema, of, with(&name), with(&path), keys);
        }
        return;
    }
    if of["additionalProperties"].is_object() {
        let free = NAMES.iter().find(|(key, _)| *key == joined);
        let (_, free) =
            free.unwrap_or_else(|| panic!("no name below `{joined}`: say one in NAMES"));
        let name = [name, vec!["*".to_owned()]].concat();
        let path = [path, vec![(*free).to_owned()]].concat();
        return walk(schema, &of["additionalProperties"], name, path, keys);
    }
    let items = resolved(schema, &of["items"]);
    if !properties(items).is_empty() {
        for position in ["0", "1"] {
            let path = [path.clone(), vec![position.to_owned()]].concat();
            walk(schema, items, name.clone(), path, keys);
        }
        return;
    }
    let values = match own {
        Some((_, text)) => serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}: {text}")),
        None => values(of)
            .unwrap_or_else(|| panic!("no values of `{joined}`: say some in VALUES: {of}")),
    };
    let place = name.iter().position(|part| part == "*");
    keys.push(Key {
        under: place.map_or_else(String::new, |place| path[place].clone()),
        name: joined,
        path,
        values,
    });
}

/// The values that a schema names, or that fit its pattern.
fn values(of: &Value) -> Option<Vec<Value>> {
    let consts = of["oneOf"].as_array().into_iter().flatten();
    let consts: Vec<Value> = consts.filter_map(|one| one.get("const").cloned()).collect();
    if consts.len() > 1 {
        return Some(consts);
    }
    if let Some(words) = of["enum"].as_array() {
        return Some(
            words
                .iter()
                .filter(|word| !word.is_null())
                .cloned()
                .collect(),
        );
    }
    let kind = &of["type"];
    let is = |name: &str| {
        kind == name
            || kind
                .as_array()
                .is_some_and(|all| all.contains(&json!(name)))
    };
    if is("boolean") {
        return Some(vec![json!(false), json!(true)]);
    }
    match of["pattern"].as_str() {
        Some("^[0-9]+[MGT]$") => Some(vec![json!("20G"), json!("30G")]),
        Some(pattern) if pattern.contains("env:") => Some(vec![json!("env:A"), json!("file:b")]),
        _ => None,
    }
}
