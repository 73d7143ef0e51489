//! The shipped layers: each is read, used and checked.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Instance, LayerDocument, SHIPPED, Shipped, Values};
use crate::module::tests::trust_store::ONE as CERTIFICATE;
use crate::module::{Checked, Dialect, Distribution, Module, RunFacts, Surroundings};
use crate::origin::{Diagnostic, Origin};
use crate::setting::tests::fake::Repository;
use crate::yaml::{Node, Scope, parse};

fn with(text: &str) -> Node {
    parse("recipes/a.yml", text).expect("valid YAML")
}

fn values(layer: &LayerDocument, text: &str) -> Values {
    let used_at = Origin::of_file("recipes/a.yml");
    layer
        .check(Some(&with(text)), &used_at)
        .expect("good options")
}

fn shown(problems: &[Diagnostic]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

/// A use of each shipped layer for a family, with the number of controls and entries that it makes.
const USES: &[(&str, &str, &str, usize, usize)] = &[
    ("accounts", "debian", "{}", 0, 1),
    (
        "accounts",
        "debian",
        "{ groups: { admins: { gid: 1500 } }, users: { alice: { uid: 1501, groups: [admins] } },
           services: { exporter: /var/lib/exporter }, administrators: [admins], lock_root: false }",
        0,
        4,
    ),
    ("banner", "debian", "{}", 6, 0),
    ("banner", "fedora", "text: 'a\\nb'", 6, 0),
    ("boot-report", "debian", "{}", 0, 1),
    ("boot-report", "debian", "post: http://s/", 0, 2),
    ("bootable", "debian", "{}", 0, 10),
    (
        "bootable",
        "debian",
        "{ life_cycle: plain, filesystem: xfs, network: none, kargs: [quiet] }",
        0,
        8,
    ),
    (
        "certificates",
        "debian",
        "authorities: [files/ca.pem]",
        0,
        1,
    ),
    ("cis", "debian", "{}", 0, 19),
    (
        "cis",
        "debian",
        "{ level: 2, profile: workstation, without: [cis/4] }",
        0,
        19,
    ),
    ("cloud", "debian", "{}", 0, 3),
    ("cloud", "debian", "{ console: none, sudo: false }", 0, 2),
    ("disk-encryption", "debian", "{}", 0, 4),
    (
        "disk-encryption",
        "debian",
        "methods: [passphrase, tpm2, fido2, tang]",
        0,
        5,
    ),
    ("installer", "debian", "{}", 0, 1),
    ("package-sources", "debian", "{}", 0, 0),
    ("package-sources", "debian", "proxy: http://p:1", 0, 1),
    (
        "package-sources",
        "debian",
        "{ mirror: http://m, security_mirror: http://s }",
        0,
        3,
    ),
    (
        "package-sources",
        "debian",
        "{ mirror: http://m, replace: false, suites: [a], key: k.asc }",
        0,
        2,
    ),
    (
        "package-sources",
        "debian",
        "{ sources: x, mirror: http://m, security_mirror: s }",
        0,
        2,
    ),
    (
        "package-sources",
        "fedora",
        "{ proxy: http://p:1, mirror: http://m, repositories: x }",
        0,
        2,
    ),
    ("services", "debian", "{}", 0, 0),
    (
        "services",
        "debian",
        "{ units: { a.timer: masked }, service: a.service, restart: always, confined: true }",
        0,
        3,
    ),
    ("sysctl", "fedora", "profile: database", 20, 1),
    ("sysctl", "fedora", "profile: low-latency", 20, 1),
    ("updates", "debian", "{}", 0, 1),
    (
        "updates",
        "debian",
        "{ program: bin/terroir, window: { from: '02:00', to: '05:00' }, mirror: m, proxy: p }",
        0,
        2,
    ),
    (
        "updates",
        "debian",
        "programs: { x86_64: bin/terroir }",
        0,
        2,
    ),
    (
        "updates",
        "debian",
        "image: registry.example.org/tools",
        0,
        2,
    ),
    ("userland", "debian", "{}", 0, 0),
    (
        "userland",
        "fedora",
        "{ open_files: 65536, processes: 4096, limits: { '@rt - rtprio': 80 }, stop_timeout: 30,
           temporary_days: 9, journal_size: 1G, journal_days: 90 }",
        0,
        7,
    ),
    ("sysctl", "debian", "{}", 21, 0),
    ("sysctl", "fedora", "profile: router", 16, 2),
    (
        "sysctl",
        "fedora",
        "{ profile: container-host, settings: { kernel.randomize_va_space: 1 } }",
        18,
        2,
    ),
];

