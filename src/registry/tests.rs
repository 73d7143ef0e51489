//! References, challenges, waits and settings, without a registry.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use proptest::prelude::*;
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};

use super::auth::Challenge;
use super::retry::{next_wait, retry};
use super::transport::Clients;
use super::{Error, Page, Reference, Settings};

fn reference(text: &str) -> Reference {
    Reference::parse(text).expect("a valid reference")
}

#[test]
fn references_are_written_out_in_full() {
    let digest = format!("sha256:{}", "0".repeat(64));
    let rows = [
        ("debian", "docker.io/library/debian:latest"),
        ("index.docker.io/debian:12", "docker.io/library/debian:12"),
        ("team/debian", "docker.io/team/debian:latest"),
        ("localhost/x", "localhost/x:latest"),
        ("localhost:5000", "docker.io/library/localhost:5000"),
        ("Host/x", "Host/x:latest"),
        (
            "r.example:5000/a/b__c/d---e:V1.0_x",
            "r.example:5000/a/b__c/d---e:V1.0_x",
        ),
        ("127.0.0.1:5000/x", "127.0.0.1:5000/x:latest"),
        ("[::1]:5000/x:1", "[::1]:5000/x:1"),
    ];
    for (text, full) in rows {
        assert_eq!(reference(text).to_string(), full);
    }
    let pinned = reference(&format!("r.example/x:1@{digest}"));
    assert_eq!(
        (pinned.tag(), pinned.selector()),
        (Some("1"), digest.clone())
    );
    assert_eq!(reference(&format!("r.example/x@{digest}")).tag(), None);
    assert_eq!(reference("debian").host(), "registry-1.docker.io");
}

#[test]
fn what_is_no_reference_is_refused() {
    let long = "a".repeat(256);
    let hexadecimal = "a".repeat(64);
    let rows = [
        "",
        "/",
        "x/",
        "/x",
        "r.example/",
        "r.example//x",
        "r.example/X",
        "r.example/x:",
        "r.example/x:.1",
        "r.example/x:a b",
        "r.example/x@",
        "r.example/x@sha256:12",
        "r.example/x@sha512:00",
        "r.example:port/x",
        "-r.example/x",
        "r..example/x",
        "r_r.example/x",
        "r.example/a___b",
        "r.example/a..b",
        "r.example/.a",
        "r.example/a-",
        "r.example/x?y",
        "r.example/../x",
        "https://r.example/x",
        "r.example/x\n",
        "ü/x",
        "[::1/x",
        "[g]:1/x",
        long.as_str(),
        hexadecimal.as_str(),
    ];
    for text in rows {
        let error = Reference::parse(text).expect_err(text);
        assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
        assert!(error.hint().is_some());
    }
    assert!(reference("r.example/x").with_tag("a/b").is_err());
    assert!(reference("r.example/x").with_tag(&"t".repeat(129)).is_err());
}

