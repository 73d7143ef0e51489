//! Tests of terroir.lock: its text, what is refused, and differences.

use std::collections::BTreeMap;

use crate::action::Packages;
use crate::oci::Digest;
use crate::package::{Accounts, Resolution, Resolved};
use crate::recipe::*;

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

fn package(name: &str, version: &str) -> Resolved {
    Resolved {
        name: name.into(),
        version: version.into(),
        architecture: "amd64".into(),
        sha256: digest(&format!("{name} {version}")),
        size: 1234,
        url: format!("http://deb.example.org/pool/{name}_{version}_amd64.deb"),
    }
}

fn facts() -> Facts {
    Facts::of_suite("debian", "bookworm", "amd64").expect("a known suite")
}

fn request() -> Packages {
    Packages {
        install: vec!["nginx".into(), "rsyslog=8.2".into()],
        ..Packages::default()
    }
}

fn platforms_of<T>(one: T) -> BTreeMap<String, T> {
    BTreeMap::from([("linux/amd64".to_owned(), one)])
}

/// A lock with something of everything.
fn lock(packages: Vec<Resolved>) -> Lock {
    let locked = LockedPackages::new("apt", &request(), &Resolution { packages });
    let platforms = |one| BTreeMap::from([("linux/amd64".to_owned(), one)]);
    let image = LockedImage {
        digest: digest("index"),
        platforms: platforms(LockedPlatform {
            manifest: digest("manifest"),
            facts: facts(),
            record: true,
        }),
    };
    let base = LockedBootstrap {
        date: 1_750_000_000,
        facts: facts(),
        layer: digest("layer"),
        releases: [(
            "http://deb.example.org/dists/x/InRelease".into(),
            digest("r"),
        )]
        .into(),
    };
    Lock {
        epoch: Some(1_750_000_001),
        vendor: Some("registry.example.org/os/packages:1".into()),
        images: [("registry.example.org:5000/os/base:12".into(), image)].into(),
        bootstraps: [(
            "debian bookworm 0123456789ab".into(),
            BTreeMap::from([("linux/amd64".to_owned(), base)]),
        )]
        .into(),
        packages: [(
            "recipes/web.yml".into(),
            BTreeMap::from([(
                "linux/amd64".to_owned(),
                BTreeMap::from([(request_name(&request(), 0), locked)]),
            )]),
        )]
        .into(),
        layers: [("sysctl".into(), digest("sysctl"))].into(),
        accounts: [(
            "recipes/web.yml".into(),
            platforms_of(Accounts {
                users: [("_web".into(), 105), ("on".into(), 106)].into(),
                groups: [("_web".into(), 112)].into(),
            }),
        )]
        .into(),
    }
}

fn some_packages() -> Vec<Resolved> {
    let mut own = package("own", "1:2~a+b");
    own.url.clear();
    vec![package("nginx", "1.22.1-9"), own]
}

#[test]
fn the_text_is_sorted_and_read_back() {
    let lock = lock(some_packages());
    let text = lock.to_string();
    assert_eq!(Lock::parse(&text).expect("it is valid"), lock);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../tests/golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("lock", text));
}

#[test]
fn an_empty_file_locks_nothing() {
    for text in ["", "\n", "# only words\n"] {
        assert!(
            Lock::parse(text).expect("it is valid").is_empty(),
            "{text:?}"
        );
    }
    assert_eq!(
        Lock::parse(&Lock::default().to_string()),
        Ok(Lock::default())
    );
}

#[test]
fn names_of_any_shape_come_back() {
    for name in [
        "a: b", "#x", "- y", "true", "12", "a\nb", "\"q\"", "ü", "x:", "{}", "a #b", "*",
    ] {
        let mut lock = Lock::default();
        lock.layers.insert(name.to_owned(), digest(name));
        lock.vendor = Some(name.to_owned());
        let text = lock.to_string();
        assert_eq!(Lock::parse(&text).expect(&text), lock, "{text}");
    }
}

