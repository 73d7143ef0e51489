//! What the modules that run commands accept and refuse, through types and schemas alike; `copy`
//! and `initramfs`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{commands, compile, compile_with, facts, parse, refused};
use crate::action::{Action, Id, Owner, Tree};
use crate::module::{Dialect, Distribution, FinishRequest, Module, RunFacts};
use crate::setting::tests::fake::Repository;

/// Spelling, configuration, words of the error of a BlueBuild recipe; none when it is right.
const FORMS: &str = r#"
containerfile {"snippets": ["RUN true"], "containerfiles": ["one"]} =>
containerfile {"snippets": "RUN true"} => expected a sequence
containerfile {"network": true} => unknown field `network`
copy {"from": "builder", "src": "/out/a", "dest": "/usr/bin/a"} =>
copy {"src": "a", "dest": "/a"} =>
copy {"src": "a"} => missing field `dest`
copy {"src": ["a"], "dest": "b"} => expected a string
copy {"src": "a", "dest": "b", "mode": "0644"} => unknown field `mode`
initramfs {} =>
initramfs {"kernel": "all"} => unknown field `kernel`
script {"scripts": ["a.sh"], "snippets": ["true"]} =>
script@v1 {"snippets": ["true"]} =>
script {} =>
script {"snippets": "true"} => expected a sequence
script {"files": ["a"]} => unknown field `files`
script@v1 {"snippet": []} => unknown field `snippet`
"#;

#[test]
fn bluebuild_forms_are_read_as_bluebuild_reads_them() {
    let mut generator = schemars::generate::SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator();
    let schemas: BTreeMap<_, _> = Module::bluebuild_schemas(&mut generator)
        .into_iter()
        .collect();
    assert!(schemas.contains_key("script@latest") && schemas.contains_key("copy@v1"));
    for line in FORMS.lines().skip(1) {
        let (entry, words) = line.split_once(" =>").expect("three columns");
        let (spelling, config) = entry.split_once(' ').expect("two columns");
        let config: Value = serde_json::from_str(config).expect(line);
        let read = parse(spelling, Dialect::BlueBuild, &config);
        let schema = schemas.get(spelling).expect("a schema");
        let validator = jsonschema::validator_for(schema.as_value()).expect("a schema");
        match words.trim() {
            "" => assert!(
                read.is_ok() && validator.is_valid(&config),
                "{line}: {read:?}"
            ),
            words => {
                let error = read.expect_err(line);
                assert!(error.contains(words), "{line}: {error}");
                assert!(!validator.is_valid(&config), "{line}");
            }
        }
    }
}

fn staged() -> RunFacts<'static> {
    RunFacts {
        stages: Box::leak(Box::new(["builder".to_owned()])),
        ..facts()
    }
}

fn copied(
    dialect: Dialect,
    config: &Value,
    repository: &Repository,
) -> Result<crate::module::Compiled, Vec<crate::origin::Diagnostic>> {
    let module = parse("copy", dialect, config).expect("decodes");
    compile_with(
        dialect,
        repository,
        (Distribution::default(), staged()),
        &|around| module.compile(around),
    )
}

#[test]
fn copies_come_from_stages_and_images() {
    let none = Repository::default();
    let config = json!({"from": "builder", "src": "out/a", "dest": "/usr/bin/"});
    let compiled = copied(Dialect::BlueBuild, &config, &none).expect("a stage");
    assert_eq!(
        compiled.actions,
        [Action::Copy {
            from: Tree::Stage("builder".into()),
            source: "/out/a".into(),
            destination: "/usr/bin/".into(),
            owner: None,
            mode: None,
        }]
    );
    let config =
        json!({"from": "quay.io/a/b:1", "src": "/x", "dest": "/y", "owner": "1:2", "mode": "0600"});
    let compiled = copied(Dialect::Native, &config, &none).expect("an image");
    let owner = Owner {
        user: Id::Number(1),
        group: Id::Number(2),
    };
    assert!(
        matches!(&compiled.actions[..], [Action::Copy { from: Tree::Image(image), owner: Some(held), mode: Some(0o600), .. }]
        if image == "quay.io/a/b:1" && *held == owner)
    );
    let config = |from: &str| json!({"from": from, "src": "/x", "dest": "/y"});
    for (from, message, hint) in [
        (
            "buildr",
            "there is no stage `buildr`",
            "did you mean `builder`",
        ),
        ("0", "there is no stage `0`", "docker.io/library"),
        (
            "UPPER/x",
            "`UPPER/x` is no image reference",
            "registry/name:tag",
        ),
    ] {
        for dialect in [Dialect::Native, Dialect::BlueBuild] {
            // Upper case is a host name as docker reads it.
            if from != "UPPER/x" {
                refused(copied(dialect, &config(from), &none), message, hint);
            }
        }
    }
    refused(
        copied(Dialect::Native, &config("alpine"), &none),
        "there is no stage `alpine`",
        "docker.io",
    );
    let warned = copied(Dialect::BlueBuild, &config("alpine"), &none).expect("docker's own");
    assert!(warned.warnings[0].message.contains("docker.io"));
}

