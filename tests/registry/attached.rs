//! Documents that are attached to manifests, whatever the registry knows of that.

use crate::support::registry::{Auth, Faults, TestRegistry, faults};
use crate::support::registry_image::{image, layer};
use crate::support::registry_real::{Locks, RealRegistry, have};
use terroir::oci::{BlobSource as _, Digest, Image};
use terroir::registry::{Attachment, Reference, Registry};

use crate::{known, push, quick};

const KIND: &str = "application/vnd.example.note.v1+json";

/// Attaches two notes of one kind and one of another, and reads them back.
fn attach_and_list(client: &Registry, target: &Reference, is_pushed_first: bool) {
    let (image, blobs) = image(&[layer(1, 5_000)]);
    let pushed = || push(client, target, (&image, &blobs), &[]).expect("pushed");
    if is_pushed_first {
        pushed();
    }
    let subject = &image.platforms[0].document.descriptor;
    let attach = |kind: &str, bytes: &[u8]| {
        let attachment = Attachment {
            subject,
            kind,
            bytes,
        };
        client.attach(target, &attachment).expect("attached")
    };
    let digest: Digest = subject.digest().to_string().parse().expect("sha256");
    let listed = || client.referrers(target, &digest, KIND).expect("listed");
    assert_eq!(listed().len(), 0);
    let first = attach(KIND, b"\"first\"");
    attach("application/vnd.example.other.v1+json", b"{}");
    attach(KIND, b"\"second\"");
    // What is there is not there twice.
    assert_eq!(attach(KIND, b"\"first\""), first);
    if !is_pushed_first {
        pushed();
    }
    let mut texts = Vec::new();
    for one in listed() {
        let source = client.blobs(target);
        let artifact = Image::load(&source, &one).expect("read");
        let manifest = &artifact.platforms[0].manifest;
        let named = manifest.subject().as_ref().expect("a subject");
        assert_eq!(named.digest(), subject.digest());
        texts.push(source.read(&manifest.layers()[0], 100).expect("read"));
    }
    texts.sort();
    assert_eq!(texts, [b"\"first\"".to_vec(), b"\"second\"".to_vec()]);
    let root = client.resolve(target).expect("there");
    assert_eq!(root.digest(), image.root.descriptor.digest());
}

#[test]
fn documents_are_attached_with_and_without_a_list_of_the_registry() {
    let cases = [
        Faults::default(),
        faults(|f| f.lists_referrers = true),
        faults(|f| f.resolves_digest_tags = true),
        faults(|f| (f.lists_referrers, f.auth) = (true, Auth::Bearer)),
        faults(|f| f.auth = Auth::Basic),
        faults(|f| (f.too_many, f.retry_after) = (3, Some("0"))),
    ];
    for faults in cases {
        for is_pushed_first in [true, false] {
            let registry = TestRegistry::start(faults.clone());
            let client = Registry::new(known(&registry.address()));
            attach_and_list(&client, &registry.reference("os/web:1"), is_pushed_first);
            let tagged = registry
                .requests()
                .iter()
                .any(|one| one.method == "PUT" && one.path.contains("/manifests/sha256-"));
            assert_eq!(tagged, !faults.lists_referrers, "{faults:?}");
        }
    }
}

#[test]
fn documents_are_attached_in_a_real_registry() {
    if !have("docker-registry") {
        return;
    }
    let registry = RealRegistry::start(Locks::default());
    let client = Registry::new(quick());
    attach_and_list(&client, &registry.reference("os/web:1"), true);
    attach_and_list(&client, &registry.reference("os/other:1"), false);
}
