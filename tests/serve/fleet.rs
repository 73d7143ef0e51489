//! `terroir fleet`: what hosts are to run and what they run.

use std::fs;

use serde_json::{Value, json};

use crate::judge::{is_there, run};
use crate::layout::{Layer, Layout, archive};
use crate::registry_real::{Locks, RealRegistry};
use crate::server::{DIGEST, INVENTORY, Server};

const OTHER: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// The script of a host by the last digit of its address.
fn script(digit: &str) -> String {
    format!("ipxe/52-54-00-00-00-0{digit}.ipxe")
}

/// Why each host is not as wanted.
fn whys(all: &Value) -> Vec<(String, String)> {
    let hosts = all["hosts"].as_array().unwrap().iter();
    hosts
        .map(|host| {
            let why = host["why"].as_str().unwrap_or("-");
            assert_eq!(host["as-wanted"], host["why"].is_null());
            (host["host"].as_str().unwrap().to_owned(), why.to_owned())
        })
        .collect()
}

#[test]
fn a_fleet_says_which_hosts_differ_and_why() {
    let server = Server::start(&[]);
    let all = |expected: [&str; 3]| {
        let (code, said) = server.fleet(&["--format=json"]);
        assert_eq!(code, i32::from(expected != ["-"; 3]), "{said}");
        let found: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(found["site"], "lab");
        let names = ["own1", "web1", "web2"].map(str::to_owned);
        let expected = expected.map(str::to_owned);
        let expected: Vec<(String, String)> = names.into_iter().zip(expected).collect();
        assert_eq!(whys(&found), expected, "{said}");
        found
    };
    all(["never-installed"; 3]);
    for (host, digit) in [("own1", "a"), ("web1", "1"), ("web2", "2")] {
        server.arm(host);
        server.token(&script(digit));
    }
    all(["installing"; 3]);
    let tokens = ["a", "1", "2"].map(|digit| server.token(&script(digit)));
    let [own1, web1, web2] = &tokens;
    let booted =
        |digest: &str, more: &str| format!(r#"{{"deployment":"a.0","digest":"{digest}"{more}}}"#);
    assert_eq!(server.report("own1", "installed", (own1, "-")).status, 200);
    assert_eq!(
        server
            .report("web1", "failed", (web1, "no disk\nat all"))
            .status,
        200
    );
    assert_eq!(
        server.report("web2", "booted", (web2, "unknown")).status,
        200
    );
    all(["never-reported", "failed", "no-digest"]);
    let more = r#","fellBack":true,"auditScore":88,"kernel":"=cmd()","failedUnits":["a.service"]"#;
    assert_eq!(
        server.reports("own1", (own1, &booted(OTHER, more))).status,
        200
    );
    assert_eq!(
        server.reports("web1", (web1, &booted(OTHER, ""))).status,
        200
    );
    assert_eq!(
        server.reports("web2", (web2, &booted(DIGEST, ""))).status,
        200
    );
    all(["fell-back", "other-digest", "-"]);
    let (code, text) = server.fleet(&["--drift"]);
    assert_eq!(code, 1);
    assert!(
        text.contains("fell back") && text.contains("failed units: a.service"),
        "{text}"
    );
    assert!(
        text.contains("other digest") && !text.contains("web2"),
        "{text}"
    );
    assert!(text.contains("2 of 3 hosts are not as wanted"), "{text}");
    let (_, csv) = server.fleet(&["--format=csv"]);
    let own: Vec<&str> = csv
        .lines()
        .filter(|line| line.starts_with("own1,"))
        .collect();
    assert!(
        own[0].contains("booted,no,fell back,registry.example.org/os/server:1.0@sha256:aaa"),
        "{csv}"
    );
    assert!(own[0].contains(",\"'=cmd()\",a.0,a.service,88,"), "{csv}");
    if is_there("python3") {
        let read = "import csv,sys,json; print(json.dumps(list(csv.DictReader(sys.stdin))))";
        let read = run("python3", &["-c", read], csv.as_bytes());
        let read: Value = serde_json::from_slice(&read).unwrap();
        let column = |key: &str| -> Vec<&str> {
            read.as_array()
                .unwrap()
                .iter()
                .map(|row| row[key].as_str().unwrap())
                .take(3)
                .collect()
        };
        assert_eq!(column("why"), ["fell back", "other digest", ""]);
        assert_eq!(column("booted"), [OTHER, OTHER, DIGEST]);
    }
    for (host, token) in [("own1", own1), ("web1", web1)] {
        assert_eq!(
            server.reports(host, (token, &booted(DIGEST, ""))).status,
            200
        );
    }
    all(["-"; 3]);
    let (code, said) = server.fleet(&["--drift"]);
    assert_eq!((code, said.lines().count()), (0, 1), "{said}");
    assert!(server.verb(&["retire", "web2"]).0);
    let found = all(["-", "-", "retired"]);
    assert!(
        tokens
            .iter()
            .all(|token| !found.to_string().contains(token))
    );
}

#[test]
fn registries_say_which_digests_are_wanted() {
    if !is_there("docker-registry") || !is_there("skopeo") {
        return;
    }
    let registry = RealRegistry::start(Locks::default());
    let server = Server::start(&[]);
    let folder = server.place("layout");
    let layout = Layout::new(&folder);
    let manifests = ["amd64", "arm64"].map(|architecture| {
        let layer = Layer::plain(archive(&[]));
        let mut image = layout.image(&[layer], &json!({ "Env": [format!("A={architecture}")] }));
        image["platform"] = json!({ "os": "linux", "architecture": architecture });
        image
    });
    let [amd64, arm64] = &manifests;
    let digests = [amd64, arm64].map(|one| one["digest"].as_str().unwrap().to_owned());
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests });
    layout.tag(layout.document(INDEX, &index));
    let image = registry.reference("os/server:1.0").to_string();
    let from = format!("oci:{}:it", folder.display());
    let to = format!("docker://{image}");
    run(
        "skopeo",
        &[
            "copy",
            "--all",
            "--quiet",
            "--preserve-digests",
            "--dest-tls-verify=false",
            &from,
            &to,
        ],
        b"",
    );
    let inventory = INVENTORY.replace("  target: F43", &format!("  image: {image}\n  target: F43"));
    let inventory = inventory.replace("  own:\n    defaults: { target: debian-13, network: ~, root: ~ }\n    hosts:\n      own1: { mac: 52:54:00:00:00:0a }\n", "");
    fs::write(server.place("fleet.yml"), inventory).unwrap();
    for (host, digit, digest) in [("web1", "1", &digests[1]), ("web2", "2", &OTHER.to_owned())] {
        server.arm(host);
        let token = server.token(&script(digit));
        let said = format!(r#"{{"deployment":"a.0","digest":"{digest}"}}"#);
        assert_eq!(server.reports(host, (&token, &said)).status, 200);
    }
    let fleet = |options: &[&str]| {
        let (_, said) = server.fleet_of("fleet.yml", &[&["--format=json"], options].concat());
        let start = said.find('{').unwrap();
        let all: Value = serde_json::from_str(&said[start..]).unwrap();
        let wanted = all["hosts"][0]["wanted"].clone();
        (
            whys(&all)
                .into_iter()
                .map(|(_, why)| why)
                .collect::<Vec<_>>(),
            wanted,
        )
    };
    assert_eq!(
        fleet(&[]),
        (vec!["not-resolved".to_owned(); 2], Value::Null)
    );
    let (whys, wanted) = fleet(&["--resolve"]);
    assert_eq!(whys, ["-", "other-digest"]);
    let shown = run(
        "skopeo",
        &["inspect", "--raw", "--tls-verify=false", &to],
        b"",
    );
    assert_eq!(wanted, terroir::oci::Digest::of(&shown).to_string());
    drop(registry);
    let (code, said) = server.fleet_of("fleet.yml", &["--resolve"]);
    assert_eq!(code, 3, "{said}");
}
