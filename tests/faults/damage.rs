//! A store whose files something else changed.

use std::fs::FileTimes;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use terroir::oci::Digest;

use crate::trial::{Workspace, files};
use crate::{assert_sound, flavours, on_scratch};

/// What damages a file.
type Damage = fn(&Path);

/// Changes one byte in the middle of a file.
fn flip(file: &Path) {
    let mut bytes = std::fs::read(file).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(file, bytes).expect("written");
}

fn is_whole(file: &Path) -> bool {
    let name = file
        .file_name()
        .expect("named")
        .to_string_lossy()
        .into_owned();
    let digest = Digest::of(&std::fs::read(file).expect("read")).to_string();
    digest.ends_with(&name)
}

fn blobs(workspace: &Workspace) -> Vec<PathBuf> {
    files(&workspace.path("store/blobs/sha256"))
}

#[test]
fn every_flipped_blob_is_mended_by_the_next_build() {
    let workspace = flavours(2, 5000);
    let wanted = workspace.build("recipes/upper.yml");
    for blob in blobs(&workspace) {
        flip(&blob);
        assert_eq!(
            workspace.build("recipes/upper.yml"),
            wanted,
            "{}",
            blob.display()
        );
        assert!(is_whole(&blob), "{} stayed damaged", blob.display());
    }
    assert_sound(&workspace);
}

#[test]
fn a_blob_that_rots_unseen_is_named_when_it_is_read_and_mended_after_that() {
    let workspace = flavours(1, 50_000);
    on_scratch(&workspace);
    let wanted = workspace.build("recipes/upper.yml");
    let blob = blobs(&workspace)
        .into_iter()
        .max_by_key(|blob| blob.metadata().expect("there").len())
        .expect("some");
    // A disk that loses data does not say when.
    flip(&blob);
    let times = FileTimes::new().set_modified(SystemTime::UNIX_EPOCH);
    let file = std::fs::File::options()
        .write(true)
        .open(&blob)
        .expect("opened");
    file.set_times(times).expect("set");
    let out = format!("oci:{}:it", workspace.text("out"));
    let build = ["build", "--format", "json", "recipes/upper.yml", "-o", &out];
    let said = workspace.run(&build);
    let name = blob
        .file_name()
        .expect("named")
        .to_string_lossy()
        .into_owned();
    said.expect(3, &name)
        .expect(3, "is damaged")
        .expect(3, "run the same command again");
    let said = workspace.run(&build);
    said.expect(0, "");
    assert_eq!(crate::trial::digest(&said.out), wanted);
    assert!(
        files(&workspace.path("out/blobs"))
            .iter()
            .all(|blob| is_whole(blob))
    );
}

#[test]
fn prune_finds_what_rotted_unseen() {
    let workspace = flavours(1, 50_000);
    let wanted = workspace.build("recipes/upper.yml");
    for blob in blobs(&workspace) {
        flip(&blob);
    }
    let said = workspace.run(&["prune", "--check", "--keep-days", "1"]);
    said.expect(0, "was damaged and was moved aside");
    assert_eq!(workspace.build("recipes/upper.yml"), wanted);
    assert_sound(&workspace);
}

#[test]
fn whatever_is_cut_off_or_flipped_beside_the_blobs_is_made_again() {
    let workspace = flavours(2, 5000);
    let wanted = workspace.build("recipes/upper.yml");
    let store = workspace.path("store");
    let all: Vec<PathBuf> = files(&store)
        .into_iter()
        .filter(|file| !file.starts_with(store.join("blobs")) && *file != store.join("format"))
        .collect();
    assert!(all.len() > 10, "{all:?}");
    let damages: [(&str, Damage); 4] = [
        ("cut off", |file| {
            let bytes = std::fs::read(file).expect("read");
            std::fs::write(file, &bytes[..bytes.len() / 2]).expect("written");
        }),
        ("empty", |file| std::fs::write(file, "").expect("written")),
        ("foreign", |file| {
            std::fs::write(file, [0xff; 100]).expect("written");
        }),
        ("flipped", |file| {
            if std::fs::metadata(file).expect("there").len() > 0 {
                flip(file);
            }
        }),
    ];
    for (what, damage) in damages {
        for file in all.iter().filter(|file| file.is_file()) {
            damage(file);
            let digest = workspace.build("recipes/upper.yml");
            assert_eq!(digest, wanted, "{what}: {}", file.display());
        }
        all.iter()
            .filter(|file| file.is_file())
            .for_each(|file| damage(file));
        assert_eq!(
            workspace.build("recipes/upper.yml"),
            wanted,
            "{what}: everything"
        );
    }
    assert_sound(&workspace);
}

#[test]
fn a_damaged_base_in_a_layout_is_named() {
    let workspace = flavours(1, 100);
    for blob in files(&workspace.path("base/blobs/sha256")) {
        let bytes = std::fs::read(&blob).expect("read");
        flip(&blob);
        let _ = std::fs::remove_dir_all(workspace.path("store"));
        let name = blob
            .file_name()
            .expect("named")
            .to_string_lossy()
            .into_owned();
        let said = workspace.run(&["build", "recipes/upper.yml"]);
        said.expect(3, &name).expect(3, "is damaged");
        std::fs::write(&blob, bytes).expect("written");
        workspace.build("recipes/upper.yml");
    }
}

#[test]
fn a_store_of_another_format_is_refused_and_left_alone() {
    let workspace = flavours(1, 100);
    workspace.build("recipes/upper.yml");
    std::fs::write(workspace.path("store/format"), "9\n").expect("written");
    let before = files(&workspace.path("store"));
    for verb in [&["build", "recipes/upper.yml"][..], &["ls"], &["prune"]] {
        let said = workspace.run(verb);
        said.expect(3, "has format \"9\", this terroir knows format \"1\"");
        said.expect(3, "hint: ");
    }
    assert_eq!(files(&workspace.path("store")), before);
}
