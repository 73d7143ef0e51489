//! Tests of what apt is asked and answers.

use super::{
    AptError, Resolution, Resolved, fetch_script, install_place, install_script, read_resolution,
    resolve_script,
};
use crate::action::Packages;
use crate::oci::Digest;

const URIS: &str = "'http://example/pool/h/hello_2.10-3_amd64.deb' hello_2.10-3_amd64.deb 53132 SHA256:aa\n\
    'http://example/pool/e/e_1%253a2_all.deb' e_1%3a2_all.deb 10 SHA256:bb\n";

fn controls() -> String {
    let digest = "a".repeat(64);
    format!(
        "Package: hello\nVersion: 2.10-3\nArchitecture: amd64\nDepends: libc6\n\
         Filename: pool/x\nSize: 53132\nSHA256: {digest}\nDescription: x\n more\n\n\
         Package: e\nVersion: 1:2\nArchitecture: all\nSize: 10\nSHA256: {digest}\n\n"
    )
}

#[test]
fn the_answer_of_apt_is_exact_packages() {
    let resolution = read_resolution(URIS, &controls(), &[]).unwrap();
    let names: Vec<String> = resolution.pins().into_keys().collect();
    assert_eq!(names, ["e:all=1:2", "hello:amd64=2.10-3"]);
    let listing = resolution.listing();
    let digest = "a".repeat(64);
    let lines = format!("e_1%3a2_all.deb 10 {digest}\nhello_2.10-3_amd64.deb 53132 {digest}\n");
    assert_eq!(listing, lines);
}

#[test]
fn an_answer_that_is_not_understood_says_so() {
    let cases = [
        (
            "'http://x' y.rpm 1 z",
            AptError::Uri("'http://x' y.rpm 1 z".into()),
        ),
        ("'http://x' a_1_all.deb 1 z", AptError::Control("a".into())),
    ];
    for (uris, expected) in cases {
        assert_eq!(read_resolution(uris, &controls(), &[]), Err(expected));
    }
}

#[test]
fn a_version_is_asked_for_once() {
    let request = Packages {
        install: vec!["nginx=1.2".into(), "vim/stable".into(), "it's".into()],
        remove: vec!["nano".into()],
        ..Packages::default()
    };
    let kept = Resolved {
        name: "libc6".into(),
        version: "2.36-9".into(),
        architecture: "amd64".into(),
        sha256: Digest::of(b""),
        size: 0,
        url: String::new(),
    };
    let resolve = resolve_script(&request, &[kept]);
    assert!(
        resolve.contains("Package: libc6:amd64\\nPin: version 2.36-9\\nPin-Priority: 1001"),
        "{resolve}"
    );
    assert!(
        resolve.contains("'nginx=1.2' 'vim/stable' 'it'\\''s' 'nano-'"),
        "{resolve}"
    );
    let install = install_script(&request, &Resolution::default());
    assert!(install.contains("install 'nginx' 'vim' "), "{install}");
}

#[test]
fn what_is_not_at_its_place_is_looked_for_by_version() {
    let package = Resolved {
        name: "tzdata".into(),
        version: "2024a-1".into(),
        architecture: "all".into(),
        sha256: Digest::of(b""),
        size: 0,
        url: "http://deb.example.org/pool/it's.deb".into(),
    };
    let script = fetch_script(&[&package]);
    let place = Digest::of(b"").hex();
    let first =
        format!("fetch 'http://deb.example.org/pool/it'\\''s.deb' debs/{place} SHA256:{place}");
    assert!(script.contains(&first), "{script}");
    assert!(
        script.contains("download 'tzdata=2024a-1' && mv"),
        "{script}"
    );
}

#[test]
fn each_request_of_an_entry_sees_its_own_packages() {
    let one = |name: &str| {
        let package = Resolved {
            name: name.into(),
            version: "1".into(),
            architecture: "amd64".into(),
            sha256: Digest::of(name.as_bytes()),
            size: 1,
            url: format!("http://example/{name}.deb"),
        };
        Resolution {
            packages: vec![package],
        }
    };
    let requests = ["kernel", "loader"].map(|name| {
        let request = Packages {
            install: vec![name.into()],
            ..Packages::default()
        };
        (request, one(name))
    });
    let places = requests
        .each_ref()
        .map(|(_, resolution)| install_place(resolution));
    assert_ne!(places[0], places[1]);
    assert_eq!(
        places[0],
        install_place(&one("kernel")),
        "the same packages, the same place"
    );
    for (at, (request, resolution)) in requests.iter().enumerate() {
        let script = install_script(request, resolution);
        let (own, other) = (&places[at], &places[1 - at]);
        assert!(
            script.contains(&format!("ln -sfn {own}/repository ")),
            "{script}"
        );
        assert!(!script.contains(other.as_str()), "{script}");
    }
}