#[test]
fn passwords_of_sources_stay_out() {
    let mut package = package("nginx", "1");
    package.url = "https://me:secret@deb.example.org/pool/a@b.deb".into();
    let text = lock(vec![package]).to_string();
    assert!(!text.contains("secret"), "{text}");
    assert!(
        text.contains(" https://deb.example.org/pool/a@b.deb"),
        "{text}"
    );
}

#[test]
fn an_older_format_is_read() {
    let older = Lock {
        accounts: BTreeMap::new(),
        ..lock(some_packages())
    };
    let text = older.to_string().replace("format: 2\n", "format: 1\n");
    assert_eq!(Lock::parse(&text).expect("it is read"), older);
}

#[test]
fn what_is_no_lock_is_refused_with_its_line() {
    let good = lock(some_packages()).to_string();
    let cases = [
        ("format: 3\nsomething: else\n".to_owned(), 1, "format 3"),
        ("format: 0\n".to_owned(), 1, "not a lock format"),
        ("bases: {}\n".to_owned(), 1, "does not state its format"),
        ("format: 1\nnovel: 1\n".to_owned(), 2, "novel"),
        ("format: 1\nlayers: { a: sha256:12 }\n".to_owned(), 2, "64"),
        (format!("{good}<<<<<<< HEAD\n=======\n"), 0, "merge"),
        (good.replace("nginx:amd64=", "../x:amd64="), 0, "name"),
        (good.replace("=1.22.1-9 ", "=1.22/../9 "), 0, "version"),
        (good.replace(" 1234 http", " many http"), 0, "size"),
        (
            good.replace("- nginx:amd64", "- nginx"),
            0,
            "NAME:ARCHITECTURE",
        ),
    ];
    for (text, line, words) in cases {
        let errors = Lock::parse(&text).expect_err(words);
        let error = errors.first().expect("at least one");
        assert!(error.message.contains(words), "{words}: {errors:?}");
        assert!(
            error.origin.line == line || line == 0,
            "{words}: {errors:?}"
        );
        assert!(error.origin.line > 0, "{words}: {errors:?}");
    }
}

#[test]
fn requests_are_named_by_what_they_ask() {
    let mut other = request();
    other.recommends = true;
    assert_ne!(request_name(&request(), 0), request_name(&other, 0));
    assert_eq!(
        format!("{}-2", request_name(&request(), 0)),
        request_name(&request(), 1)
    );
}

#[test]
fn differences_are_up_down_new_and_gone() {
    let old = lock(vec![
        package("a", "1"),
        package("b", "2"),
        package("c", "1"),
        package("e", "1"),
    ]);
    let mut new = lock(vec![
        package("a", "2"),
        package("b", "1"),
        package("d", "1"),
        package("e", "1"),
    ]);
    new.layers.insert("sysctl".into(), digest("another"));
    let lines: Vec<String> = new
        .changes_since(&old)
        .iter()
        .map(|one| {
            let text = |version: &Option<String>| version.clone().unwrap_or_default();
            let (old, new) = (text(&one.old), text(&one.new));
            let short = |text: &str| text.chars().take(8).collect::<String>();
            format!(
                "{} {} {} {}",
                one.direction.word(),
                one.name,
                short(&old),
                short(&new)
            )
        })
        .collect();
    let start = |text: &str| digest(text).to_string().chars().take(8).collect::<String>();
    assert_eq!(
        lines,
        [
            "changed sysctl sha256:5 sha256:a",
            "up a:amd64 1 2",
            "down b:amd64 2 1",
            "gone c:amd64 1 ",
            "new d:amd64  1",
        ]
        .map(|line| line
            .replace("sha256:5", &start("sysctl"))
            .replace("sha256:a", &start("another")))
    );
    assert!(new.changes_since(&new).is_empty());
}