fn facts(family: &str) -> Scope {
    facts_of(family, family, "13")
}

fn facts_of(family: &str, id: &str, version: &str) -> Scope {
    let facts = json!({"family": family, "id": id, "version_id": version, "codename": "trixie",
        "architecture": "x86_64"});
    serde_json::from_value(facts).expect("a mapping")
}

fn is_section(name: &str) -> bool {
    name.starts_with("cis-")
}

#[test]
fn shipped_layers_instantiate() {
    for (name, family, with_text, controls, modules) in USES {
        let layer = Shipped::find(name).expect(name).read().expect(name);
        let instance = layer.instantiate(&values(&layer, with_text), &facts(family));
        let instance = instance.unwrap_or_else(|problems| panic!("{name}: {:?}", shown(&problems)));
        let counts = (instance.controls.len(), instance.modules.len());
        assert_eq!(counts, (*controls, *modules), "{name} {family} {with_text}");
        assert!(instance.undecided.is_empty());
        check_demands(name, &instance);
    }
    let used: BTreeSet<_> = USES.iter().map(|(name, ..)| *name).collect();
    let others = SHIPPED.iter().map(|layer| layer.name);
    assert_eq!(used, others.filter(|name| !is_section(name)).collect());
}

/// Distributions, each as family, id and version.
const DISTRIBUTIONS: [(&str, &str, &str); 4] = [
    ("debian", "debian", "12"),
    ("debian", "debian", "13"),
    ("debian", "ubuntu", "24.04"),
    ("fedora", "fedora", "42"),
];

/// Answers to the choices of the sections.
const ANSWERS: [&str; 3] = [
    "",
    "firewall: ufw, time: timesyncd, log: rsyslog, log_host: 'log:514', role: router",
    "firewall: iptables, time: none, role: container-host",
];

#[test]
fn sections_of_the_benchmark_contradict_nowhere() {
    for shipped in SHIPPED.iter().filter(|layer| is_section(layer.name)) {
        let layer = shipped.read().expect(shipped.name);
        for (family, id, version) in DISTRIBUTIONS {
            let count = |level: u8, profile: &str, answers: &str| {
                let known = answers.split(", ").filter(|answer| {
                    let (name, _) = answer.split_once(": ").unwrap_or_default();
                    layer.options.get(name).is_some()
                });
                let known: Vec<_> = known.collect();
                let with = format!(
                    "{{ level: {level}, profile: {profile}, {} }}",
                    known.join(", ")
                );
                let scope = facts_of(family, id, version);
                let instance = layer.instantiate(&values(&layer, &with), &scope);
                let name = shipped.name;
                let instance = instance.unwrap_or_else(|all| panic!("{name}: {:?}", shown(&all)));
                check_demands(name, &instance);
                instance.controls.len()
            };
            for answers in ANSWERS {
                for profile in ["server", "workstation"] {
                    let (first, second) = (count(1, profile, answers), count(2, profile, answers));
                    assert!(first <= second, "{}", shipped.name);
                }
            }
        }
    }
}

/// How many sections the benchmarks have.
const SECTIONS: [(&str, &[&str], usize); 3] = [
    ("cis-debian12", &["cis/", "cis-debian12/"], 310),
    ("cis-debian13", &["cis-debian13/"], 343),
    ("cis-ubuntu2404", &["cis/", "cis-ubuntu2404/"], 312),
];

#[test]
fn every_section_of_the_benchmarks_is_a_control() {
    for (benchmark, prefixes, sections) in SECTIONS {
        let mut numbers = BTreeSet::new();
        for shipped in SHIPPED {
            let layer = shipped.read().expect(shipped.name);
            for id in layer.controls.iter().flat_map(|control| &control.ids) {
                let number = prefixes
                    .iter()
                    .find_map(|prefix| id.value.as_str().strip_prefix(prefix));
                numbers.extend(number.map(str::to_owned));
            }
        }
        assert_eq!(numbers.len(), sections, "{benchmark}");
    }
}

