//! Real distributions: the same archive gives the same base, and recipes above it do not name it.

use std::fs;
use std::path::Path;

use terroir::tree::Ownership;

use crate::base;
use crate::family::{Family, steps};
use crate::judge::is_there;
use crate::program::Terroir;
use crate::state::{self, State};
use crate::{FRANCE, folder};

/// Builds the base of the tests and gives its root and the diff ID of its layer.
fn bootstrapped(store: &Path, out: &Path) -> (State, String) {
    let terroir = Terroir::new(store);
    let target = format!("oci:{}:base", out.join("layout").display());
    terroir.run(["build", "--quiet", "--pull", base::RECIPE, "-o", &target]);
    let root = out.join("root");
    let place = root.display().to_string();
    terroir.run(["unpack", "--quiet", "--no-same-owner", &target, &place]);
    let said = terroir.run(["inspect", "--format=json", &target]);
    let image: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let layers = &image["platforms"][0]["config"]["rootfs"]["diff_ids"];
    let base = layers[0].as_str().expect("a layer").to_owned();
    (state::of(&root, Ownership::Mine), base)
}

#[test]
fn one_state_of_the_archive_gives_one_base() {
    if !is_there("mmdebstrap") {
        return;
    }
    let (one, other) = (folder(), folder());
    let (first, first_id) = bootstrapped(&base::store(), one.path());
    let (second, second_id) = bootstrapped(&other.path().join("store"), other.path());
    state::compare(&first, &second);
    assert_eq!(first_id, second_id);
    let below = |top: &str| -> Vec<String> {
        let below = first.keys().map(|path| String::from_utf8_lossy(path));
        let below = below.filter(|path| path.starts_with(top) && path.len() > top.len());
        below.map(std::borrow::Cow::into_owned).collect()
    };
    for empty in ["dev/", "proc/", "sys/", "tmp/", "etc/ssh/ssh_host_"] {
        assert_eq!(below(empty), [""; 0], "{empty}");
    }
    for gone in ["etc/hostname", "etc/resolv.conf", "var/lib/dbus/machine-id"] {
        assert!(!first.contains_key(gone.as_bytes()), "{gone}");
    }
    let files = |top: &str| -> Vec<String> {
        let mut files = below(top);
        files.retain(|path| first[path.as_bytes()].starts_with("100"));
        files
    };
    for top in ["var/lib/apt/lists/", "var/cache/apt/", "var/log/", "run/"] {
        assert_eq!(files(top), [""; 0], "{top}");
    }
    let id = fs::metadata(other.path().join("root/etc/machine-id")).expect("there");
    assert_eq!(id.len(), 0);
}

#[test]
fn group_and_local_recipes_do_not_name_the_distribution() {
    if !is_there("mmdebstrap") {
        return;
    }
    let place = folder();
    let family = Family::new(place.path(), 0o022);
    let terroir = Terroir::new(&base::store());
    let trixie = family.build(&terroir, FRANCE, &[]);
    let bookworm_recipe = "debian-server-bookworm.yml";
    family.change(
        "universal/server.yml",
        "from: debian-server.yml",
        &format!("from: {bookworm_recipe}"),
    );
    let recipes = place.path().join("recipes").display().to_string();
    terroir.run(["validate", &recipes]);
    let recipe = family.recipe(FRANCE).display().to_string();
    terroir.run(["plan", "--fetch", &recipe]);
    let target = format!("oci:{}:bookworm", place.path().join("out").display());
    let bookworm = family.build(&terroir, FRANCE, &["-o", &target]);
    let root = place.path().join("root");
    let unpacked = root.display().to_string();
    terroir.run(["unpack", "--quiet", "--no-same-owner", &target, &unpacked]);
    let text = fs::read_to_string(root.join("usr/lib/os-release")).expect("there");
    assert!(text.contains("VERSION_CODENAME=bookworm"), "{text}");
    assert!(text.contains("VARIANT_ID=\"acme-server\""), "{text}");
    let sources = root.join("etc/apt/sources.list.d");
    assert!(sources.is_dir() || root.join("etc/apt/sources.list").is_file());
    // What does not look at the distribution is one layer for both.
    let (one, other) = (steps(&bookworm), steps(&trixie));
    let shared = one
        .iter()
        .filter(|step| other.iter().any(|two| two.layer == step.layer));
    assert!(shared.count() >= 4, "{one:#?} {other:#?}");
}