proptest! {
    #[test]
    fn references_round_trip(
        host in "([a-z0-9]([a-zA-Z0-9-]{0,5}[a-z0-9])?\\.){1,2}[a-z]{2,3}(:[0-9]{1,5})?",
        name in "[a-z0-9]{1,6}((\\.|_|__|-{1,3})[a-z0-9]{1,3}){0,2}(/[a-z0-9]{1,6}){0,3}",
        tag in proptest::option::of("[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,20}"),
        digest in proptest::option::of("[0-9a-f]{64}"),
    ) {
        let tag = tag.map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest = digest.map(|hex| format!("@sha256:{hex}")).unwrap_or_default();
        let parsed = reference(&format!("{host}/{name}{tag}{digest}"));
        prop_assert_eq!(parsed.registry(), host);
        prop_assert_eq!(parsed.repository(), name);
        prop_assert_eq!(reference(&parsed.to_string()), parsed);
    }

    /// oci-spec's parser decides, except where distribution/reference has moved on: it knows
    /// neither IPv6 nor hosts by their upper case, accepts other and upper-case digests and IDs,
    /// and takes a first part with `.` and `_`, which no host name has, for a registry.
    #[test]
    fn references_are_read_as_others_read_them(
        text in "(([a-z]{1,4}(\\.[a-z]{1,3})?|localhost)(:[0-9a-z]{0,3})?/)?[a-z0-9._/-]{0,12}(:[A-Za-z0-9._-]{0,4})?(@sha256:([0-9a-f]{64}|[0-9a-f]{63}))?"
    ) {
        let theirs = text.parse::<oci_client::Reference>();
        let theirs = theirs.ok().filter(|one| !one.registry().contains('_')).map(|one| one.to_string());
        let ours = Reference::parse(&text).map(|one| one.to_string());
        prop_assert_eq!(ours.ok(), theirs, "{}", text);
    }

    #[test]
    fn no_text_breaks_the_parser(text in ".{0,80}") {
        if let Ok(parsed) = Reference::parse(&text) {
            prop_assert_eq!(reference(&parsed.to_string()), parsed);
        }
    }
}

#[test]
fn challenges_are_read() {
    let bearer = |realm: &str, service: Option<&str>| {
        Some(Challenge::Bearer {
            realm: realm.into(),
            service: service.map(str::to_owned),
        })
    };
    let rows: [(&[&str], Option<Challenge>); 7] = [
        (&[], None),
        (&["Negotiate"], None),
        (&["Basic realm=\"a, b\""], Some(Challenge::Basic)),
        (&["basic realm=x"], Some(Challenge::Basic)),
        (
            &[
                "Bearer realm=\"https://t.example/a?b=c,d\",service=\"s \\\"q\\\"\",scope=\"repository:x:pull,push\"",
            ],
            bearer("https://t.example/a?b=c,d", Some("s \"q\"")),
        ),
        (
            &["Basic realm=\"a\"", "BEARER Realm=\"https://t.example\""],
            bearer("https://t.example", None),
        ),
        (
            &["Basic realm=\"a\", Bearer realm=\"https://t.example\""],
            bearer("https://t.example", None),
        ),
    ];
    for (values, expected) in rows {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_str(value).unwrap());
        }
        assert_eq!(Challenge::of(&headers), expected, "{values:?}");
    }
}

fn too_many(wait: Option<u64>) -> Error {
    Error::TooManyRequests {
        reference: "r.example/x".into(),
        wait: wait.map(Duration::from_secs),
    }
}

#[test]
fn waits_grow_and_obey() {
    let settings = Settings::default();
    let rows = [
        (1, None, Some(500)),
        (2, None, Some(1000)),
        (4, None, Some(4000)),
        (30, None, Some(30_000)),
        (u32::MAX, None, Some(30_000)),
        (1, Some(7), Some(7000)),
        (4, Some(1), Some(4000)),
        (1, Some(301), None),
    ];
    for (count, asked, expected) in rows {
        let wait = next_wait(&settings, count, &too_many(asked));
        assert_eq!(
            wait,
            expected.map(Duration::from_millis),
            "{count} {asked:?}"
        );
    }
    let settings = Settings {
        backoff: Duration::ZERO,
        tries: 3,
        ..settings
    };
    let mut count = 0;
    let mut attempt = |error: fn() -> Error| {
        count = 0;
        let outcome: Result<(), Error> = retry(&settings, || {
            count += 1;
            Err(error())
        });
        assert!(outcome.is_err());
        count
    };
    assert_eq!(attempt(|| too_many(None)), 3);
    assert_eq!(attempt(|| Error::System("no threads".into())), 1);
}

