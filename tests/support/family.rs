//! The demo's three tiers in a folder of their own, on a base that needs no archive.

use std::fs::{self, File, FileTimes, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::foreign::{self, Member};
use crate::program::Terroir;

/// A copy of the shipped recipes below a folder.
#[derive(Debug)]
pub(crate) struct Family {
    folder: PathBuf,
}

/// A step of a flavour or of its ancestors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The flavour and the entry.
    pub(crate) name: String,
    /// Key, diff ID and digest, as the program prints them.
    pub(crate) layer: String,
    /// Why it was not found in the store.
    pub(crate) missed: Option<String>,
}

impl Family {
    /// Copies the recipes; files and folders have no more bits than `mask` leaves.
    pub(crate) fn new(folder: &Path, mask: u32) -> Self {
        let recipes = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes");
        copy(&recipes, &folder.join("recipes"), mask);
        Self {
            folder: folder.to_path_buf(),
        }
    }

    /// A recipe of the copy.
    pub(crate) fn recipe(&self, name: &str) -> PathBuf {
        self.folder.join("recipes").join(name)
    }

    /// Replaces a part of a recipe.
    pub(crate) fn change(&self, recipe: &str, from: &str, to: &str) {
        let path = self.recipe(recipe);
        let text = fs::read_to_string(&path).expect("there");
        assert!(text.contains(from), "{recipe} does not say {from}");
        fs::write(path, text.replace(from, to)).expect("writable");
    }

    /// Puts the family on a base of one layer instead of a bootstrapped one.
    pub(crate) fn stack_on(&self, base: Vec<Member>) {
        let layout = self.folder.join("base");
        if layout.exists() {
            fs::remove_dir_all(&layout).expect("writable");
        } else {
            let path = self.recipe("universal/debian-server.yml");
            let text = fs::read_to_string(&path).expect("there");
            let (head, rest) = text.split_once("from:\n").expect("a bootstrap");
            let (_, tail) = rest.split_once("platforms:").expect("platforms follow");
            let text = format!("{head}from: oci:../../base:base\nplatforms:{tail}");
            fs::write(path, text).expect("writable");
            // Such a base has no package manager.
            self.drop_entry("group/acme-server.yml", "type: packages");
            self.drop_entry("group/acme-container.yml", "type: packages");
            self.drop_entry("universal/debian-server.yml", "layer: cis");
            self.drop_entry("universal/debian-server.yml", "layer: bootable");
        }
        foreign::layout(&layout, &[("linux/amd64", vec![base])]);
    }

    /// Takes an entry out of a recipe.
    fn drop_entry(&self, recipe: &str, entry: &str) {
        let path = self.recipe(recipe);
        let text = fs::read_to_string(&path).expect("there");
        let start = format!("  - {entry}\n");
        let (head, rest) = text.split_once(&start).expect("such an entry");
        let next = rest.find("\n  - ").expect("another entry follows") + 1;
        let tail = rest.get(next..).expect("a line begins there");
        fs::write(path, format!("{head}{tail}")).expect("writable");
    }

    /// Builds a recipe and gives what the program says of it.
    pub(crate) fn build(&self, terroir: &Terroir, recipe: &str, more: &[&str]) -> Value {
        let recipe = self.recipe(recipe).display().to_string();
        let mut arguments = vec!["build", "--format=json", &recipe];
        arguments.extend(more);
        serde_json::from_str(&terroir.run(arguments)).expect("JSON")
    }
}

/// The steps of a flavour and of all below it, the lowest first; records are among them.
pub(crate) fn steps(built: &Value) -> Vec<Step> {
    let mut all = match &built["parent"] {
        Value::Null => Vec::new(),
        parent => steps(parent),
    };
    let flavour = built["name"].as_str().unwrap_or_default();
    for platform in built["platforms"].as_array().expect("platforms") {
        for step in platform["steps"].as_array().expect("steps") {
            let label = step["label"].as_str().unwrap_or_default();
            all.push(Step {
                name: format!("{flavour}: {label}"),
                layer: format!("{} {} {}", step["key"], step["diffId"], step["digest"]),
                missed: step["missed"].as_str().map(str::to_owned),
            });
        }
        let record = &platform["record"];
        all.push(Step {
            name: format!("{flavour}: record"),
            layer: format!("{} {}", record["diffId"], record["digest"]),
            missed: None,
        });
    }
    all
}

fn copy(from: &Path, to: &Path, mask: u32) {
    fs::create_dir_all(to).expect("writable");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().expect("a type").is_dir() {
            copy(&from, &to, mask);
        } else {
            fs::write(&to, fs::read(&from).expect("readable")).expect("writable");
            fs::set_permissions(&to, Permissions::from_mode(0o666 & !mask)).expect("mine");
            // Each copy is of another time.
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 * u64::from(mask));
            let file = File::options().write(true).open(&to).expect("writable");
            let times = FileTimes::new().set_modified(time);
            file.set_times(times).expect("mine");
        }
    }
    fs::set_permissions(to, Permissions::from_mode(0o777 & !mask)).expect("mine");
}
