//! Flavours beside a lock and a world of their own.

use std::collections::BTreeMap;

use super::{Answer, Archive, Asked, Current, Freshness, Seen, Why, compare_to_lock};
use crate::oci::Digest;
use crate::package::{Resolution, Resolved};
use crate::recipe::{Facts, Lock, LockedBootstrap, LockedImage, LockedPackages, LockedPlatform};

const AMD64: (&str, &str, &str) = ("web", "linux/amd64", "amd64");
const MAIN: &str = "http://archive.example/debian/dists/bookworm/InRelease";
const SECURITY: &str = "http://archive.example/debian-security/dists/bookworm-security/InRelease";

fn digest(word: &str) -> Digest {
    Digest::of(word.as_bytes())
}

fn image_lock() -> Lock {
    let platform = |word: &str| LockedPlatform {
        manifest: digest(word),
        facts: Facts::default(),
        record: false,
    };
    let image = LockedImage {
        digest: digest("index"),
        platforms: [
            ("linux/amd64".to_owned(), platform("amd64")),
            ("linux/arm64".to_owned(), platform("arm64")),
        ]
        .into(),
    };
    Lock {
        images: [("registry.example.org/base:12".to_owned(), image)].into(),
        ..Lock::default()
    }
}

fn asked(base: &str) -> Vec<Asked> {
    vec![Asked {
        recipe: "recipes/web.yml".to_owned(),
        bases: vec![base.to_owned()],
        ..Asked::default()
    }]
}

fn seen(found: Result<[&str; 3], &str>) -> Seen {
    let current = found.map(|[index, amd64, arm64]| Current {
        digest: digest(index),
        platforms: [
            ("linux/amd64".to_owned(), digest(amd64)),
            ("linux/arm64".to_owned(), digest(arm64)),
        ]
        .into(),
    });
    let current = current.map_err(str::to_owned);
    Seen {
        images: [("registry.example.org/base:12".to_owned(), current)].into(),
        ..Seen::default()
    }
}

#[test]
fn a_base_is_outdated_for_the_platforms_that_changed() {
    let ancestry = asked("registry.example.org/base:12");
    let cases = [
        (Ok(["index", "amd64", "arm64"]), Freshness::Fresh),
        (Ok(["newer", "amd64", "other"]), Freshness::Fresh),
        (Ok(["newer", "other", "arm64"]), Freshness::Outdated),
        (Err("no route to host"), Freshness::Unknown),
    ];
    for (found, expected) in cases {
        let answer = compare_to_lock(AMD64, &ancestry, (&image_lock(), &seen(found)));
        assert_eq!(answer.state, expected, "{found:?}");
        assert_eq!(answer.is_unsure(), expected == Freshness::Unknown);
    }
}

#[test]
fn long_names_leave_room_for_the_other_columns() {
    let long = format!("install {}", "package ".repeat(60));
    let answer = compare_to_lock(AMD64, &asked(&long), (&image_lock(), &Seen::default()));
    let table = Answer::table(std::slice::from_ref(&answer));
    assert!(
        table.lines().all(|line| line.chars().count() < 120),
        "{table}"
    );
    assert!(table.contains('…'), "{table}");
    assert!(answer.sentences().contains(long.trim_end()));
}

#[test]
fn what_is_not_locked_is_outdated() {
    let ancestry = asked("registry.example.org/other:1");
    let answer = compare_to_lock(AMD64, &ancestry, (&image_lock(), &Seen::default()));
    assert_eq!(answer.state, Freshness::Outdated);
    assert_eq!(answer.causes[0].why, Why::Recipe);
}

fn package(name: &str, version: &str, url: &str) -> Resolved {
    Resolved {
        name: name.to_owned(),
        version: version.to_owned(),
        architecture: "amd64".to_owned(),
        sha256: digest(name),
        size: 1,
        url: url.to_owned(),
    }
}

