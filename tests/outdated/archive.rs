//! A base made from packages, and packages on it, beside the archive of the tests.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::base;
use crate::program::Terroir;

/// The program started in a folder.
fn within(folder: &Path, store: &Path) -> Terroir {
    let script = format!("cd '{}' && exec \"$@\"", folder.display());
    let program = Path::new(env!("CARGO_BIN_EXE_terroir"));
    Terroir::started_by(&["sh", "-c", &script, "sh"], program, store)
}

/// The answer for the flavour on the base.
fn answer(terroir: &Terroir, code: i32) -> Value {
    let output = terroir.output(["outdated", "recipes/locked.yml", "--format", "json"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    let all: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    all["flavours"][0].clone()
}

#[test]
fn an_archive_that_moved_tells_its_newer_packages() {
    let store = base::store();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path();
    fs::create_dir(place.join("recipes")).expect("writable");
    fs::copy(base::RECIPE, place.join("recipes/base.yml")).expect("writable");
    let recipe = "apiVersion: terroir/v1\nname: locked\ntier: group\nfrom: base.yml\n\
                  modules:\n  - type: apt\n    install: [hello]\n";
    fs::write(place.join("recipes/locked.yml"), recipe).expect("writable");
    let terroir = within(place, &store);
    terroir.run(["lock"]);
    let file = place.join("terroir.lock");
    let lock = fs::read_to_string(&file).expect("written");
    // The version that apt found in a root of this base.
    let (_, rest) = lock.split_once("hello:amd64=").expect("hello is locked");
    let version = rest.split(' ').next().expect("a version").to_owned();

    // As if the archive had moved since: another state, and an older package.
    let release = lock.lines().find(|line| line.contains("/InRelease"));
    let release = release.expect("the lock knows the archive");
    let (start, digest) = release.rsplit_once("sha256:").expect("a digest");
    assert_eq!(digest.trim_end_matches('"').len(), 64);
    let mut moved = lock.clone();
    for line in lock.lines().filter(|line| line.contains("/InRelease")) {
        let (url, digest) = line.rsplit_once("sha256:").expect("a digest");
        let other = format!(
            "{url}sha256:{}",
            digest.replace(|c: char| c.is_ascii_hexdigit(), "0")
        );
        moved = moved.replace(line, &other);
    }
    assert!(moved.contains(start));
    fs::write(&file, moved.replace("hello:amd64=2", "hello:amd64=1")).expect("writable");
    let answer = answer(&terroir, 1);
    let causes = answer["causes"].as_array().expect("causes");
    let package = causes.iter().find(|cause| cause["why"] == "package");
    let package = package.expect("hello is older than the archive's");
    assert_eq!(package["name"], "hello:amd64");
    assert_eq!(package["available"], version);
    assert!(
        causes.iter().any(|cause| cause["why"] == "archive"),
        "{causes:#?}"
    );
}
