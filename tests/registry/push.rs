//! Pushing, mounting and copying, whatever the registry does.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::support::registry::{Auth, Faults, Mount, Reads, Recorded, TestRegistry, faults};
use crate::support::registry_image::{attested, image, layer};
use terroir::oci::{BlobError, Image};
use terroir::registry::{Error, Push, Registry, State};

use crate::{assert_pulls, known, push, quick, with_parent};

/// All faults that a push and a pull survive.
fn survivable() -> Vec<Faults> {
    let date = Some("Sun, 06 Nov 1994 08:49:38 GMT");
    vec![
        Faults::default(),
        faults(|f| f.auth = Auth::Basic),
        faults(|f| f.auth = Auth::Bearer),
        faults(|f| f.mount = Mount::Begins),
        faults(|f| f.mount = Mount::Refuses(401)),
        faults(|f| f.mount = Mount::Refuses(403)),
        faults(|f| (f.mount, f.auth) = (Mount::Refuses(403), Auth::Bearer)),
        faults(|f| (f.auth, f.ungranted) = (Auth::Bearer, &["os/base"])),
        faults(|f| (f.auth, f.forbidden) = (Auth::Bearer, &["os/base"])),
        faults(|f| (f.too_many, f.retry_after) = (3, Some("0"))),
        faults(|f| (f.too_many, f.retry_after) = (1, date)),
        faults(|f| f.too_many = 4),
        faults(|f| f.failing_uploads = 3),
        faults(|f| f.dropped_uploads = 3),
        faults(|f| (f.dropped_uploads, f.auth) = (2, Auth::Bearer)),
        faults(|f| f.dropped_downloads = 3),
        faults(|f| (f.dropped_downloads, f.ignores_ranges) = (3, true)),
        faults(|f| (f.redirects_blobs, f.auth) = (true, Auth::Bearer)),
        faults(|f| (f.redirects_blobs, f.auth, f.dropped_downloads) = (true, Auth::Basic, 2)),
        faults(|f| f.terse_head = true),
    ]
}

#[test]
fn pushes_and_pulls_whatever_goes_wrong() {
    for faults in survivable() {
        let (registry, base, (flavour, blobs)) = with_parent();
        registry.become_faulty(faults.clone());
        let client = Registry::new(known(&registry.address()));
        let target = registry.reference("os/flavour:12");
        let pushed = push(&client, &target, (&flavour, &blobs), &[base])
            .unwrap_or_else(|error| panic!("{faults:?}: {error}"));
        assert_eq!(
            pushed.present + pushed.mounted + pushed.uploaded,
            10,
            "{faults:?}"
        );
        let requests = registry.requests();
        let last = requests.last().expect("there were requests").line();
        assert_eq!(last, "PUT /v2/os/flavour/manifests/12 201", "{faults:?}");
        assert_pulls(&client, &target, &flavour, &blobs);
        assert!(
            registry.leaks().is_empty(),
            "{faults:?}: {:?}",
            registry.leaks()
        );
        assert_eq!(
            registry.faults_left(),
            0,
            "{faults:?}: a fault never happened"
        );
    }
}

#[test]
fn moves_only_what_is_new() {
    let (registry, base, (flavour, blobs)) = with_parent();
    let client = Registry::new(quick());
    let target = registry.reference("os/flavour:12");
    registry.become_faulty(Faults::default());
    let events = Mutex::new(Vec::new());
    let tags = ["12".to_owned(), "latest".to_owned(), "12".to_owned()];
    let order = Push {
        target: &target,
        tags: &tags,
        image: &flavour,
        source: &blobs,
        mount_from: &[base],
    };
    let pushed = client
        .push(&order, &|event| events.lock().unwrap().push(event.clone()))
        .unwrap();
    assert_eq!((pushed.present, pushed.mounted, pushed.uploaded), (0, 6, 4));
    // No blob of the parent was sent, and nothing was read.
    assert_eq!(registry.count("PUT /v2/os/flavour/blobs/uploads/"), 4);
    assert_eq!(registry.reads(), Reads::default());
    let puts: Vec<String> = registry
        .requests()
        .iter()
        .map(Recorded::line)
        .filter(|line| line.starts_with("PUT") && line.contains("/manifests/"))
        .collect();
    let manifest = flavour.platforms[0].document.descriptor.digest();
    let index = flavour.root.descriptor.digest();
    let put = |name: &dyn std::fmt::Display| format!("PUT /v2/os/flavour/manifests/{name} 201");
    let expected = [put(manifest), put(index), put(&"12"), put(&"latest")];
    assert_eq!(puts, expected);
    let events = events.into_inner().unwrap();
    let settled = |wanted: &State| events.iter().filter(|event| event.state == *wanted).count();
    assert_eq!(settled(&State::Mounted), 6);
    assert_eq!(settled(&State::Uploaded), 4 + 2);
    assert!(events.iter().all(|event| event.bytes <= event.size));
    assert_eq!(events.last().unwrap().state, State::Tagged("latest".into()));
    // Again: everything is there.
    registry.become_faulty(Faults::default());
    let again = client.push(&order, &|_| {}).unwrap();
    assert_eq!((again.present, again.uploaded, again.bytes), (10, 0, 0));
    assert_eq!(registry.count("/blobs/uploads/"), 0);
}