/// Compiles all that an instance demands; no key may have two values, unless the later says so.
fn check_demands(name: &str, instance: &Instance) {
    let repository = Repository::default()
        .file("k.asc", "a key")
        .program("bin/terroir", "a program")
        .file("files/ca.pem", CERTIFICATE);
    let origin = Origin::of_file("recipes/a.yml");
    let around = Surroundings {
        dialect: Dialect::Native,
        origin: &origin,
        inputs: &repository,
        image: None,
        name: "test",
        distribution: Distribution::default(),
        root: &repository,
        run: RunFacts::default(),
    };
    let declarations = instance
        .controls
        .iter()
        .flat_map(|control| &control.settings);
    let mut results: Vec<_> = declarations
        .map(|one| (false, one.settings(&repository)))
        .collect();
    for entry in &instance.modules {
        if entry.get("layer").is_some() {
            continue;
        }
        let mut config = entry.to_json();
        let keys = config.as_object_mut().expect("a mapping");
        let overrides = keys.remove("override") == Some(json!(true));
        let kind = keys.remove("type").expect("a type");
        let kind = kind.as_str().expect("text").to_owned();
        let config = parse("layer.yml", &config.to_string()).expect("JSON is YAML");
        let checked = Module::read((&kind, None), Dialect::Native, &config).expect("a known type");
        let checked = checked.unwrap_or_else(|one| panic!("{name}: {:?}", shown(&one)));
        let Checked::Module(module) = checked else {
            panic!("{name}: {kind} is not built")
        };
        let compiled = module.compile(&around);
        results.push((overrides, compiled.map(|compiled| compiled.settings)));
    }
    let mut values = BTreeMap::new();
    for (overrides, settings) in results {
        for setting in settings.unwrap_or_else(|one| panic!("{name}: {:?}", shown(&one))) {
            let value = setting.value.to_string();
            // Kernel arguments of one name may stand side by side.
            let is_list = setting.key().starts_with("karg:");
            let first = values.entry(setting.key()).or_insert_with(|| value.clone());
            let agrees = overrides || is_list || *first == value;
            assert!(agrees, "{name}: {}", setting.key());
        }
    }
}

#[test]
fn shipped_controls_are_unique_and_described() {
    let mut seen = BTreeSet::new();
    for shipped in SHIPPED {
        let layer = shipped.read().expect(shipped.name);
        for control in &layer.controls {
            assert!(control.why.is_some(), "{} has no why", control.id());
            let id = control.id();
            assert!(seen.insert(id.clone()), "{id} is in two controls");
        }
        for (name, option) in layer.options.iter() {
            assert!(
                option.description.is_some(),
                "{}: {name} is not described",
                shipped.name
            );
            let row = format!("`{name}`");
            assert!(
                shipped.readme.contains(&row),
                "{}: README has no {row}",
                shipped.name
            );
        }
    }
}

#[test]
fn every_folder_of_layers_is_shipped() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("layers");
    let mut folders: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder layers")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("a name")
        })
        .filter(|name| !name.contains('.'))
        .collect();
    folders.sort();
    assert_eq!(
        folders,
        SHIPPED.iter().map(|layer| layer.name).collect::<Vec<_>>()
    );
}

#[test]
fn sources_are_written_for_the_release() {
    let layer = Shipped::find("package-sources")
        .expect("shipped")
        .read()
        .expect("valid");
    let values = values(
        &layer,
        "{ mirror: https://m.example/debian, components: [main, contrib] }",
    );
    let instance = layer
        .instantiate(&values, &facts("debian"))
        .expect("it fits");
    let json: Vec<_> = instance.modules.iter().map(Node::to_json).collect();
    let file = &json[0]["settings"][0]["file"]["/etc/apt/sources.list.d/terroir.sources"];
    assert_eq!(
        file["content"],
        "Types: deb\nURIs: https://m.example/debian\nSuites: trixie trixie-updates\n\
         Components: main contrib\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
    );
    assert_eq!(file.get("template"), None, "it is rendered already");
}

#[test]
fn the_schema_of_layer_documents_takes_the_shipped_ones() {
    let mut generator = schemars::SchemaGenerator::default();
    let mut schema = LayerDocument::schema(&mut generator).to_value();
    schema["$defs"] = Value::Object(generator.definitions().clone());
    let validator = jsonschema::validator_for(&schema).expect("a valid schema");
    for shipped in SHIPPED {
        let document = with(shipped.text).to_json();
        let errors: Vec<_> = validator
            .iter_errors(&document)
            .map(|one| one.to_string())
            .collect();
        assert!(errors.is_empty(), "{}: {errors:?}", shipped.name);
    }
    assert!(!validator.is_valid(&json!({"apiVersion": "terroir/v1", "title": "t"})));
}
