//! Every key of the inventory's schema, at every level, for every target: it changes what is rendered,
//! it is refused with its place, or the table of keys without effect names it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::{Map, Value, json};
use terroir::kickstart::{
    NO_EFFECT, Reading, SHIPPED, Site, Target, Templates, Wanted, inventory_schema,
    no_effect_on_host, no_effect_on_site, no_effect_table, render, secrets,
};
use terroir::origin::Diagnostic;

use super::keys::{Key, host_keys, site_keys};
use super::matrix::{around, shown};
use super::sources::{root, text};

/// A host that every target can have, with what each of its keys needs to have an effect.
const HOST: &str = r#"{
  "mac": "52:54:00:00:00:01", "address": "192.0.2.12", "ipv6": "auto",
  "flavour": "registry.example.org/os/server:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  "disk": { "serial": "S-1" }, "network": "lan", "link": { "interface": "eno1" },
  "storage": { "layout": "lvm", "filesystem": "ext4" },
  "users": { "bob": { "name": "Bob", "password": "file:bob.hash", "groups": ["adm"], "shell": "/bin/zsh" } },
  "root": { "password": "file:root.hash" }
}"#;

/// What makes it a host of terroir's own installer, on Debian.
const OWN: &str = r#"{ "packages-only": false, "storage": { "layout": "plain" } }"#;

/// A site around it.
const SITE: &str = r#"{
  "apiVersion": "terroir/v1", "site": "lab", "domain": "lab.example",
  "server": { "url": "http://install.lab.example" },
  "networks": {
    "lan": { "address": "192.0.2.0/24", "gateway": "192.0.2.1", "ipv6": "2001:db8:1::/64",
      "ipv6-gateway": "fe80::1", "dns": ["192.0.2.53"] },
    "other": { "address": "198.51.100.0/24", "gateway": "198.51.100.1", "mtu": 9000 }
  },
  "registries": { "registry.example.org": { "mirror": "mirror.example:5000", "signed-by": "cosign.pub" } },
  "authorities": ["ca.pem"], "installers": {}, "defaults": {}, "groups": {}, "hosts": {}
}"#;