#[test]
fn plain_http_is_for_this_machine_and_the_listed() {
    let settings = Settings {
        insecure: ["old.example:5000".into(), "lab.example".into()].into(),
        ..Settings::default()
    };
    let rows = [
        ("http://127.0.0.1:5000/", true),
        ("http://[::1]:5000/", true),
        ("http://localhost/", true),
        ("http://old.example:5000/", true),
        ("http://old.example:5001/", false),
        ("http://lab.example:5001/", true),
        ("http://r.example/", false),
        ("http://127.0.0.1.r.example/", false),
        ("http://localhost.r.example/", false),
        ("http://10.0.0.1/", false),
    ];
    for (url, allowed) in rows {
        let client = Clients::default().for_address(
            &settings,
            &reference("r.example/x"),
            &Url::parse(url).unwrap(),
        );
        match client {
            Ok(_) => assert!(allowed, "{url}"),
            Err(Error::Plain { .. }) => assert!(!allowed, "{url}"),
            Err(error) => panic!("{url}: {error}"),
        }
    }
}

#[test]
fn the_environment_becomes_settings() {
    let of = |variables: &[(&str, &str)]| {
        Settings::from_environment(|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| OsString::from(value))
        })
    };
    let files = |variables: &[(&str, &str)]| of(variables).auth_files;
    let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
    assert_eq!(files(&[]), paths(&[]));
    assert_eq!(
        files(&[("HOME", "/h")]),
        paths(&["/h/.config/containers/auth.json", "/h/.docker/config.json"])
    );
    assert_eq!(
        files(&[
            ("HOME", "/h"),
            ("XDG_RUNTIME_DIR", "/r"),
            ("XDG_CONFIG_HOME", "/c"),
            ("DOCKER_CONFIG", "/d")
        ]),
        paths(&[
            "/r/containers/auth.json",
            "/c/containers/auth.json",
            "/d/config.json"
        ])
    );
    assert_eq!(
        files(&[("HOME", "/h"), ("REGISTRY_AUTH_FILE", "/a.json")]),
        paths(&["/a.json"])
    );
    let ci = [
        ("CI_REGISTRY", "r.example"),
        ("CI_REGISTRY_USER", "ci"),
        ("CI_REGISTRY_PASSWORD", "hidden"),
    ];
    let login = of(&ci).logins.pop().expect("all three are set");
    assert_eq!(
        (login.registry.as_str(), login.user.as_str()),
        ("r.example", "ci")
    );
    assert!(!format!("{login:?}").contains("hidden"));
    assert!(of(&ci[..2]).logins.is_empty());
    let proxied = of(&[
        ("HTTPS_PROXY", "http://p.example:3128"),
        ("HTTP_PROXY", "http://evil.example"),
    ]);
    assert_eq!(
        proxied.https_proxy.as_deref(),
        Some("http://p.example:3128")
    );
    assert_eq!(proxied.http_proxy, None);
}

/// Answers one request on loopback; gives the address, and what was asked when it ends.
fn answering(answer: String) -> (String, std::thread::JoinHandle<String>) {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/secrets/a", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            asked.extend(byte);
        }
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8(asked).unwrap()
    });
    (address, server)
}

#[test]
fn a_secret_header_of_a_page_stays_with_its_server() {
    let end = "Connection: close\r\n\r\n";
    let (other, last) = answering(format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n{end}x"));
    let moved = format!("HTTP/1.1 302 Found\r\nLocation: {other}\r\nContent-Length: 0\r\n{end}");
    let (address, first) = answering(moved);
    let page = Page::at(Settings::default(), &address).unwrap();
    let page = page.with_header("x-terroir-token", "t0ken").unwrap();
    assert!(!format!("{page:?}").contains("t0ken"));
    assert_eq!(page.get(10).unwrap(), b"x");
    let asked = first.join().unwrap();
    assert!(asked.contains("x-terroir-token: t0ken\r\n"), "{asked}");
    let asked = last.join().unwrap();
    assert!(!asked.contains("token"), "{asked}");
    let page = Page::at(Settings::default(), &address).unwrap();
    let said = page.with_header("x-terroir-token", "a\nb").unwrap_err();
    assert!(
        said.to_string().contains("characters that no header has"),
        "{said}"
    );
}
