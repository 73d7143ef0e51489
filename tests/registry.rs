//! The registry client with a strict registry that fails on demand, and with a real one.

#[path = "registry/attached.rs"]
mod attached;
#[path = "registry/building.rs"]
mod building;
#[path = "registry/credentials.rs"]
mod credentials;
#[path = "registry/families.rs"]
mod families;
#[path = "registry/judges.rs"]
mod judges;
#[path = "registry/pull.rs"]
mod pulling;
#[path = "registry/push.rs"]
mod pushing;
#[path = "boot/site.rs"]
mod site;
#[path = "registry/sites.rs"]
mod sites;
mod support;

use std::time::Duration;

use support::registry::{Faults, PASSWORD, TestRegistry, USER};
use support::registry_image::{Memory, image, layer};
use terroir::oci::{BlobSource, Image};
use terroir::registry::{Error, Login, Push, Pushed, Reference, Registry, Settings};

/// Settings that change nothing on the machine and do not wait.
fn quick() -> Settings {
    Settings {
        backoff: Duration::from_millis(1),
        idle: Duration::from_secs(5),
        certificate_directories: Vec::new(),
        ..Settings::default()
    }
}

/// The same with the user of the tests.
fn known(address: &str) -> Settings {
    Settings {
        logins: vec![Login {
            registry: address.to_owned(),
            user: USER.into(),
            password: PASSWORD.into(),
            origin: "the test".into(),
        }],
        ..quick()
    }
}

fn push(
    client: &Registry,
    target: &Reference,
    (image, source): (&Image, &dyn BlobSource),
    mount_from: &[Reference],
) -> Result<Pushed, Error> {
    let push = Push {
        target,
        tags: &[],
        image,
        source,
        mount_from,
    };
    client.push(&push, &|_| {})
}

/// Reads an image back, all blobs of it, and compares it with what was pushed.
fn assert_pulls(client: &Registry, from: &Reference, image: &Image, memory: &Memory) {
    let root = client.resolve(from).expect("the tag is there");
    assert_eq!(root.digest(), image.root.descriptor.digest());
    assert_eq!(root.size(), image.root.descriptor.size());
    assert_eq!(root.media_type(), image.root.descriptor.media_type());
    let blobs = client.blobs(from);
    let pulled = Image::load(&blobs, &root).expect("all documents are there");
    assert_eq!(pulled.root.bytes, image.root.bytes);
    for blob in pulled.blobs() {
        let bytes = blobs.read(&blob, 1 << 30).expect("all blobs are there");
        assert_eq!(Some(&bytes), memory.blobs.get(&blob.digest().to_string()));
    }
}

fn parent_layers() -> Vec<Vec<u8>> {
    (1..=6).map(|number| layer(number, 40_000)).collect()
}

/// A registry with the parent as `os/base:1`, and a flavour that derives from it.
fn with_parent() -> (TestRegistry, Reference, (Image, Memory)) {
    let registry = TestRegistry::start(Faults::default());
    let base = registry.reference("os/base:1");
    let (parent, blobs) = image(&parent_layers());
    push(&Registry::new(quick()), &base, (&parent, &blobs), &[]).expect("the parent is pushed");
    let mut layers = parent_layers();
    layers.extend((10..13).map(|number| layer(number, 300_000)));
    (registry, base, image(&layers))
}
