//! Signature policies, whose form skopeo checks.

use serde_json::{Value, json};

use super::{compile, parse, refused};
use crate::action::{Action, Content};
use crate::module::{Dialect, Distribution, RunFacts, Surroundings};
use crate::origin::Origin;
use crate::setting::apply;
use crate::setting::tests::fake::Repository;

const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMFk=\n-----END PUBLIC KEY-----\n";

fn repository() -> Repository {
    Repository::default()
        .file("/cosign.pub", PUBLIC)
        .file("keys/our.pub", PUBLIC)
        .file(
            "keys/private",
            "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n",
        )
        .file("keys/odd", "ssh-ed25519 AAAA\n")
}

/// The path and text of each file, or the path of the input that it is, in a root without policy.
fn written(dialect: Dialect, configuration: &Value) -> Vec<(String, String)> {
    over(dialect, configuration, "")
}

/// As [`written`], in a root whose policy is a text.
fn over(dialect: Dialect, configuration: &Value, policy: &str) -> Vec<(String, String)> {
    let compiled = compile("signing", dialect, configuration, &repository()).expect("valid");
    let files = compiled.actions.into_iter().map(|action| match action {
        Action::Write {
            path,
            content,
            mode: 0o644,
            ..
        } => match content {
            Content::Text(text) => (path.to_string(), text.to_string()),
            Content::Input(input) => (path.to_string(), input.path),
        },
        Action::Edit { path, edit } => {
            let text = apply(&edit, policy);
            assert_eq!(apply(&edit, &text), text, "twice is once");
            (path.to_string(), text)
        }
        other => panic!("not a write: {other:?}"),
    });
    files.collect()
}

#[test]
fn key_sources_and_policy_fit_together() {
    for dialect in [Dialect::Native, Dialect::BlueBuild] {
        let [key, sources, policy] = written(dialect, &json!({})).try_into().expect("three");
        assert_eq!(
            key,
            (
                "/etc/pki/containers/acme_server.pub".into(),
                "/cosign.pub".into()
            )
        );
        assert_eq!(sources.0, "/etc/containers/registries.d/acme_server.yaml");
        let read: Value = serde_json::from_str(&sources.1).expect("JSON");
        let image = "registry.example.org/os/acme-server";
        assert_eq!(
            read,
            json!({"docker": {image: {"use-sigstore-attachments": true}}})
        );
        assert_eq!(policy.0, "/etc/containers/policy.json");
        let read: Value = serde_json::from_str(&policy.1).expect("JSON");
        let accepted = json!([{"type": "insecureAcceptAnything"}]);
        assert_eq!(read["default"], json!([{"type": "reject"}]));
        let signed = json!([{
            "type": "sigstoreSigned",
            "keyPath": "/etc/pki/containers/acme_server.pub",
            "signedIdentity": {"type": "matchRepository"},
        }]);
        assert_eq!(
            read["transports"]["docker"],
            json!({"": accepted, image: signed})
        );
        assert_eq!(
            read["transports"]["containers-storage"],
            json!({"": accepted})
        );
    }
}

#[test]
fn a_policy_that_is_there_keeps_what_it_demands() {
    let accepted = json!([{"type": "insecureAcceptAnything"}]);
    let rejected = json!([{"type": "reject"}]);
    let key = json!([{"type": "signedBy", "keyType": "GPGKeys", "keyPath": "/etc/pki/other"}]);
    let strict = json!({
        "default": rejected,
        "transports": {"docker": {"registry.example.com": key}, "dir": {"": rejected}},
    });
    let lax = json!({"default": accepted, "transports": {"docker": {"registry.example.com": key}}});
    for (policy, others, default, everything, dir) in [
        (&strict, Value::Null, &rejected, None, &rejected),
        (&lax, Value::Null, &rejected, Some(&accepted), &accepted),
        (&strict, json!("reject"), &rejected, None, &rejected),
        (&lax, json!("reject"), &rejected, None, &accepted),
        (&strict, json!("accept"), &accepted, None, &rejected),
    ] {
        let configuration = match &others {
            Value::Null => json!({}),
            others => json!({"others": others}),
        };
        let [_, _, written] = over(Dialect::Native, &configuration, &policy.to_string())
            .try_into()
            .expect("three");
        let read: Value = serde_json::from_str(&written.1).expect("JSON");
        assert_eq!(&read["default"], default, "{others}");
        let docker = &read["transports"]["docker"];
        assert_eq!(docker["registry.example.com"], key, "another key stays");
        assert_eq!(docker.get(""), everything, "{others}");
        assert_eq!(&read["transports"]["dir"][""], dir, "{others}");
        let ours = &docker["registry.example.org/os/acme-server"][0]["type"];
        assert_eq!(ours, "sigstoreSigned");
        if let Some(said) = skopeo(&written.1) {
            assert!(!said.contains("invalid policy"), "{said}");
        }
    }
}

