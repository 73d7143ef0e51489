//! Reading, wrong answers that it detects, and errors for users.

use std::io::Read as _;
use std::time::{Duration, Instant};

use crate::support::registry::{Auth, Faults, Lie, faults};
use terroir::oci::{BlobError, BlobSource as _, Descriptor, Digest, Image, MediaType, descriptor};
use terroir::registry::{Error, Push, Reference, Registry};

use crate::{known, push, quick, with_parent};

#[test]
fn a_broken_download_is_resumed_where_it_broke() {
    let (registry, _, (flavour, blobs)) = with_parent();
    let client = Registry::new(quick());
    let target = registry.reference("os/flavour:12");
    push(&client, &target, (&flavour, &blobs), &[]).unwrap();
    let big = flavour
        .blobs()
        .into_iter()
        .max_by_key(Descriptor::size)
        .unwrap();
    registry.become_faulty(faults(|f| f.dropped_downloads = 2));
    client.blobs(&target).read(&big, 1 << 30).unwrap();
    assert_eq!(
        registry.reads().blobs,
        big.size(),
        "some bytes were read twice"
    );
    let ranges: Vec<bool> = registry
        .requests()
        .iter()
        .skip(1)
        .map(|one| one.range.is_some())
        .collect();
    assert_eq!(ranges, [true, true]);
    registry.become_faulty(faults(|f| f.dropped_downloads = 100));
    let error = client.blobs(&target).read(&big, 1 << 30).unwrap_err();
    assert!(matches!(error, BlobError::Io { .. }), "{error}");
}

#[test]
fn lies_are_found() {
    let rows = [
        (Lie::Length, "announces"),
        (Lie::Bytes, "is damaged: it is sha256:"),
        (Lie::Longer, "is damaged: it is longer"),
    ];
    for (lie, expected) in rows {
        let (registry, base, (flavour, _)) = with_parent();
        registry.become_faulty(faults(|f| f.lie = lie));
        let client = Registry::new(quick());
        let first = flavour.platforms[0].manifest.layers()[0].clone();
        let said = match client.blobs(&base).open(&first) {
            Ok(mut reader) => reader.read_to_end(&mut Vec::new()).unwrap_err().to_string(),
            Err(error) => error.to_string(),
        };
        assert!(said.contains(expected), "{lie:?}: {said}");
    }
    let (registry, base, (flavour, blobs)) = with_parent();
    let client = Registry::new(quick());
    registry.become_faulty(faults(|f| f.lie = Lie::Digest));
    let root = client
        .resolve(&base)
        .expect("a lie that nobody can see yet");
    let error = Image::load(&client.blobs(&base), &root).unwrap_err();
    assert!(matches!(error, BlobError::Missing { .. }), "{error}");
    for terse_head in [false, true] {
        registry.become_faulty(Faults::default());
        let pinned: Digest = client
            .resolve(&base)
            .unwrap()
            .digest()
            .to_string()
            .parse()
            .unwrap();
        registry.become_faulty(faults(|f| {
            (f.lie, f.terse_head) = (Lie::Digest, terse_head);
        }));
        let error = client.resolve(&base.with_digest(pinned)).unwrap_err();
        assert!(matches!(error, Error::Invalid { .. }), "{error}");
    }
    registry.become_faulty(faults(|f| f.lie = Lie::Digest));
    let error = push(
        &client,
        &registry.reference("os/x:1"),
        (&flavour, &blobs),
        &[],
    )
    .unwrap_err();
    assert!(error.to_string().contains("says that it stored"), "{error}");
}

#[test]
fn errors_tell_their_kind_and_what_to_do() {
    let (registry, base, (flavour, blobs)) = with_parent();
    let client = Registry::new(quick());
    let absent = registry.reference("os/base:absent");
    let error = client.resolve(&absent).unwrap_err();
    assert!(
        matches!(&error, Error::NotFound { reference, .. } if *reference == absent.to_string())
    );
    assert!(error.hint().is_some());
    let nobody = descriptor(MediaType::ImageLayer, &Digest::of(b"nobody"), 6);
    let missing = client.blobs(&base).read(&nobody, 10).unwrap_err();
    assert!(matches!(missing, BlobError::Missing { .. }), "{missing}");

    registry.become_faulty(faults(|f| f.auth = Auth::Basic));
    let error = client.resolve(&base).unwrap_err();
    assert!(error.to_string().contains("no credentials"), "{error}");
    assert!(error.hint().unwrap().contains(&registry.address()));
    let mut wrong = known(&registry.address());
    wrong.logins[0].password = "guessed".into();
    for auth in [Auth::Basic, Auth::Bearer] {
        registry.become_faulty(faults(|f| f.auth = auth));
        let error = Registry::new(wrong.clone()).resolve(&base).unwrap_err();
        assert!(matches!(error, Error::Unauthorized { .. }), "{error}");
        assert!(
            error.to_string().contains("user tester of the test"),
            "{error}"
        );
        assert!(!error.to_string().contains("guessed"), "{error}");
    }

    registry.become_faulty(faults(|f| (f.too_many, f.retry_after) = (100, Some("0"))));
    let error = client.resolve(&base).unwrap_err();
    assert!(matches!(error, Error::TooManyRequests { .. }), "{error}");
    assert_eq!(registry.count(" 429"), 5, "tries are bounded");
    registry.become_faulty(faults(|f| {
        (f.too_many, f.retry_after) = (100, Some("3600"));
    }));
    let error = client.resolve(&base).unwrap_err();
    assert!(error.to_string().contains("3600 seconds"), "{error}");
    assert_eq!(registry.count(" 429"), 1, "an hour is not waited for");

    registry.become_faulty(faults(|f| f.failing_uploads = 100));
    let error = push(
        &client,
        &registry.reference("os/x:1"),
        (&flavour, &blobs),
        &[],
    )
    .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Unavailable { status: 500, .. } | Error::Interrupted { .. }
        ),
        "{error}"
    );

    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = Reference::parse(&format!("{}/x", free.local_addr().unwrap())).unwrap();
    drop(free);
    let error = client.resolve(&gone).unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
}

#[test]
fn retry_after_is_honoured() {
    let (registry, base, _) = with_parent();
    let client = Registry::new(quick());
    for after in ["1", "Sun, 06 Nov 1994 08:49:38 GMT"] {
        registry.become_faulty(faults(|f| (f.too_many, f.retry_after) = (1, Some(after))));
        let began = Instant::now();
        client.resolve(&base).unwrap();
        assert!(began.elapsed() >= Duration::from_secs(1), "{after}");
    }
}

#[test]
fn tags_are_listed_over_all_pages() {
    let (registry, base, (parent, blobs)) = with_parent();
    let client = Registry::new(quick());
    let tags = ["a", "b", "c", "d"].map(str::to_owned);
    let order = Push {
        target: &base,
        tags: &tags,
        image: &parent,
        source: &blobs,
        mount_from: &[],
    };
    client.push(&order, &|_| {}).unwrap();
    assert_eq!(client.tags(&base).unwrap(), ["1", "a", "b", "c", "d"]);
    let error = client.tags(&registry.reference("os/none")).unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
}