/// What a host has to say besides, so that a key (or all below it) can have an effect.
const NEEDS: &[(&str, &str)] = &[
    (
        "mirror",
        r#"{ "mirror": { "serial": "S-2" }, "storage": { "layout": "raid1" } }"#,
    ),
    (
        "encryption.passphrase",
        r#"{ "encryption": { "unlock": "passphrase", "passphrase": "env:P" } }"#,
    ),
    (
        "encryption.recovery-key",
        r#"{ "encryption": { "unlock": "passphrase", "passphrase": "env:P" } }"#,
    ),
    (
        "encryption.unlock",
        r#"{ "encryption": { "passphrase": "env:P" } }"#,
    ),
    (
        "encryption.pcrs",
        r#"{ "encryption": { "unlock": "tpm2", "recovery-key": true } }"#,
    ),
    ("encryption.tang", TANG),
    ("encryption.threshold", TANG),
    (
        "storage.volumes",
        r#"{ "storage": { "volumes": { "/srv": { "size": "1G" } } } }"#,
    ),
    (
        "link.bond",
        r#"{ "link": { "interface": null, "bond": { "interfaces": ["eno1", "eno2"] } } }"#,
    ),
    ("link.bridge", r#"{ "mac": "52:54:00:00:00:01" }"#),
    ("ipv6", r#"{ "address": "192.0.2.12" }"#),
    ("serial", r#"{ "mac": null }"#),
    ("uuid", r#"{ "mac": null }"#),
    ("networks.*.ipv6", r#"{ "ipv6": "2001:db8:1::12" }"#),
    ("networks.*.ipv6-gateway", r#"{ "ipv6": "2001:db8:1::12" }"#),
];

const TANG: &str = r#"{ "encryption": { "unlock": "tang", "recovery-key": true, "threshold": 1, "tang": [
  { "url": "http://t1.example", "thumbprint": "Uu0NJUHY3KRTRwbFAWeGRU5q2BHeMCPCkHGQEJPHrqM" },
  { "url": "http://t2.example", "thumbprint": "p5mQ7KTrSeYsIqtIYwUQtYMyC_qBVOzBXHCVQRIFY1k" } ] } }"#;

/// Kinds of hosts that some keys have no effect on.
const KINDS: &[(&str, &str)] = &[
    ("usual", "{}"),
    ("dhcp", r#"{ "address": "dhcp" }"#),
    ("fixed6", r#"{ "ipv6": "2001:db8:1::12" }"#),
    ("plain", r#"{ "storage": { "layout": "plain" } }"#),
    (
        "btrfs",
        r#"{ "storage": { "layout": "plain", "filesystem": "btrfs" } }"#,
    ),
    (
        "raid1",
        r#"{ "mirror": { "serial": "S-2" }, "storage": { "layout": "raid1" } }"#,
    ),
    (
        "cis",
        r#"{ "storage": { "separate": "cis", "swap": "2G" } }"#,
    ),
    (
        "passphrase",
        r#"{ "encryption": { "unlock": "passphrase", "passphrase": "env:P" } }"#,
    ),
    (
        "tpm2",
        r#"{ "encryption": { "unlock": "tpm2", "recovery-key": true } }"#,
    ),
    (
        "fido2",
        r#"{ "encryption": { "unlock": "fido2", "passphrase": "env:P" } }"#,
    ),
    ("tang", TANG),
    ("unnamed", r#"{ "link": null }"#),
    ("vlan", r#"{ "link": { "vlan": 20 } }"#),
    (
        "bond",
        r#"{ "link": { "interface": null, "bond": { "interfaces": ["eno1", "eno2"], "mode": "802.3ad" } } }"#,
    ),
    (
        "bond-vlan",
        r#"{ "link": { "interface": null, "vlan": 20, "bond": { "interfaces": ["eno1", "eno2"] } } }"#,
    ),
    ("bridge", r#"{ "link": { "bridge": "br0" } }"#),
    (
        "no mac",
        r#"{ "mac": null, "uuid": "3b0a6d0e-6f7a-4d5b-9d3c-111111111111" }"#,
    ),
    (
        "bootc",
        r#"{ "payload": "bootc", "storage": { "layout": "plain" } }"#,
    ),
    (
        "chosen",
        r#"{ "disk": { "type": "nvme", "choose": "smallest" } }"#,
    ),
];

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Lays one value over another; null takes away.
fn lay(below: &mut Value, above: &Value) {
    if let (Value::Object(below), Value::Object(above)) = (&mut *below, above) {
        for (key, value) in above {
            if value.is_null() {
                below.remove(key);
            } else {
                lay(below.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        return;
    }
    *below = above.clone();
}

/// Sets a value at a path of keys and positions.
fn set(at: &mut Value, path: &[String], value: &Value) {
    let Some((first, rest)) = path.split_first() else {
        *at = value.clone();
        return;
    };
    if let (Ok(position), Value::Array(items)) = (first.parse::<usize>(), &mut *at) {
        while items.len() <= position {
            items.push(Value::Null);
        }
        return set(&mut items[position], rest, value);
    }
    if !at.is_object() {
        *at = Value::Object(Map::new());
    }
    let inner = at.as_object_mut().unwrap().entry(first.clone());
    set(inner.or_insert(Value::Null), rest, value);
}

/// Where a key is written.
const LEVELS: [&str; 4] = ["site", "group", "group within", "host"];

/// An inventory of one host `a`, where `value` stands at a key of a host at a level.
fn inventory(target: Target, host: &Value, level: &str, key: Option<(&Key, &Value)>) -> String {
    let mut site = parsed(SITE);
    site["installers"][target.name()] = json!({ "url": "http://tree.example/x" });
    let mut host = host.clone();
    host["target"] = json!(target.name());
    let is_own = host.get("packages-only").is_some();
    if is_own {
        // It does not verify signatures.
        lay(
            &mut site["registries"]["registry.example.org"],
            &json!({ "signed-by": null }),
        );
    } else if ["debian", "ubuntu"]
        .iter()
        .any(|one| target.name().starts_with(one))
    {
        host["packages-only"] = json!(true);
    }
    let mut defaults = Value::Object(Map::new());
    for (name, value) in host.as_object().unwrap() {
        if !terroir::kickstart::IDENTITY.contains(&name.as_str()) {
            defaults[name] = value.clone();
        }
    }
    let mut own = Value::Object(Map::new());
    for name in terroir::kickstart::IDENTITY {
        if let Some(value) = host.get(name) {
            own[name] = value.clone();
        }
    }
    if let Some((key, value)) = key {
        // A choice is replaced as a whole: the rest of it is said again.
        let top = &key.path[0];
        let mut said = Value::Object(Map::new());
        if let Some(usual) = host.get(top).filter(|_| key.path.len() > 1) {
            said[top] = usual.clone();
        }
        set(&mut said, &key.path, value);
        match level {
            "site" => lay(&mut defaults, &said),
            "group" => site["groups"]["g"]["defaults"] = said,
            "group within" => site["groups"]["g"]["groups"]["h"]["defaults"] = said,
            _ => lay(&mut own, &said),
        }
        if level == "site" {
            // Not laid over, where a list or a choice has fewer elements.
            set(&mut defaults, &key.path, value);
        }
    }
    site["defaults"] = defaults;
    match level {
        "group" => site["groups"]["g"]["hosts"] = json!({ "a": own }),
        "group within" => site["groups"]["g"]["groups"]["h"]["hosts"] = json!({ "a": own }),
        _ => site["hosts"] = json!({ "a": own }),
    }
    serde_json::to_string_pretty(&site).unwrap()
}

/// What becomes of an inventory.
enum Outcome {
    /// What the host's installer and boot loaders are told, without comments, and its secrets.
    Rendered(Box<Site>, BTreeMap<String, String>),
    /// What is wrong.
    Refused(Vec<Diagnostic>),
}

impl Outcome {
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Rendered(_, a), Self::Rendered(_, b)) => a == b,
            _ => false,
        }
    }
}

fn outcome(inventory: &str, templates: &Templates) -> Outcome {
    let site = match Reading::new("lab.yml", inventory).site(&around()) {
        Ok(site) => site,
        Err(problems) => return Outcome::Refused(problems),
    };
    let files = match render(&site, templates, &Wanted::default()) {
        Ok(files) => files,
        Err(problems) => return Outcome::Refused(problems),
    };
    let mut told = BTreeMap::new();
    for (path, file) in &files {
        let path = path.as_str();
        if !path.starts_with("http/") && !path.starts_with("tftp/") {
            continue;
        }
        let text = String::from_utf8_lossy(file.content.bytes()).into_owned();
        let is_comment = |line: &&str| {
            let line = line.trim_start();
            line.starts_with('#') && !line.starts_with("#!") && !line.starts_with("#cloud")
        };
        let lines: Vec<&str> = text.lines().filter(|line| !is_comment(line)).collect();
        told.insert(path.to_owned(), lines.join("\n"));
    }
    let asked: Vec<String> = secrets(&site, &site.hosts["a"])
        .iter()
        .map(|(name, secret)| format!("{name} {}", secret.value))
        .collect();
    told.insert("secrets".to_owned(), asked.join("\n"));
    Outcome::Rendered(Box::new(site), told)
}

fn templates() -> Templates {
    Templates::new(&BTreeMap::new()).unwrap_or_else(|problems| panic!("{}", shown(&problems)))
}

/// What a host needs so that a key can have an effect.
fn needed(key: &Key) -> Value {
    let mut host = parsed(HOST);
    let fits = |name: &str| {
        key.name == name
            || key
                .name
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('.'))
    };
    let needs = NEEDS.iter().filter(|(name, _)| fits(name));
    if let Some((_, needs)) = needs.max_by_key(|(name, _)| name.len()) {
        lay(&mut host, &parsed(needs));
    }
    host
}

/// What is wrong with two outcomes of a key that has two values.
fn silent(key: &Key, outcomes: &[(String, Outcome)], of_site: bool) -> Option<String> {
    for pair in outcomes.windows(2) {
        let [(first, before), (second, after)] = pair else {
            continue;
        };
        let row = |one: &Outcome| match one {
            Outcome::Rendered(site, _) if of_site => no_effect_on_site(site, &key.name, &key.under),
            Outcome::Rendered(site, _) => no_effect_on_host(&site.hosts["a"], &key.name),
            Outcome::Refused(_) => None,
        };
        let (one, other) = (row(before), row(after));
        match (before, after) {
            (Outcome::Refused(one), Outcome::Refused(two)) => {
                for (text, problems) in [(first, one), (second, two)] {
                    if !names(key, text, problems) {
                        return Some(format!("is refused elsewhere:\n{}", shown(problems)));
                    }
                }
            }
            _ if before.same(after) && one.or(other).is_none() => {
                return Some("has no effect, and the table is silent".to_owned());
            }
            // With one value alone in the table the other one has an effect.
            _ if !before.same(after) => {
                if let (Some(row), Some(_)) = (one, other) {
                    return Some(format!("has an effect, and the table says: {}", row.reason));
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether what is wrong is told at the key, or beside it in the same part of the host.
fn names(key: &Key, inventory: &str, problems: &[Diagnostic]) -> bool {
    let lines: Vec<&str> = inventory.lines().collect();
    let told = problems.iter().flat_map(|problem| {
        let related = problem.related.iter().map(|(origin, _)| origin);
        std::iter::once(&problem.origin).chain(related)
    });
    told.filter(|origin| origin.line > 0).any(|origin| {
        // Upwards to the part of the host that the line is in.
        let mut line = usize::try_from(origin.line).unwrap_or(1) - 1;
        let depth = |line: usize| lines[line].len() - lines[line].trim_start().len();
        loop {
            if lines[line].contains(&format!("\"{}\":", key.path[0])) {
                return true;
            }
            let above = (0..line).rev().find(|above| depth(*above) < depth(line));
            match above {
                Some(above) => line = above,
                None => return false,
            }
        }
    })
}

/// Every fault of the keys of hosts: for what each needs, at all levels and for all targets.
fn host_faults(templates: &Templates, wanted: &str) -> Vec<String> {
    let mut keys = host_keys(&inventory_schema());
    assert!(keys.len() > 60, "{} keys", keys.len());
    keys.retain(|key| wanted.is_empty() || key.name == wanted);
    let mut tries = Vec::new();
    for key in &keys {
        let is_own = terroir::kickstart::IDENTITY.contains(&key.path[0].as_str());
        for level in LEVELS {
            if !is_own || level == "host" {
                tries.extend(Target::ALL.map(|target| (key, level, target)));
            }
        }
    }
    let faults = tries.par_iter().filter_map(|(key, level, target)| {
        let host = needed(key);
        let outcomes = tried(*target, &host, level, key, templates);
        let fault = silent(key, &outcomes, false)?;
        Some(format!("{} at the {level} for {target} {fault}", key.name))
    });
    faults.collect()
}

fn tried(
    target: Target,
    host: &Value,
    level: &str,
    key: &Key,
    templates: &Templates,
) -> Vec<(String, Outcome)> {
    let each = key.values.iter().map(|value| {
        let text = inventory(target, host, level, Some((key, value)));
        let outcome = outcome(&text, templates);
        (text, outcome)
    });
    each.collect()
}

#[test]
fn every_key_of_a_host_has_an_effect_or_a_reason() {
    let faults = host_faults(&templates(), "");
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// Templates, a line that is left out of each, and whose key is then told for which target.
const LEFT_OUT: &[(&str, &str, &str, &str)] = &[
    (
        "preseed/late.sh",
        "in-target usermod --shell {{ user.shell | shell }} {{ user.login }}\n",
        "users.*.shell",
        "debian-12",
    ),
    (
        "anaconda.ks",
        "keyboard --vckeymap={{ host.keyboard | ks }} --xlayouts={{ host.keyboard | ks }}\n",
        "keyboard",
        "RHEL9",
    ),
    (
        "autoinstall/user-data",
        "  timezone: {{ host.time_zone | yaml }}\n",
        "time-zone",
        "ubuntu-24.04",
    ),
];

#[test]
fn a_renderer_that_leaves_a_key_out_is_told() {
    for (name, line, key, target) in LEFT_OUT {
        let shipped = SHIPPED
            .iter()
            .find(|shipped| shipped.name == *name)
            .unwrap();
        assert!(shipped.text.contains(line), "{name}: {line}");
        let broken = shipped.text.replace(line, "");
        let own = BTreeMap::from([((*name).to_owned(), (Arc::from(*name), broken))]);
        let faults = host_faults(&Templates::new(&own).unwrap(), key);
        let expected =
            format!("{key} at the host for {target} has no effect, and the table is silent");
        assert!(faults.contains(&expected), "{faults:#?}");
        let told = |fault: &String| fault.starts_with(&format!("{key} at the "));
        assert!(faults.iter().all(told), "{faults:#?}");
    }
}

#[test]
fn every_key_of_every_kind_of_host_has_an_effect_or_a_reason() {
    let templates = templates();
    let keys = host_keys(&inventory_schema());
    let mut tries = Vec::new();
    for (kind, more) in KINDS {
        let mut host = parsed(HOST);
        lay(&mut host, &parsed(more));
        let mut own = host.clone();
        lay(&mut own, &parsed(OWN));
        for (target, host) in [
            (Target::F45, &host),
            (Target::RHEL9, &host),
            (Target::Debian12, &host),
            (Target::Ubuntu2404, &host),
            (Target::Debian13, &own),
        ] {
            let usual = inventory(target, host, "host", None);
            if matches!(outcome(&usual, &templates), Outcome::Rendered(..)) {
                tries.extend(keys.iter().map(|key| (*kind, host.clone(), target, key)));
            }
        }
    }
    assert!(tries.len() > 3000, "{} tries", tries.len());
    let faults = tries.par_iter().filter_map(|(kind, host, target, key)| {
        let outcomes = tried(*target, host, "host", key, &templates);
        let fault = silent(key, &outcomes, false)?;
        Some(format!(
            "{} of a host of the kind {kind} for {target} {fault}",
            key.name
        ))
    });
    let faults: Vec<String> = faults.collect();
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn every_key_of_a_site_has_an_effect_or_a_reason() {
    let templates = templates();
    let keys = site_keys(&inventory_schema());
    assert!(keys.len() > 20, "{} keys", keys.len());
    let mut faults = Vec::new();
    let all = Target::ALL.map(|target| (target, "{}"));
    for (target, more) in all.into_iter().chain([(Target::Debian13, OWN)]) {
        for key in &keys {
            let mut key = key.clone();
            for part in &mut key.path {
                if part == "TARGET" {
                    target.name().clone_into(part);
                    key.under = target.name().to_owned();
                }
            }
            let mut host = needed(&key);
            lay(&mut host, &parsed(more));
            let outcomes: Vec<(String, Outcome)> = key
                .values
                .iter()
                .map(|value| {
                    let mut site = parsed(&inventory(target, &host, "host", None));
                    set(&mut site, &key.path, value);
                    let text = serde_json::to_string_pretty(&site).unwrap();
                    let outcome = outcome(&text, &templates);
                    (text, outcome)
                })
                .collect();
            if let Some(fault) = silent(&key, &outcomes, true) {
                faults.push(format!("{} for {target} {more} {fault}", key.name));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// Targets, what a host says besides, and what is said of it.
const UNHEEDED: &[(Target, &str, &str)] = &[
    (
        Target::F43,
        r#"{ "packages": ["chrony"] }"#,
        "`packages` has no effect on a: an image holds",
    ),
    (
        Target::F43,
        r#"{ "hand-over": "x.sh" }"#,
        "`hand-over` has no effect",
    ),
    (
        Target::Debian12,
        r#"{ "image": "quay.io/a/b:1" }"#,
        "`image` has no effect",
    ),
    (
        Target::Ubuntu2404,
        r#"{ "follow": "quay.io/a/b:1" }"#,
        "updates are packages",
    ),
    (
        Target::F43,
        r#"{ "encryption": { "pcrs": [7, 11] } }"#,
        "a TPM alone",
    ),
    (
        Target::F43,
        r#"{ "encryption": { "passphrase": "env:P" } }"#,
        "nothing is encrypted",
    ),
    (
        Target::F43,
        r#"{ "storage": { "layout": "plain", "volume-group": "vg" } }"#,
        "partitions are in no volume group",
    ),
    (
        Target::Debian12,
        "{}",
        "`registries.*.mirror` of registry.example.org has no effect",
    ),
];

#[test]
fn what_has_no_effect_is_warned_of_at_its_place() {
    let warned = |target: Target, more: &str| {
        let mut host = parsed(HOST);
        lay(&mut host, &parsed(more));
        let text = inventory(target, &host, "host", None);
        let site = Reading::new("lab.yml", &text).site(&around());
        shown(
            &site
                .unwrap_or_else(|problems| panic!("{}", shown(&problems)))
                .notes,
        )
    };
    for &(target, more, expected) in UNHEEDED {
        let said = warned(target, more);
        assert!(
            said.contains(expected) && said.contains("lab.yml:"),
            "{more}: {said}"
        );
    }
    // No warning for a key that some host uses, nor for a value that is the default.
    assert_eq!(
        warned(Target::F43, r#"{ "encryption": { "pcrs": [7] } }"#),
        ""
    );
    let text = "apiVersion: terroir/v1
site: lab
server: { url: http://x.example }
defaults: { flavour: quay.io/os/server:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, packages: [chrony], disk: { serial: S } }
hosts:
  a: { mac: 52:54:00:00:00:01, target: F43 }
  b: { mac: 52:54:00:00:00:02, target: debian-12, flavour: ~ }
";
    let site = Reading::new("lab.yml", text).site(&around());
    let site = site.unwrap_or_else(|problems| panic!("{}", shown(&problems)));
    assert_eq!(shown(&site.notes), "");
}

#[test]
fn the_table_is_about_keys_of_the_schema_and_stands_in_the_book() {
    let schema = inventory_schema();
    let keys = host_keys(&schema);
    let of_site = site_keys(&schema);
    let known: BTreeSet<&str> = keys
        .iter()
        .chain(&of_site)
        .map(|key| key.name.as_str())
        .collect();
    for row in NO_EFFECT {
        let below = |key: &&&str| key.starts_with(&format!("{}.", row.key));
        let is_known = known.contains(row.key) || known.iter().any(|key| below(&key));
        assert!(is_known || row.key.ends_with("description"), "{}", row.key);
    }
    let book = text(&root().join("docs/src/kickstart.md"));
    let table = no_effect_table();
    assert!(
        book.contains(&table),
        "docs/src/kickstart.md lacks this table:\n{table}"
    );
}
