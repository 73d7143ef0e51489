//! Disks that are cleared at the end of a machine's use.

use std::fs::{self, File};

use crate::judge::{is_there, run};
use crate::server::{Server, terroir};

const SCRIPT: &str = "ipxe/52-54-00-00-00-0a.ipxe";
const DOCUMENT: &str = "hosts/own1/host.json";

#[test]
fn wipe_is_refused_where_it_cannot_be() {
    let server = Server::start(&[]);
    let refused = |words: &[&str], why: &str| {
        let (done, said) = server.verb(words);
        assert!(!done && said.contains(why), "{words:?}: {said}");
    };
    refused(&["wipe", "web1"], "its installer clears no disks");
    server.arm("own1");
    refused(&["wipe", "own1"], "it is armed: disarm it first");
    assert!(server.verb(&["disarm", "own1"]).0);
    let (done, said) = server.verb(&["wipe", "own1"]);
    assert!(done && said.contains("own1  wiping"), "{said}");
    refused(&["arm", "own1"], "it is wiping: disarm it first");
    refused(&["wipe", "own1"], "it is wiping: disarm it first");
}

#[test]
fn a_host_is_wiped_once() {
    let server = Server::start(&[]);
    assert!(server.verb(&["wipe", "own1"]).0);
    let token = server.token(SCRIPT);
    // Power cuts happen: it may ask again.
    for _ in 0..2 {
        let document = server.ask(DOCUMENT, &[]).json();
        assert_eq!(
            (&document["wipe"], &document["then"]),
            (&true.into(), &"poweroff".into())
        );
        assert_eq!(document.get("users"), None);
        assert_eq!(document["disk"]["type"], "nvme");
    }
    let other = server.ask(DOCUMENT, &["--interface", "127.0.0.2"]);
    assert_eq!(other.status, 403);
    for (said, state) in [
        (r#"{"phase":"wiping"}"#, "wiping"),
        (r#"{"phase":"wiped"}"#, "wiped"),
    ] {
        assert_eq!(server.reports("own1", (&token, said)).status, 200);
        assert_eq!(server.state("own1")["state"], state);
    }
    assert!(server.ask(SCRIPT, &[]).text.contains("it boots its disk"));
    assert_eq!(server.ask(DOCUMENT, &[]).status, 403);
    // It can be installed again, with what installs.
    server.arm("own1");
    assert_eq!(server.ask(DOCUMENT, &[]).json().get("wipe"), None);
    let way = [
        "wipe: wiping",
        "fetch: wiping",
        "wiping: wiping",
        "wiped: wiped",
        "arm: armed",
    ];
    let log = server.log("own1");
    let mut rows = log.iter();
    let is_there = way.iter().all(|wanted| rows.any(|row| row == wanted));
    assert!(is_there, "{log:#?}");
}

#[test]
fn a_browser_wipes_after_the_name_is_typed() {
    let server = Server::start(&[]);
    let browser = server.admin().sign_in();
    let csrf = browser.csrf("hosts/own1");
    assert!(browser.get("hosts/own1").contains("Type own1 to confirm"));
    assert!(!browser.get("hosts/web1").contains("to confirm"));
    for confirm in ["", "own2"] {
        let form = [("csrf", csrf.as_str()), ("confirm", confirm)];
        assert_eq!(browser.post("hosts/own1/wipe", &form).status, 409);
    }
    assert_eq!(server.state("own1")["state"], "known");
    let form = [("csrf", csrf.as_str()), ("confirm", "own1")];
    assert_eq!(browser.post("hosts/own1/wipe", &form).status, 303);
    assert_eq!(server.state("own1")["state"], "wiping");
    let admin = server.admin();
    let order = |word: &str| {
        let path = format!("api/hosts/{word}");
        admin.ask(&path, &["--header", &admin.bearer(), "--request", "POST"])
    };
    assert_eq!(order("own1/disarm").json()["state"], "known");
    assert_eq!(order("own1/wipe").json()["state"], "wiping");
    assert_eq!(order("web1/wipe").status, 409);
}

#[test]
fn nothing_is_recognised_on_a_cleared_disk() {
    let programs = ["sfdisk", "mkfs.ext4", "wipefs"];
    if !programs.iter().all(|program| is_there(program)) {
        return;
    }
    let server = Server::start(&[]);
    assert!(server.verb(&["wipe", "own1"]).0);
    let token = server.token(SCRIPT);
    let document = server.ask(DOCUMENT, &[]).text;
    // The name of the site's server leads nowhere here.
    let own = format!("http://{}", server.address);
    let document = document.replace("http://install.lab.acme.example", &own);
    fs::write(server.place("host.json"), document).unwrap();
    let disk = server.place("disk.img");
    let name = disk.display().to_string();
    File::create(&disk).unwrap().set_len(300 << 20).unwrap();
    run(
        "sfdisk",
        &[&name],
        b"label: gpt\nsize=100MiB\nsize=100MiB\n",
    );
    run(
        "mkfs.ext4",
        &["-q", "-E", "offset=1048576", &name, "100M"],
        b"",
    );
    run(
        "mkfs.ext4",
        &["-q", "-E", "offset=105906176", &name, "100M"],
        b"",
    );
    assert!(!run("wipefs", &[&name], b"").is_empty());
    let output = terroir()
        .arg("--store")
        .arg(server.place("store"))
        .args(["install", "--document"])
        .arg(server.place("host.json"))
        .arg("--disk-file")
        .arg(&disk)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("the whole disk was cleared"),
        "{said}"
    );
    assert_eq!(String::from_utf8_lossy(&run("wipefs", &[&name], b"")), "");
    assert!(fs::read(&disk).unwrap().iter().all(|byte| *byte == 0));
    assert_eq!(disk.metadata().unwrap().len(), 300 << 20);
    // It had no token here, which stands in the arguments of a kernel.
    assert_eq!(server.state("own1")["state"], "wiping");
    assert!(said.contains("the report could not be posted"), "{said}");
    assert_eq!(server.report("own1", "wiped", (&token, "-")).status, 200);
}
