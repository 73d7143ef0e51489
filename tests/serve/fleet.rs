//! `terroir fleet`: what hosts are to run and what they run.

use std::fs;
use std::path::Path;

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

/// The hosts of the server, each with the last digit of its address.
const HOSTS: [(&str, &str); 3] = [("own1", "a"), ("web1", "1"), ("web2", "2")];

/// Arms all hosts; their tokens.
fn armed(server: &Server) -> [String; 3] {
    HOSTS.map(|(host, digit)| {
        server.arm(host);
        server.token(&script(digit))
    })
}

/// Checks why each host is not as wanted, and the code of the exit.
fn check(server: &Server, expected: [&str; 3]) -> Value {
    let (code, said) = server.fleet(&["--format=json"]);
    assert_eq!(code, i32::from(expected != ["-"; 3]), "{said}");
    let found: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(found["site"], "lab");
    let names = HOSTS.map(|(host, _)| host.to_owned());
    let expected = names.into_iter().zip(expected.map(str::to_owned));
    assert_eq!(whys(&found), expected.collect::<Vec<_>>(), "{said}");
    found
}

/// A report of a start.
fn booted(digest: &str, more: &str) -> String {
    format!(r#"{{"deployment":"a.0","digest":"{digest}"{more}}}"#)
}

/// Reports that lead to an update that fell back, another digest, and the one that is wanted.
fn differ(server: &Server, [own1, web1, web2]: &[String; 3]) {
    let more = r#","fellBack":true,"auditScore":88,"kernel":"=cmd()","failedUnits":["a.service"]"#;
    for (host, token, said) in [
        ("own1", own1, booted(OTHER, more)),
        ("web1", web1, booted(OTHER, "")),
        ("web2", web2, booted(DIGEST, "")),
    ] {
        assert_eq!(server.reports(host, (token, &said)).status, 200);
    }
}

#[test]
fn a_fleet_says_which_hosts_differ_and_why() {
    let server = Server::start(&[]);
    check(&server, ["never-installed"; 3]);
    let tokens = armed(&server);
    check(&server, ["installing"; 3]);
    let [own1, web1, web2] = &tokens;
    for (host, word, token, said) in [
        ("own1", "installed", own1, "-"),
        ("web1", "failed", web1, "no disk\nat all"),
        ("web2", "booted", web2, "unknown"),
    ] {
        assert_eq!(server.report(host, word, (token, said)).status, 200);
    }
    check(&server, ["never-reported", "failed", "no-digest"]);
    differ(&server, &tokens);
    check(&server, ["fell-back", "other-digest", "-"]);
    for (host, token) in [("own1", own1), ("web1", web1)] {
        let said = booted(DIGEST, "");
        assert_eq!(server.reports(host, (token, &said)).status, 200);
    }
    check(&server, ["-"; 3]);
    let (code, said) = server.fleet(&["--drift"]);
    assert_eq!((code, said.lines().count()), (0, 1), "{said}");
    assert!(server.verb(&["retire", "web2"]).0);
    let found = check(&server, ["-", "-", "retired"]).to_string();
    assert!(tokens.iter().all(|token| !found.contains(token)));
}

#[test]
fn people_and_spreadsheets_read_a_fleet() {
    let server = Server::start(&[]);
    differ(&server, &armed(&server));
    let (code, text) = server.fleet(&["--drift"]);
    assert_eq!(code, 1);
    for part in [
        "fell back",
        "failed units: a.service",
        "other digest",
        "2 of 3 hosts are not as wanted",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    assert!(!text.contains("web2"), "{text}");
    let (_, csv) = server.fleet(&["--format=csv"]);
    let mut lines = csv.lines();
    let own = lines.find(|line| line.starts_with("own1,")).unwrap();
    let begin = "own1,booted,no,fell back,registry.example.org/os/server:1.0@sha256:aaa";
    assert!(own.starts_with(begin), "{csv}");
    assert!(own.contains(",\"'=cmd()\",a.0,a.service,88,"), "{csv}");
    if !is_there("python3") {
        return;
    }
    let read = "import csv,sys,json; print(json.dumps(list(csv.DictReader(sys.stdin))))";
    let read = run("python3", &["-c", read], csv.as_bytes());
    let read: Value = serde_json::from_slice(&read).unwrap();
    let column = |key: &str| -> Vec<&str> {
        let rows = read.as_array().unwrap().iter();
        rows.map(|row| row[key].as_str().unwrap()).take(3).collect()
    };
    assert_eq!(column("why"), ["fell back", "other digest", ""]);
    assert_eq!(column("booted"), [OTHER, OTHER, DIGEST]);
}

/// Publishes an image for two platforms; the digests of their manifests.
fn publish(folder: &Path, image: &str) -> [String; 2] {
    let layout = Layout::new(folder);
    let manifests = ["amd64", "arm64"].map(|architecture| {
        let layer = Layer::plain(archive(&[]));
        let mut image = layout.image(&[layer], &json!({ "Env": [format!("A={architecture}")] }));
        image["platform"] = json!({ "os": "linux", "architecture": architecture });
        image
    });
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests });
    layout.tag(layout.document(INDEX, &index));
    let from = format!("oci:{}:it", folder.display());
    let to = format!("docker://{image}");
    let options = [
        "copy",
        "--all",
        "--quiet",
        "--preserve-digests",
        "--dest-tls-verify=false",
    ];
    run("skopeo", &[&options[..], &[&from, &to]].concat(), b"");
    manifests.map(|one| one["digest"].as_str().unwrap().to_owned())
}

#[test]
fn registries_say_which_digests_are_wanted() {
    if !is_there("docker-registry") || !is_there("skopeo") {
        return;
    }
    let registry = RealRegistry::start(Locks::default());
    let server = Server::start(&[]);
    let image = registry.reference("os/server:1.0").to_string();
    let [_, arm64] = publish(&server.place("layout"), &image);
    let (own, web) = (
        INVENTORY.find("  own:").unwrap(),
        INVENTORY.find("  web:").unwrap(),
    );
    let (before, after) = (INVENTORY.get(..own).unwrap(), INVENTORY.get(web..).unwrap());
    let before = before.replace("  target: F43", &format!("  image: {image}\n  target: F43"));
    fs::write(server.place("fleet.yml"), format!("{before}{after}")).unwrap();
    for (host, digit, digest) in [("web1", "1", arm64.as_str()), ("web2", "2", OTHER)] {
        server.arm(host);
        let token = server.token(&script(digit));
        let said = booted(digest, "");
        assert_eq!(server.reports(host, (&token, &said)).status, 200);
    }
    let fleet = |options: &[&str]| {
        let (_, said) = server.fleet_of("fleet.yml", &[&["--format=json"], options].concat());
        let all: Value = serde_json::from_str(&said).unwrap();
        let whys: Vec<String> = whys(&all).into_iter().map(|(_, why)| why).collect();
        (whys.join(" "), all["hosts"][0]["wanted"].clone())
    };
    assert_eq!(
        fleet(&[]),
        ("not-resolved not-resolved".to_owned(), Value::Null)
    );
    let (whys, wanted) = fleet(&["--resolve"]);
    assert_eq!(whys, "- other-digest");
    let to = format!("docker://{image}");
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
