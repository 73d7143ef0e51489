//! The registry client against a strict registry that fails on demand, and against a real one.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use support::registry::{Auth, Faults, IDENTITY, Lie, Mount, PASSWORD, Reads, TestRegistry, USER};
use support::registry_image::{Memory, attested, image, layer};
use support::registry_real::{Locks, RealRegistry, have, judge};
use tempfile::TempDir;
use terroir::oci::{BlobError, BlobSource, Descriptor, Digest, Image, MediaType, descriptor};
use terroir::registry::{Error, Login, Push, Pushed, Reference, Registry, Settings, State};

/// Settings that touch nothing of the machine and wait for nobody.
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

/// A registry that holds the parent as `os/base:1`, and a flavour that is nested in it.
fn with_parent() -> (TestRegistry, Reference, (Image, Memory)) {
    let registry = TestRegistry::start(Faults::default());
    let base = registry.reference("os/base:1");
    let (parent, blobs) = image(&parent_layers());
    push(&Registry::new(quick()), &base, (&parent, &blobs), &[]).expect("the parent is pushed");
    let mut layers = parent_layers();
    layers.extend((10..13).map(|number| layer(number, 300_000)));
    (registry, base, image(&layers))
}

#[test]
fn pushes_and_pulls_whatever_goes_wrong() {
    let rows: &[(&str, Faults)] = &[
        ("nothing", Faults::default()),
        (
            "basic",
            Faults {
                auth: Auth::Basic,
                ..Faults::default()
            },
        ),
        (
            "bearer",
            Faults {
                auth: Auth::Bearer,
                ..Faults::default()
            },
        ),
        (
            "mounts nothing",
            Faults {
                mount: Mount::Begins,
                ..Faults::default()
            },
        ),
        (
            "401 on mount",
            Faults {
                mount: Mount::Refuses(401),
                ..Faults::default()
            },
        ),
        (
            "403 on mount",
            Faults {
                mount: Mount::Refuses(403),
                auth: Auth::Bearer,
                ..Faults::default()
            },
        ),
        (
            "no scope for the parent",
            Faults {
                auth: Auth::Bearer,
                ungranted: &["os/base"],
                ..Faults::default()
            },
        ),
        (
            "no token with the parent",
            Faults {
                auth: Auth::Bearer,
                forbidden: &["os/base"],
                ..Faults::default()
            },
        ),
        (
            "429",
            Faults {
                too_many: 3,
                retry_after: Some("0"),
                ..Faults::default()
            },
        ),
        (
            "429 with a date",
            Faults {
                too_many: 1,
                retry_after: Some("Sun, 06 Nov 1994 08:49:38 GMT"),
                ..Faults::default()
            },
        ),
        (
            "429 without",
            Faults {
                too_many: 4,
                ..Faults::default()
            },
        ),
        (
            "500 in uploads",
            Faults {
                failing_uploads: 3,
                ..Faults::default()
            },
        ),
        (
            "cut uploads",
            Faults {
                dropped_uploads: 3,
                ..Faults::default()
            },
        ),
        (
            "cut uploads and auth",
            Faults {
                dropped_uploads: 2,
                auth: Auth::Bearer,
                ..Faults::default()
            },
        ),
        (
            "cut downloads",
            Faults {
                dropped_downloads: 3,
                ..Faults::default()
            },
        ),
        (
            "cut downloads without ranges",
            Faults {
                dropped_downloads: 3,
                ignores_ranges: true,
                ..Faults::default()
            },
        ),
        (
            "redirects",
            Faults {
                redirects_blobs: true,
                auth: Auth::Bearer,
                ..Faults::default()
            },
        ),
        (
            "redirects that are cut",
            Faults {
                redirects_blobs: true,
                auth: Auth::Basic,
                dropped_downloads: 2,
                ..Faults::default()
            },
        ),
        (
            "a terse head",
            Faults {
                terse_head: true,
                ..Faults::default()
            },
        ),
    ];
    for (name, faults) in rows {
        let (registry, base, (flavour, blobs)) = with_parent();
        registry.become_faulty(faults.clone());
        let client = Registry::new(known(&registry.address()));
        let target = registry.reference("os/flavour:12");
        let pushed = push(&client, &target, (&flavour, &blobs), &[base])
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            pushed.present + pushed.mounted + pushed.uploaded,
            10,
            "{name}"
        );
        let requests = registry.requests();
        let last = requests.last().expect("there were requests").line();
        assert_eq!(last, "PUT /v2/os/flavour/manifests/12 201", "{name}");
        assert_pulls(&client, &target, &flavour, &blobs);
        assert!(
            registry.leaks().is_empty(),
            "{name}: {:?}",
            registry.leaks()
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
        .map(support::registry::Recorded::line)
        .filter(|line| line.starts_with("PUT") && line.contains("/manifests/"))
        .collect();
    let manifest = flavour.platforms[0].document.descriptor.digest();
    let index = flavour.root.descriptor.digest();
    let names = [&manifest.to_string(), &index.to_string(), "12", "latest"];
    let expected = names.map(|name| format!("PUT /v2/os/flavour/manifests/{name} 201"));
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
    registry.become_faulty(Faults {
        mount: Mount::Begins,
        ..Faults::default()
    });
    let client = Registry::new(quick());
    let target = registry.reference("os/flavour:12");
    push(&client, &target, (&flavour, &blobs), &[base]).unwrap();
    assert_eq!(registry.count("POST "), 10, "an upload was begun twice");
    assert_eq!(registry.count("PUT /v2/os/flavour/blobs/uploads/"), 10);
}

#[test]
fn a_forbidden_mount_is_not_tried_for_each_blob() {
    let (registry, base, (flavour, blobs)) = with_parent();
    registry.become_faulty(Faults {
        mount: Mount::Refuses(403),
        ..Faults::default()
    });
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
    registry.become_faulty(Faults {
        auth: Auth::Bearer,
        ..Faults::default()
    });
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
    // Both ends break; neither loses what was moved.
    from.become_faulty(Faults {
        dropped_downloads: 2,
        ..Faults::default()
    });
    to.become_faulty(Faults {
        dropped_uploads: 2,
        ..Faults::default()
    });
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
    registry.become_faulty(Faults {
        dropped_downloads: 2,
        ..Faults::default()
    });
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
    registry.become_faulty(Faults {
        dropped_downloads: 100,
        ..Faults::default()
    });
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
        registry.become_faulty(Faults {
            lie,
            ..Faults::default()
        });
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
    let faults = Faults {
        lie: Lie::Digest,
        ..Faults::default()
    };
    registry.become_faulty(faults.clone());
    let pinned = base.with_digest(Digest::of(b"pinned"));
    let error = client.resolve(&pinned).unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
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
fn a_lying_source_reaches_no_tag() {
    let registry = TestRegistry::start(Faults::default());
    let client = Registry::new(quick());
    let (sound, blobs) = image(&[layer(1, 400_000), layer(2, 10)]);
    let first = sound.platforms[0].manifest.layers()[0].digest().to_string();
    let change: [(&str, fn(&mut Vec<u8>)); 3] = [
        ("shorter", |bytes| bytes.truncate(200_000)),
        ("longer", |bytes| bytes.push(0)),
        ("other", |bytes| bytes[7] ^= 1),
    ];
    for (name, change) in change {
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

    registry.become_faulty(Faults {
        auth: Auth::Basic,
        ..Faults::default()
    });
    let error = client.resolve(&base).unwrap_err();
    assert!(error.to_string().contains("no credentials"), "{error}");
    assert!(error.hint().unwrap().contains(&registry.address()));
    let mut wrong = known(&registry.address());
    wrong.logins[0].password = "guessed".into();
    for auth in [Auth::Basic, Auth::Bearer] {
        registry.become_faulty(Faults {
            auth,
            ..Faults::default()
        });
        let error = Registry::new(wrong.clone()).resolve(&base).unwrap_err();
        assert!(matches!(error, Error::Unauthorized { .. }), "{error}");
        assert!(
            error.to_string().contains("user tester of the test"),
            "{error}"
        );
        assert!(!error.to_string().contains("guessed"), "{error}");
    }

    registry.become_faulty(Faults {
        too_many: 100,
        retry_after: Some("0"),
        ..Faults::default()
    });
    let error = client.resolve(&base).unwrap_err();
    assert!(matches!(error, Error::TooManyRequests { .. }), "{error}");
    assert_eq!(registry.count(" 429"), 5, "tries are bounded");
    registry.become_faulty(Faults {
        too_many: 100,
        retry_after: Some("3600"),
        ..Faults::default()
    });
    let error = client.resolve(&base).unwrap_err();
    assert!(error.to_string().contains("3600 seconds"), "{error}");
    assert_eq!(registry.count(" 429"), 1, "an hour is not waited for");

    registry.become_faulty(Faults {
        failing_uploads: 100,
        ..Faults::default()
    });
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
        registry.become_faulty(Faults {
            too_many: 1,
            retry_after: Some(after),
            ..Faults::default()
        });
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

/// A helper that knows one registry, as docker-credential-helpers describes them.
fn install_helper(folder: &TempDir, answer: &str) -> std::ffi::OsString {
    let script = format!(
        "#!/bin/sh\nread -r server\necho \"$1 $server\" >>{0}/asked\n\
         case $server in 127.0.0.1:*) echo '{answer}';; \
         *) echo 'credentials not found in native keychain'; exit 1;; esac\n",
        folder.path().display()
    );
    let file = folder.path().join("docker-credential-test");
    fs::write(&file, script).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:/usr/bin:/bin", folder.path().display()).into()
}

#[test]
fn credentials_come_from_files_and_helpers() {
    let (registry, base, _) = with_parent();
    let address = registry.address();
    let right = STANDARD.encode(format!("{USER}:{PASSWORD}"));
    let wrong = STANDARD.encode("other:password");
    let auth = |entries: &[(&str, &String)]| {
        let auths: BTreeMap<String, _> = entries
            .iter()
            .map(|(below, auth)| (format!("{address}{below}"), json!({ "auth": auth })))
            .collect();
        json!({ "auths": auths })
    };
    let password = json!({ "ServerURL": address, "Username": USER, "Secret": PASSWORD });
    let identity = json!({ "ServerURL": address, "Username": "<token>", "Secret": IDENTITY });
    let rows = [
        ("host", auth(&[("", &right)]), Auth::Basic, true),
        (
            "namespace",
            auth(&[("", &wrong), ("/os", &right)]),
            Auth::Basic,
            true,
        ),
        (
            "repository",
            auth(&[("/os", &wrong), ("/os/base", &right)]),
            Auth::Basic,
            true,
        ),
        (
            "half a name",
            auth(&[("/os/ba", &right)]),
            Auth::Basic,
            false,
        ),
        (
            "another namespace",
            auth(&[("/other", &right)]),
            Auth::Basic,
            false,
        ),
        (
            "old key",
            json!({ "auths": { format!("https://{address}/v1/"): { "auth": right } } }),
            Auth::Basic,
            true,
        ),
        (
            "user and password",
            json!({ "auths": { &address: { "username": USER, "password": PASSWORD } } }),
            Auth::Bearer,
            true,
        ),
        (
            "identity token",
            json!({ "auths": { &address: { "identitytoken": IDENTITY } } }),
            Auth::Bearer,
            true,
        ),
        (
            "helper",
            json!({ "credHelpers": { &address: "test" } }),
            Auth::Basic,
            true,
        ),
        (
            "store",
            json!({ "credsStore": "test", "auths": { &address: {} } }),
            Auth::Bearer,
            true,
        ),
        ("nothing", json!({}), Auth::Basic, false),
    ];
    for (name, file, kind, works) in rows {
        for answer in [&password, &identity] {
            if (*answer == identity) != (kind == Auth::Bearer) {
                continue;
            }
            let folder = TempDir::new().unwrap();
            let auth_file = folder.path().join("auth.json");
            fs::write(&auth_file, file.to_string()).unwrap();
            let settings = Settings {
                auth_files: vec![folder.path().join("absent.json"), auth_file],
                helper_search: Some(install_helper(&folder, &answer.to_string())),
                ..quick()
            };
            registry.become_faulty(Faults {
                auth: kind,
                ..Faults::default()
            });
            let found = Registry::new(settings).resolve(&base);
            assert_eq!(found.is_ok(), works, "{name}: {found:?}");
        }
    }
}

#[test]
fn unusable_credentials_are_told_apart() {
    let (registry, base, _) = with_parent();
    registry.become_faulty(Faults {
        auth: Auth::Basic,
        ..Faults::default()
    });
    let address = registry.address();
    let rows = [
        (
            json!({ "credHelpers": { &address: "no-such-helper" } }).to_string(),
            "docker-credential-no-such-helper is not installed",
        ),
        (
            json!({ "credHelpers": { &address: "../evil" } }).to_string(),
            "not the name of a credential helper",
        ),
        (
            json!({ "auths": { &address: { "auth": "!" } } }).to_string(),
            "not base64",
        ),
        ("{".to_owned(), "unusable"),
    ];
    for (text, expected) in rows {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("auth.json");
        fs::write(&file, text).unwrap();
        let settings = Settings {
            auth_files: vec![file.clone()],
            ..quick()
        };
        let error = Registry::new(settings).resolve(&base).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(
            error.to_string().contains(&file.display().to_string()),
            "{error}"
        );
    }
}

#[test]
fn the_strict_registry_is_strict() {
    let (registry, _, (flavour, _)) = with_parent();
    let quirky = Faults {
        resolves_digest_tags: true,
        ..Faults::default()
    };
    registry.become_faulty(quirky);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let address = registry.address();
    let http = reqwest::Client::new();
    let uploads = format!("http://{address}/v2/os/x/blobs/uploads/");
    runtime.block_on(async {
        let begun = http.post(&uploads).send().await.unwrap();
        let location = begun.headers()["location"].to_str().unwrap().to_owned();
        let chunk = |range: &'static str| {
            http.patch(&location)
                .header("Content-Range", range)
                .body("abc")
                .send()
        };
        let mut seen = Vec::new();
        for range in ["3-5", "0-2", "0-2", "3-5"] {
            seen.push(chunk(range).await.unwrap().status().as_u16());
        }
        assert_eq!(seen, [416, 202, 416, 202]);
        let referrers = format!(
            "http://{address}/v2/os/base/referrers/{}",
            flavour.root.descriptor.digest()
        );
        let page = http.get(referrers).send().await.unwrap();
        assert_eq!(page.status(), 404);
        assert_eq!(page.headers()["content-type"], "text/html");
    });
    // A client that others wrote uploads in chunks and reads it back.
    let config = oci_client::client::ClientConfig {
        protocol: oci_client::client::ClientProtocol::Http,
        ..Default::default()
    };
    let client = oci_client::Client::new(config);
    let (host, data) = (address.clone(), layer(77, 9_000_000));
    let digest = Digest::of(&data).to_string();
    let place = oci_client::Reference::with_tag(host, "os/x".into(), "1".into());
    runtime.block_on(async {
        client
            .push_blob(&place, data.clone(), &digest)
            .await
            .unwrap();
        let mut read = Vec::new();
        client
            .pull_blob(&place, digest.as_str(), &mut read)
            .await
            .unwrap();
        assert_eq!(read, data);
    });
    assert!(registry.count("PATCH ") >= 3);
    // GitLab's registry answers such a tag with the manifest itself.
    let client = Registry::new(quick());
    let base = registry.reference("os/base:1");
    let root = client.resolve(&base).unwrap();
    let quirk = base
        .with_tag(&root.digest().to_string().replace(':', "-"))
        .unwrap();
    assert_eq!(client.resolve(&quirk).unwrap().digest(), root.digest());
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
    println!("pushed in {took:?}");
    // Far above what it takes (docs/formats.md has no place for timings), far below a wait.
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[test]
fn the_real_registry_and_skopeo_agree() {
    if !have("docker-registry") || !have("skopeo") {
        return;
    }
    let registry = RealRegistry::start(Locks::default());
    let client = Registry::new(quick());
    let (parent, parent_blobs) = image(&parent_layers());
    let base = registry.reference("os/base:1");
    push(&client, &base, (&parent, &parent_blobs), &[]).unwrap();
    let mut layers = parent_layers();
    layers.push(layer(10, 2_000_000));
    let (flavour, blobs) = image(&layers);
    let target = registry.reference("os/flavour:12");
    let began = Instant::now();
    let pushed = push(
        &client,
        &target,
        (&flavour, &blobs),
        std::slice::from_ref(&base),
    )
    .unwrap();
    println!("pushed to docker-registry in {:?}", began.elapsed());
    assert_eq!((pushed.mounted, pushed.uploaded), (6, 2));
    assert_pulls(&client, &target, &flavour, &blobs);
    assert_eq!(client.tags(&target).unwrap(), ["12"]);

    let address = format!("docker://{target}");
    let raw = judge(
        "skopeo",
        &["inspect", "--raw", "--tls-verify=false", &address],
    );
    assert_eq!(raw.stdout, flavour.root.bytes);
    let shown = judge("skopeo", &["inspect", "--tls-verify=false", &address]);
    let said = String::from_utf8_lossy(&shown.stderr);
    assert!(shown.status.success(), "{said}");
    let folder = TempDir::new().unwrap();
    let layout = format!("oci:{}:12", folder.path().display());
    let copied = judge(
        "skopeo",
        &[
            "copy",
            "--all",
            "--src-tls-verify=false",
            "--preserve-digests",
            &address,
            &layout,
        ],
    );
    assert!(
        copied.status.success(),
        "{}",
        String::from_utf8_lossy(&copied.stderr)
    );
    for (digest, bytes) in &blobs.blobs {
        let file = folder
            .path()
            .join("blobs/sha256")
            .join(digest.trim_start_matches("sha256:"));
        assert_eq!(&fs::read(file).unwrap(), bytes);
    }
}

#[test]
fn the_real_registry_with_certificate_and_password() {
    if !have("docker-registry") || !have("openssl") {
        return;
    }
    let registry = RealRegistry::start(Locks {
        tls: true,
        password: true,
    });
    let target = registry.reference("os/flavour:1");
    let (flavour, blobs) = image(&[layer(1, 50_000)]);
    let known = known(target.registry());
    let directory = TempDir::new().unwrap();
    let of_host = directory.path().join(target.registry());
    fs::create_dir(&of_host).unwrap();
    fs::copy(registry.authority(), of_host.join("ca.crt")).unwrap();

    let stranger = Registry::new(known.clone());
    let error = push(&stranger, &target, (&flavour, &blobs), &[]).unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "{error}");
    assert!(error.hint().unwrap().contains(target.registry()), "{error}");
    let ways = [
        Settings {
            authorities: vec![registry.authority()],
            ..known.clone()
        },
        Settings {
            certificate_directories: vec![directory.path().to_owned()],
            ..known.clone()
        },
    ];
    for settings in ways {
        let nobody = Registry::new(Settings {
            logins: Vec::new(),
            ..settings.clone()
        });
        let error = push(&nobody, &target, (&flavour, &blobs), &[]).unwrap_err();
        assert!(matches!(error, Error::Unauthorized { .. }), "{error}");
        let client = Registry::new(settings);
        push(&client, &target, (&flavour, &blobs), &[]).unwrap();
        assert_pulls(&client, &target, &flavour, &blobs);
    }
    let broken = Settings {
        authorities: vec![directory.path().join("absent.crt")],
        ..known
    };
    let error = Registry::new(broken).resolve(&target).unwrap_err();
    assert!(matches!(error, Error::File { .. }), "{error}");
}
