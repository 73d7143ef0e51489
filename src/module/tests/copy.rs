//! Copies from stages, images and the repository.

use serde_json::{Value, json};

use super::{compile_with, facts, parse, refused};
use crate::action::{Action, Id, Owner, Tree};
use crate::module::{Dialect, Distribution, RunFacts};
use crate::setting::tests::fake::Repository;

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
            "`UPPER/x` is not an image reference",
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
