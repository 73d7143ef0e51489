//! Credentials from files, helpers and the environment.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::registry::{Auth, IDENTITY, PASSWORD, USER, faults};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;
use terroir::registry::{Registry, Settings};

use crate::{quick, with_parent};

/// A helper that knows one registry, as docker-credential-helpers describes them.
fn install_helper(folder: &TempDir, answer: &str) -> std::ffi::OsString {
    let script = format!(
        "#!/bin/sh\nread -r server\ncase \"$1 $server\" in 'get 127.0.0.1:'*) echo '{answer}';; \
         *) echo 'credentials not found in native keychain'; exit 1;; esac\n"
    );
    let file = folder.path().join("docker-credential-test");
    fs::write(&file, script).expect("the folder is writable");
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(&file, executable).expect("the file is ours");
    format!("{}:/usr/bin:/bin", folder.path().display()).into()
}

/// Auth files by what is special about them, and whether they are good for `os/base`.
fn basic_files(address: &str) -> Vec<(&'static str, Value, bool)> {
    let right = STANDARD.encode(format!("{USER}:{PASSWORD}"));
    let wrong = STANDARD.encode("other:password");
    let auths = |entries: &[(&str, &String)]| {
        let auths: BTreeMap<String, Value> = entries
            .iter()
            .map(|(below, auth)| (format!("{address}{below}"), json!({ "auth": auth })))
            .collect();
        json!({ "auths": auths })
    };
    let old_key = format!("https://{address}/v1/");
    let padded = STANDARD.encode(format!("{USER}:{PASSWORD}\0\0"));
    let with_store = json!({ "credsStore": "none", "auths": { address: { "auth": right } } });
    vec![
        ("host", auths(&[("", &right)]), true),
        ("namespace", auths(&[("", &wrong), ("/os", &right)]), true),
        (
            "repository",
            auths(&[("/os", &wrong), ("/os/base", &right)]),
            true,
        ),
        ("half a name", auths(&[("/os/ba", &right)]), false),
        ("another namespace", auths(&[("/other", &right)]), false),
        ("padded", auths(&[("", &padded)]), true),
        (
            "old key",
            json!({ "auths": { old_key: { "auth": right } } }),
            true,
        ),
        ("an entry beside a store", with_store, true),
        (
            "helper",
            json!({ "credHelpers": { address: "test" } }),
            true,
        ),
        (
            "store",
            json!({ "credsStore": "test", "auths": { address: {} } }),
            true,
        ),
        ("nothing", json!({}), false),
    ]
}

#[test]
fn credentials_come_from_files_and_helpers() {
    let (registry, base, _) = with_parent();
    let address = registry.address();
    let try_file = |kind: Auth, file: &Value, answer: &Value| {
        let folder = TempDir::new().unwrap();
        let auth_file = folder.path().join("auth.json");
        fs::write(&auth_file, file.to_string()).unwrap();
        let settings = Settings {
            auth_files: vec![folder.path().join("absent.json"), auth_file],
            helper_search: Some(install_helper(&folder, &answer.to_string())),
            ..quick()
        };
        registry.become_faulty(faults(|f| f.auth = kind));
        Registry::new(settings).resolve(&base)
    };
    let password = json!({ "ServerURL": address, "Username": USER, "Secret": PASSWORD });
    for (name, file, works) in basic_files(&address) {
        let found = try_file(Auth::Basic, &file, &password);
        assert_eq!(found.is_ok(), works, "{name}: {found:?}");
    }
    let token = json!({ "ServerURL": address, "Username": "<token>", "Secret": IDENTITY });
    let bearer = [
        json!({ "auths": { &address: { "username": USER, "password": PASSWORD } } }),
        json!({ "auths": { &address: { "identitytoken": IDENTITY } } }),
        json!({ "credsStore": "test" }),
    ];
    for file in bearer {
        let found = try_file(Auth::Bearer, &file, &token);
        assert!(found.is_ok(), "{file}: {found:?}");
    }
}

#[test]
fn unusable_credentials_are_told_apart() {
    let (registry, base, _) = with_parent();
    registry.become_faulty(faults(|f| f.auth = Auth::Basic));
    let address = registry.address();
    let rows = [
        (
            json!({ "credHelpers": { &address: "no-such-helper" } }).to_string(),
            "docker-credential-no-such-helper is not installed",
        ),
        (
            json!({ "credHelpers": { &address: "../evil" } }).to_string(),
            "not the name of a credential helper",
        ),
        (
            json!({ "auths": { &address: { "auth": "!" } } }).to_string(),
            "not base64",
        ),
        ("{".to_owned(), "unusable"),
    ];
    for (text, expected) in rows {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("auth.json");
        fs::write(&file, text).unwrap();
        let settings = Settings {
            auth_files: vec![file.clone()],
            ..quick()
        };
        let error = Registry::new(settings).resolve(&base).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(
            error.to_string().contains(&file.display().to_string()),
            "{error}"
        );
    }
}