/// A lock with a base of packages, and packages of a recipe.
fn archive_lock() -> Lock {
    let base = LockedBootstrap {
        date: 1,
        facts: Facts::default(),
        layer: digest("layer"),
        releases: [
            (MAIN.to_owned(), digest("main")),
            (SECURITY.to_owned(), digest("security")),
        ]
        .into(),
    };
    let pool = "http://archive.example/debian/pool/main/x/x.deb";
    let packages = vec![
        package("nginx", "1.22-1", pool),
        package("zlib", "1.2-1", pool),
        package("own", "1", "http://elsewhere.example/pool/own.deb"),
    ];
    let request = LockedPackages {
        resolution: Resolution { packages },
        ..LockedPackages::default()
    };
    let requests = [("one".to_owned(), request)].into();
    let platforms = [("linux/amd64".to_owned(), requests)].into();
    Lock {
        bootstraps: [(
            "debian bookworm".to_owned(),
            [("linux/amd64".to_owned(), base)].into(),
        )]
        .into(),
        packages: [("recipes/web.yml".to_owned(), platforms)].into(),
        ..Lock::default()
    }
}

fn archive(release: &str, packages: &[(&str, &str)]) -> Result<Archive, String> {
    let owned = |(name, version): &(&str, &str)| ((*name).to_owned(), (*version).to_owned());
    let newest: BTreeMap<String, String> = packages.iter().map(owned).collect();
    let newest = match packages.is_empty() {
        true => BTreeMap::new(),
        false => [("amd64".to_owned(), Ok(newest))].into(),
    };
    Ok(Archive {
        digest: digest(release),
        newest,
    })
}

#[test]
fn packages_of_the_security_suite_come_first() {
    let found = Seen {
        archives: [
            (
                MAIN.to_owned(),
                archive(
                    "main 2",
                    &[("zlib:amd64", "1.2-2"), ("nginx:amd64", "1.22-1")],
                ),
            ),
            (
                SECURITY.to_owned(),
                archive("security 2", &[("nginx:amd64", "1.22-1+deb12u1")]),
            ),
        ]
        .into(),
        ..Seen::default()
    };
    let ancestry = asked("debian bookworm");
    let answer = compare_to_lock(AMD64, &ancestry, (&archive_lock(), &found));
    let causes: Vec<(Why, &str, Option<&str>)> = answer
        .causes
        .iter()
        .map(|cause| (cause.why, cause.name.as_str(), cause.available.as_deref()))
        .collect();
    assert_eq!(
        causes[0],
        (Why::Security, "nginx:amd64", Some("1.22-1+deb12u1"))
    );
    // Whose archive nobody knows is not taken for fresh.
    assert_eq!(causes[1], (Why::Package, "own:amd64", None));
    assert_eq!(causes[2], (Why::Package, "zlib:amd64", Some("1.2-2")));
    assert_eq!(causes[3].0, Why::Archive);
    assert_eq!(answer.state, Freshness::Outdated);
    assert!(answer.is_unsure());
}

#[test]
fn an_archive_that_does_not_answer_is_unknown() {
    let mut lock = archive_lock();
    lock.packages.clear();
    let found = Seen {
        archives: [
            (MAIN.to_owned(), archive("main", &[])),
            (SECURITY.to_owned(), Err("no answer".to_owned())),
        ]
        .into(),
        ..Seen::default()
    };
    let answer = compare_to_lock(AMD64, &asked("debian bookworm"), (&lock, &found));
    assert_eq!(answer.state, Freshness::Unknown);
    assert_eq!(answer.causes.len(), 1);
    assert!(answer.sentences().contains("could not be told: no answer"));
}

#[test]
fn what_a_parent_takes_in_is_named_with_its_recipe() {
    let mut ancestry = asked("registry.example.org/base:12");
    ancestry.insert(
        0,
        Asked {
            recipe: "recipes/site.yml".to_owned(),
            ..Asked::default()
        },
    );
    let found = seen(Ok(["newer", "other", "arm64"]));
    let answer = compare_to_lock(AMD64, &ancestry, (&image_lock(), &found));
    assert_eq!(answer.causes[0].recipe, "recipes/web.yml");
    assert!(answer.sentences().contains("through recipes/web.yml"));
}