#[test]
fn others_may_be_rejected_but_local_images_not() {
    let configuration = json!({"key": "keys/our.pub", "others": "reject"});
    let [key, _, policy] = written(Dialect::Native, &configuration)
        .try_into()
        .expect("three");
    assert_eq!(key.1, "keys/our.pub");
    let policy: Value = serde_json::from_str(&policy.1).expect("JSON");
    assert_eq!(policy["default"], json!([{"type": "reject"}]));
    for transport in ["containers-storage", "oci", "oci-archive", "dir"] {
        assert_eq!(
            policy["transports"][transport][""][0]["type"],
            "insecureAcceptAnything"
        );
    }
    let error = parse("signing", Dialect::BlueBuild, &configuration).expect_err("native only");
    assert!(error.contains("unknown key `key`"), "{error}");
}

#[test]
fn refusals() {
    for (configuration, message, hint) in [
        (
            json!({"key": "keys/private"}),
            "`keys/private` is a private key",
            "never commit it",
        ),
        (
            json!({"key": "keys/odd"}),
            "`keys/odd` is not a public key in PEM form",
            "-----BEGIN PUBLIC KEY-----",
        ),
        (json!({"key": "nowhere"}), "there is no file nowhere", ""),
    ] {
        let outcome = compile("signing", Dialect::Native, &configuration, &repository());
        refused(outcome, message, hint);
    }
    let none = Repository::default();
    let outcome = compile("signing", Dialect::BlueBuild, &json!({}), &none);
    refused(
        outcome,
        "there is no `cosign.pub` at the repository root",
        "cosign generate-key-pair",
    );
    for (dialect, hint) in [
        (Dialect::Native, "publish: { image: registry/name }"),
        (Dialect::BlueBuild, "CI_REGISTRY_IMAGE"),
    ] {
        let module = parse("signing", dialect, &json!({})).expect("decodes");
        let around = |image, name| Surroundings {
            dialect,
            origin: Box::leak(Box::new(Origin::of_file("recipes/x.yml"))),
            inputs: Box::leak(Box::new(repository())),
            image,
            name,
            distribution: Distribution::default(),
            root: Box::leak(Box::new(repository())),
            run: RunFacts::default(),
        };
        let nowhere = module.compile(&around(None, "x"));
        match (dialect, nowhere) {
            (Dialect::Native, nowhere) => {
                refused(nowhere, "not known where the image is published", hint);
            }
            (Dialect::BlueBuild, nowhere) => {
                let warnings = nowhere.expect("BlueBuild builds for localhost").warnings;
                let [warning] = warnings.as_slice() else {
                    panic!("one warning: {warnings:?}")
                };
                assert!(warning.message.contains("localhost/x"), "{warning}");
                assert!(warning.hint.as_deref().unwrap_or_default().contains(hint));
            }
        }
        let climbing = module.compile(&around(Some("r/x"), "..\0"));
        refused(climbing, "holds a NUL byte", "");
    }
}

#[test]
fn skopeo_reads_the_policy() {
    for configuration in [json!({}), json!({"others": "reject"})] {
        let [_, _, policy] = written(Dialect::Native, &configuration)
            .try_into()
            .expect("three");
        let Some(said) = skopeo(&policy.1) else {
            return;
        };
        assert!(!said.contains("invalid policy"), "{said}");
        let broken = policy.1.replace("matchRepository", "matchNothing");
        let said = skopeo(&broken).expect("it was there before");
        assert!(
            said.contains("policy"),
            "a broken policy is noticed: {said}"
        );
    }
}

/// What skopeo says when it copies a folder that is not there under a policy.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "skopeo may be missing outside of CI"
)]
fn skopeo(policy: &str) -> Option<String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("rules.json");
    std::fs::write(&file, policy).expect("a file");
    let copy = |name: &str| format!("dir:{}", folder.path().join(name).display());
    let outcome = std::process::Command::new("skopeo")
        .arg("--policy")
        .arg(&file)
        .args(["copy", &copy("from"), &copy("to")])
        .output();
    match outcome {
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) => {
            let strict =
                std::env::var_os("TERROIR_TEST_STRICT").is_some_and(|strict| strict == "1");
            assert!(!strict, "skopeo is missing: {error}");
            eprintln!("skipped: skopeo is not installed");
            None
        }
    }
}
