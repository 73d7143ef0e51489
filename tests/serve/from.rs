//! An install server whose site comes from a registry.

use std::process::Output;

use crate::judge::is_there;
use crate::registry_real::{Locks, RealRegistry};
use crate::server::{Server, terroir};

/// Pushes something; its digest.
fn push(server: &Server, site: &str, to: &str) -> String {
    let output = terroir()
        .arg("--store")
        .arg(server.place("store"))
        .args(["kickstart", "push"])
        .arg(server.place(site))
        .arg(to)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.split_whitespace().next().unwrap().to_owned()
}

/// What a server says that does not start.
fn refused(server: &Server, from: &str) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = terroir()
        .args([
            "kickstart",
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--from",
            from,
            "--states",
        ])
        .arg(server.place("other.sqlite"))
        .output()
        .unwrap();
    (status.code(), String::from_utf8_lossy(&stderr).into_owned())
}

#[test]
fn a_site_is_served_from_its_artifact() {
    if !is_there("docker-registry") {
        return;
    }
    let registry = RealRegistry::start(Locks::default());
    let author = Server::start(&[]);
    let name = registry.reference("os/lab:1").to_string();
    let digest = push(&author, "lab.yml", &name);
    let from = format!("{name}@{digest}");
    let options = |_: &std::path::Path| vec!["--from".to_owned(), from.clone()];
    let mut server = Server::prepared("it is not read", options);
    server.arm("own1");
    let document = server.ask("hosts/own1/host.json", &[]);
    assert_eq!(document.status, 200);
    assert_eq!(document.json()["hostname"], "own1.lab.acme.example");
    let (code, said) = refused(&author, &name);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("has no digest"), "{said}");
    // A rendered site has no place for tokens.
    let site = author.place("site");
    let rendered = terroir()
        .args(["kickstart", "render"])
        .arg(author.place("lab.yml"))
        .arg("-o")
        .arg(&site)
        .output()
        .unwrap();
    assert!(rendered.status.success(), "{rendered:?}");
    let rendered = push(
        &author,
        "site",
        &registry.reference("os/site:1").to_string(),
    );
    let rendered = format!("{}@{rendered}", registry.reference("os/site:1"));
    let (code, said) = refused(&author, &rendered);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("is a rendered site"), "{said}");
    // What was pulled is there without the registry, and only that.
    drop(registry);
    server.crash();
    assert_eq!(server.ask("hosts/own1/host.json", &[]).status, 200);
    let (code, said) = refused(&author, &format!("{name}@sha256:{}", "b".repeat(64)));
    assert_eq!(code, Some(3), "{said}");
}