#[test]
fn copies_of_the_repository_are_known_files() {
    let repository = Repository::default()
        .file("one.conf", "1")
        .program("tools/run", "#!/bin/sh\n")
        .file("tools/deep/data", "d")
        .link("tools/link", "run")
        .folder("tools/empty");
    let shown = |dialect, config: Value| -> Vec<String> {
        let compiled = copied(dialect, &config, &repository).expect("copies");
        let mut shown: Vec<String> = compiled
            .actions
            .iter()
            .map(|action| match action {
                Action::Write {
                    path, mode, owner, ..
                } => format!("{path} {mode:o} {:?}", owner.user),
                Action::Put {
                    path, mode, owner, ..
                } => format!("{path}? {mode:o} {:?}", owner.user),
                Action::Link { path, target } => format!("{path} -> {target}"),
                Action::OwnedLink {
                    path,
                    target,
                    owner,
                } => format!("{path} -> {target} {:?}", owner.user),
                Action::Directory { path, .. } => format!("{path}/"),
                Action::Folder { path, owner } => format!("{path}/ {:?}", owner.user),
                other => panic!("{other:?}"),
            })
            .collect();
        shown.sort();
        shown
    };
    assert_eq!(
        shown(
            Dialect::Native,
            json!({"src": "tools", "dest": "/opt/t", "owner": "7"})
        ),
        [
            "/opt/t/ Number(7)",
            "/opt/t/deep/ Number(7)",
            "/opt/t/deep/data 644 Number(7)",
            "/opt/t/empty/ Number(7)",
            "/opt/t/link -> run Number(7)",
            "/opt/t/run 755 Number(7)"
        ]
    );
    assert_eq!(
        shown(Dialect::Native, json!({"src": "*.conf", "dest": "/etc/"})),
        ["/etc/one.conf 644 Number(0)"]
    );
    assert_eq!(
        shown(
            Dialect::BlueBuild,
            json!({"src": "./one.conf", "dest": "usr/x"})
        ),
        ["/usr/x? 644 Number(0)"]
    );
    assert_eq!(
        shown(
            Dialect::Native,
            json!({"src": "one.conf", "dest": "/etc", "mode": "0600"})
        ),
        ["/etc/one.conf 600 Number(0)"]
    );
    refused(
        copied(
            Dialect::Native,
            &json!({"src": "x", "dest": "/y"}),
            &repository,
        ),
        "there is no file x",
        "",
    );
    refused(
        copied(
            Dialect::Native,
            &json!({"src": "?.none", "dest": "/y"}),
            &repository,
        ),
        "matches nothing",
        "relative",
    );
    refused(
        copied(
            Dialect::Native,
            &json!({"src": "one.conf", "dest": "y"}),
            &repository,
        ),
        "is not an absolute path",
        "write /y",
    );
    refused(
        copied(
            Dialect::Native,
            &json!({"src": "one.conf", "dest": "/usr/lib/terroir/x"}),
            &repository,
        ),
        "belongs to the flavour record",
        "",
    );
}

#[test]
fn an_initramfs_is_made_at_the_end_or_in_place() {
    let none = Repository::default();
    let native = compile("initramfs", Dialect::Native, &json!({}), &none).expect("asks");
    assert_eq!(native.finish, [FinishRequest::Initramfs]);
    assert!(native.actions.is_empty());
    let in_place = compile("initramfs", Dialect::BlueBuild, &json!({}), &none).expect("runs");
    assert!(in_place.finish.is_empty());
    let script = &commands(&in_place)[0].arguments[2];
    for words in [
        "--no-hostonly --reproducible",
        "--kver \"$kernel\"",
        "update-initramfs -c -k",
        "exit 127",
    ] {
        assert!(script.contains(words), "{words}");
    }
    assert!(FinishRequest::TrustStore < FinishRequest::Initramfs);
}
