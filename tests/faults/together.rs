//! Several runs in one store.

use std::fs::File;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use crate::trial::{Said, digest};
use crate::{assert_sound, flavours};

#[test]
fn builds_at_once_give_one_digest() {
    let workspace = flavours(6, 500_000);
    let terroir = env!("CARGO_BIN_EXE_terroir");
    let words = [terroir, "build", "--format", "json", "recipes/upper.yml"];
    let start = || {
        workspace
            .command(&words)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("the program starts")
    };
    let builds = [start(), start(), start()];
    let digests = builds.map(|build| {
        let said = Said::new(build.wait_with_output().expect("it ends"));
        said.expect(0, "");
        digest(&said.out)
    });
    assert_eq!(digests[0], digests[1]);
    assert_eq!(digests[0], digests[2]);
    assert_sound(&workspace);
    assert_eq!(workspace.build("recipes/upper.yml"), digests[0]);
}

#[test]
fn prune_leaves_a_store_alone_that_a_build_uses() {
    let workspace = flavours(1, 100);
    let wanted = workspace.build("recipes/upper.yml");
    let lock = File::open(workspace.path("store/lock")).expect("the store has a lock");
    flock(&lock, FlockOperation::LockShared).expect("taken as a build takes it");
    workspace
        .run(&["prune"])
        .expect(3, "is in use by a build; try again when it has finished");
    assert_eq!(workspace.build("recipes/upper.yml"), wanted);
    flock(&lock, FlockOperation::Unlock).expect("given back");
    workspace.run(&["prune"]).expect(0, "");
}

#[test]
fn a_build_waits_for_a_prune() {
    let workspace = flavours(1, 100);
    let wanted = workspace.build("recipes/upper.yml");
    let lock = File::open(workspace.path("store/lock")).expect("the store has a lock");
    flock(&lock, FlockOperation::LockExclusive).expect("taken as a prune takes it");
    let mut build = super::kills::start(&workspace, "recipes/upper.yml");
    std::thread::sleep(Duration::from_millis(300));
    assert!(
        build.try_wait().expect("asked").is_none(),
        "it did not wait"
    );
    flock(&lock, FlockOperation::Unlock).expect("given back");
    assert!(build.wait().expect("it ends").success());
    assert_eq!(workspace.build("recipes/upper.yml"), wanted);
}
