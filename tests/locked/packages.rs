//! Locked packages: kept, installed again without network, and refreshed one by one.

use std::fs;
use std::path::Path;

use crate::program::Terroir;
use crate::{base, judge};

/// The program started in a folder.
pub(crate) fn within(folder: &Path, starter: &str, store: &Path) -> Terroir {
    let script = format!("cd '{}' && exec {starter} \"$@\"", folder.display());
    let program = Path::new(env!("CARGO_BIN_EXE_terroir"));
    Terroir::started_by(&["sh", "-c", &script, "sh"], program, store)
}

#[test]
fn packages_are_installed_again_after_the_mirror_is_gone() {
    let store = base::store();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path();
    fs::create_dir(place.join("recipes")).expect("writable");
    fs::copy(base::RECIPE, place.join("recipes/base.yml")).expect("writable");
    let recipe = "apiVersion: terroir/v1\nname: locked\ntier: group\nfrom: base.yml\n\
                  modules:\n  - type: apt\n    install: [hello]\n";
    fs::write(place.join("recipes/locked.yml"), recipe).expect("writable");
    let terroir = within(place, "", &store);
    let said = terroir.run(["lock"]);
    assert!(said.contains("1 base, 1 package of 1 request,"), "{said}");
    terroir.run(["build", "--locked", "recipes/locked.yml", "-o", "oci:out:1"]);
    let said = terroir.run(["vendor", "-o", "oci:keep:1"]);
    assert!(said.contains("1 packages, 1 bases"), "{said}");
    assert_eq!(said, terroir.run(["vendor", "-o", "oci:again:1"]));
    if judge::is_there("skopeo") {
        let kept = format!("oci:{}/keep:1", place.display());
        let raw = judge::run("skopeo", &["inspect", "--raw", &kept], b"");
        let manifest: serde_json::Value = serde_json::from_slice(&raw).expect("JSON");
        assert_eq!(
            manifest["artifactType"],
            "application/vnd.terroir.packages.v1"
        );
    }
    if judge::is_root() && judge::is_there("unshare") {
        let fresh = within(place, "unshare -n", &place.join("fresh"));
        let rebuild = ["rebuild", "recipes/locked.yml", "--with", "oci:out:1"];
        let said = fresh.run(rebuild.iter().chain(&["--vendor", "oci:keep:1"]));
        assert!(said.starts_with("identical: locked sha256:"), "{said}");
        // If nothing keeps them, the comparison is neither yes nor no.
        let alone = within(place, "unshare -n", &place.join("alone"));
        assert_eq!(alone.output(rebuild).status.code(), Some(3));
    }
    let lock = fs::read_to_string(place.join("terroir.lock")).expect("written");
    let old = lock.replace("hello:amd64=2", "hello:amd64=1");
    assert_ne!(old, lock);
    fs::write(place.join("terroir.lock"), old).expect("writable");
    let said = terroir.run(["update", "hello"]);
    assert!(said.starts_with("up      hello:amd64 1."), "{said}");
    let now = fs::read_to_string(place.join("terroir.lock")).expect("written");
    assert_eq!(now, lock);
}