#[test]
fn a_refused_mount_goes_on_with_what_the_registry_began() {
    let (registry, base, (flavour, blobs)) = with_parent();
    registry.become_faulty(faults(|f| f.mount = Mount::Begins));
    let client = Registry::new(quick());
    let target = registry.reference("os/flavour:12");
    push(&client, &target, (&flavour, &blobs), &[base]).unwrap();
    assert_eq!(registry.count("POST "), 10, "an upload was begun twice");
    assert_eq!(registry.count("PUT /v2/os/flavour/blobs/uploads/"), 10);
}

#[test]
fn a_forbidden_mount_is_not_tried_for_each_blob() {
    let (registry, base, (flavour, blobs)) = with_parent();
    registry.become_faulty(faults(|f| f.mount = Mount::Refuses(403)));
    let client = Registry::new(quick());
    let target = registry.reference("os/flavour:12");
    push(&client, &target, (&flavour, &blobs), &[base]).unwrap();
    let mounts = registry
        .requests()
        .into_iter()
        .filter(|one| one.query.iter().any(|(key, _)| key == "mount"));
    assert!(
        mounts.count() <= 4,
        "at most one for each upload that was under way"
    );
}

#[test]
fn one_token_serves_a_whole_push() {
    let (registry, base, (flavour, blobs)) = with_parent();
    registry.become_faulty(faults(|f| f.auth = Auth::Bearer));
    let client = Registry::new(known(&registry.address()));
    let target = registry.reference("os/flavour:12");
    let pushed = push(&client, &target, (&flavour, &blobs), &[base]).unwrap();
    assert_eq!(
        pushed.mounted, 6,
        "the token was good for both repositories"
    );
    let tokens = registry
        .requests()
        .into_iter()
        .filter(|one| one.path == "/token");
    assert_eq!(tokens.count(), 1);
}

#[test]
fn an_image_goes_from_registry_to_registry() {
    let (from, _, (flavour, mut blobs)) = with_parent();
    let attested = attested(&flavour, &mut blobs);
    let client = Registry::new(quick());
    let source = from.reference("os/flavour:1");
    push(&client, &source, (&attested, &blobs), &[]).unwrap();
    let to = TestRegistry::start(Faults::default());
    // Both ends break; neither loses what was transferred.
    from.become_faulty(faults(|f| f.dropped_downloads = 2));
    to.become_faulty(faults(|f| f.dropped_uploads = 2));
    let reader = client.blobs(&source);
    let loaded = Image::load(&reader, &client.resolve(&source).unwrap()).unwrap();
    let target = to.reference("mirror/flavour:1");
    push(
        &client,
        &target,
        (&loaded, &reader),
        std::slice::from_ref(&source),
    )
    .unwrap();
    assert_pulls(&client, &target, &attested, &blobs);
}

#[test]
fn a_lying_source_reaches_no_tag() {
    let registry = TestRegistry::start(Faults::default());
    let client = Registry::new(quick());
    let (sound, blobs) = image(&[layer(1, 400_000), layer(2, 10)]);
    let first = sound.platforms[0].manifest.layers()[0].digest().to_string();
    type Change = fn(&mut Vec<u8>);
    let changes: [(&str, Change); 3] = [
        ("shorter", |bytes| bytes.truncate(200_000)),
        ("longer", |bytes| bytes.push(0)),
        ("other", |bytes| bytes[7] ^= 1),
    ];
    for (name, change) in changes {
        let mut damaged = blobs.clone();
        damaged.blobs.entry(first.clone()).and_modify(change);
        let target = registry.reference("os/x:1");
        let error = push(&client, &target, (&sound, &damaged), &[]).unwrap_err();
        assert!(!error.to_string().is_empty(), "{name}");
        assert_eq!(registry.tag("os/x", "1"), None, "{name}");
        let mut missing = blobs.clone();
        missing.blobs.remove(&first);
        let error = push(&client, &target, (&sound, &missing), &[]).unwrap_err();
        assert!(
            matches!(error, Error::Source(BlobError::Missing { .. })),
            "{error}"
        );
    }
}

#[test]
fn a_small_flavour_is_pushed_quickly() {
    let (registry, base, (flavour, blobs)) = with_parent();
    let client = Registry::new(quick());
    let began = Instant::now();
    push(
        &client,
        &registry.reference("os/flavour:12"),
        (&flavour, &blobs),
        &[base],
    )
    .unwrap();
    let took = began.elapsed();
    // Much longer than it takes on a busy machine, much shorter than any wait.
    assert!(took < Duration::from_secs(1), "{took:?}");
}
