//! Installations, from the first request to the report of the first start.

use std::fs;

use crate::server::{DIGEST, INVENTORY, Server, wait_for};

const SCRIPT: &str = "ipxe/52-54-00-00-00-01.ipxe";
const DOCUMENT: &str = "hosts/web1/kickstart.ks";

#[test]
fn who_is_not_armed_starts_from_the_disk() {
    let server = Server::start(&[]);
    for path in [
        SCRIPT,
        "grub/grub.cfg-01-52-54-00-00-00-01",
        "ipxe/52-54-00-00-00-ee.ipxe",
    ] {
        let answer = server.ask(path, &[]);
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.text.contains("it boots its disk"), "{}", answer.text);
        assert!(!answer.text.contains("kickstart.ks"), "{}", answer.text);
    }
    assert_eq!(server.ask(DOCUMENT, &[]).status, 403);
    assert_eq!(server.ask("hosts/nobody/kickstart.ks", &[]).status, 403);
    assert_eq!(server.state("web1")["state"], "known");
    let (_, status) = server.verb(&["status"]);
    assert!(
        status.contains("52:54:00:00:00:ee  not in the inventory, 1 times"),
        "{status}"
    );
}

#[test]
fn a_machine_that_has_its_answer_is_asked_for_no_further() {
    let server = Server::start(&[]);
    // Firmware of UEFI goes on behind the answer; the script of the site ends there.
    let known = server.ask(SCRIPT, &[]).text;
    assert!(known.starts_with("#!ipxe\nset local-disk 1\n"), "{known}");
    let script = server.ask("boot.ipxe", &[]).text;
    assert_eq!(
        script
            .matches("isset ${local-disk} && goto disk ||")
            .count(),
        2
    );
    assert!(script.contains("\n:disk\n"), "{script}");
    // A machine that nobody knows may be known by its next name, and is listed once.
    for name in ["52-54-00-00-00-ee", "uuid-1-2", "serial-X1"] {
        let unknown = server.ask(&format!("ipxe/{name}.ipxe"), &[]).text;
        assert!(!unknown.contains("local-disk"), "{unknown}");
    }
    let elsewhere = ["--interface", "127.0.0.2"];
    server.ask("ipxe/serial-X2.ipxe", &elsewhere);
    let (_, status) = server.verb(&["status"]);
    let listed: Vec<&str> = status
        .lines()
        .filter(|line| line.contains("not in the inventory"))
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(listed, ["52:54:00:00:00:ee", "serial-X2"], "{status}");
}

#[test]
fn a_machine_that_runs_reports_its_starts_after_an_order_was_taken_back() {
    let server = Server::start(&["--plain-secrets"]);
    server.arm("web1");
    let old = server.token(SCRIPT);
    let start = format!(r#"{{"deployment":"1","digest":"{DIGEST}"}}"#);
    assert_eq!(server.report("web1", "booted", (&old, &start)).status, 200);
    assert!(server.verb(&["arm", "web1"]).0);
    // While it is armed, a start of the system before takes nothing back.
    assert_eq!(server.report("web1", "booted", (&old, &start)).status, 200);
    assert_eq!(server.state("web1")["state"], "armed");
    assert!(server.verb(&["disarm", "web1"]).0);
    assert_eq!(server.report("web1", "booted", (&old, &start)).status, 200);
    let state = server.state("web1");
    assert_eq!(state["state"], "booted");
    assert!(!state.to_string().contains(&old), "{state}");
    // It says nothing of an installation, and gets no secret.
    server.arm("web1");
    let new = server.token(SCRIPT);
    server.ask(DOCUMENT, &[]);
    assert_eq!(server.report("web1", "installed", (&old, "-")).status, 403);
    let header = format!("X-Terroir-Token: {old}");
    let secret = server.ask("secrets/web1/root-password", &["--header", &header]);
    assert_eq!(secret.status, 403);
    // Once something else is on the disk, the system before is gone.
    assert_eq!(server.report("web1", "installed", (&new, "-")).status, 200);
    assert_eq!(server.report("web1", "booted", (&old, &start)).status, 403);
}

#[test]
fn an_armed_host_has_its_document_and_each_secret_once() {
    let server = Server::start(&["--plain-secrets"]);
    server.arm("web1");
    let token = server.token(SCRIPT);
    assert_eq!(server.token("grub/grub.cfg-01-52-54-00-00-00-01"), token);
    assert_eq!(server.state("web1")["state"], "armed");
    // A kernel, and a part of one.
    assert_eq!(server.ask("F43/vmlinuz", &[]).text, "0123456789");
    let part = server.ask("F43/vmlinuz", &["--range", "2-4"]);
    assert_eq!((part.status, part.text.as_str()), (206, "234"));
    // The document may be asked for again by the same machine, and by no other.
    for _ in 0..2 {
        let answer = server.ask(
            DOCUMENT,
            &[
                "--header",
                "X-RHN-Provisioning-MAC-0: eth0 52:54:00:00:00:01",
            ],
        );
        assert_eq!(answer.status, 200);
        assert!(answer.text.contains("ostreecontainer"), "{}", answer.text);
    }
    let other = server.ask(DOCUMENT, &["--interface", "127.0.0.2"]);
    assert_eq!(other.status, 403);
    let other = server.ask(
        DOCUMENT,
        &[
            "--header",
            "X-RHN-Provisioning-MAC-0: eth0 52:54:00:00:00:02",
        ],
    );
    assert_eq!(other.status, 403);
    assert_eq!(server.state("web1")["state"], "fetched");

    let header = format!("X-Terroir-Token: {token}");
    let secret = |options: &[&str]| {
        server.ask(
            "secrets/web1/password-root",
            &[&["--header", &header], options].concat(),
        )
    };
    assert_eq!(secret(&["--interface", "127.0.0.2"]).status, 403);
    assert_eq!(secret(&[]).text, "$6$hash\n");
    assert_eq!(secret(&[]).status, 403);
    // It has its secrets, so it does not start over.
    assert!(server.ask(SCRIPT, &[]).text.contains("it boots its disk"));
    assert_eq!(server.ask(DOCUMENT, &[]).status, 403);
}

#[test]
fn reports_lead_to_a_machine_that_started() {
    let server = Server::start(&[]);
    server.arm("web1");
    let token = server.token(SCRIPT);
    assert_eq!(server.ask(DOCUMENT, &[]).status, 200);
    for (word, said, state) in [
        ("installing", "-", "installing"),
        ("disk", "/dev/nvme0n1", "installing"),
        ("installed", "-", "installed"),
        ("booted", &format!("{{\"digest\": \"{DIGEST}\"}}"), "booted"),
    ] {
        assert_eq!(server.report("web1", word, (&token, said)).status, 200);
        assert_eq!(server.state("web1")["state"], state);
    }
    assert_eq!(server.state("web1")["digest"], DIGEST);
    assert!(server.ask(SCRIPT, &[]).text.contains("it boots its disk"));
    assert_eq!(server.ask(DOCUMENT, &[]).status, 403);
    let log = server.log("web1");
    let way = [
        "arm: armed",
        "fetch: fetched",
        "installing: installing",
        "installed: installed",
        "booted: booted",
    ];
    let mut rows = log.iter();
    assert!(
        way.iter().all(|wanted| rows.any(|row| row == wanted)),
        "{log:#?}"
    );
    let (_, text) = server.verb(&["status", "web1", "--log=100"]);
    assert!(!text.contains(&token), "{text}");
}

#[test]
fn terroirs_own_installer_has_its_document_and_reports() {
    let server = Server::start(&[]);
    let script = "ipxe/52-54-00-00-00-0a.ipxe";
    let document = "hosts/own1/host.json";
    assert_eq!(server.ask(document, &[]).status, 403);
    server.arm("own1");
    let token = server.token(script);
    let said = server.ask(script, &[]).text;
    let folder = "terroir/registry.example.org/os/server";
    assert!(
        said.contains(&format!("/{folder}/vmlinuz initrd=initrd")),
        "{said}"
    );
    assert!(
        said.contains("rd.systemd.unit=terroir-install.target"),
        "{said}"
    );
    assert!(said.contains("/hosts/own1/host.json"), "{said}");
    let answer = server.ask(document, &[]);
    let read: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
    let image = read["image"].as_str().unwrap();
    assert!(image.ends_with(&format!("@{DIGEST}")), "{image}");
    let address = read["report"].as_str().unwrap();
    assert!(address.ends_with("/report/own1"), "{address}");
    assert_eq!(server.state("own1")["state"], "fetched");
    own_reports(&server, &token);
}

/// Reports that say themselves what happened.
fn own_reports(server: &Server, token: &str) {
    let log = r#"{"format":1,"phase":"failed","error":"no disk fits","log":["looking for disks"]}"#;
    let booted = |went_back: bool| {
        format!(r#"{{"deployment":"a.0","digest":"{DIGEST}","fellBack":{went_back}}}"#)
    };
    for (said, state, message) in [
        (
            r#"{"format":1,"phase":"installing"}"#.to_owned(),
            "installing",
            "",
        ),
        (log.to_owned(), "failed", "no disk fits\nlooking for disks"),
        (
            r#"{"format":1,"phase":"installed"}"#.to_owned(),
            "installed",
            "",
        ),
        (booted(false), "booted", ""),
        (
            booted(true),
            "booted",
            "it went back to this image after an update",
        ),
    ] {
        assert_eq!(server.reports("own1", (token, &said)).status, 200, "{said}");
        let host = server.state("own1");
        let told = host["message"].as_str().unwrap_or_default();
        assert_eq!((host["state"].as_str(), told), (Some(state), message));
    }
    assert_eq!(server.state("own1")["digest"], DIGEST);
    assert_eq!(server.reports("own1", (token, "{}")).status, 400);
    assert_eq!(
        server.reports("own1", ("wrong", &booted(false))).status,
        403
    );
}

#[test]
fn secrets_need_an_encrypted_connection_and_a_token() {
    let server = Server::start(&[]);
    server.arm("web1");
    let token = server.token(SCRIPT);
    assert_eq!(server.ask(DOCUMENT, &[]).status, 200);
    let header = format!("X-Terroir-Token: {token}");
    let path = "secrets/web1/password-root";
    let answer = server.ask(path, &["--header", &header]);
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("encrypted"), "{}", answer.text);
    assert_eq!(server.state("web1")["secrets"], serde_json::Value::Null);
    // Another host's, and no token; then nobody from there may guess on.
    assert_eq!(
        server
            .ask("secrets/web2/password-root", &["--header", &header])
            .status,
        403
    );
    for _ in 0..9 {
        assert_eq!(server.ask(path, &[]).status, 403);
    }
    assert_eq!(server.ask(path, &["--header", &header]).status, 429);
    assert_eq!(
        server.report("web1", "installing", (&token, "-")).status,
        429
    );
    assert_eq!(
        server
            .ask(path, &["--header", &header, "--interface", "127.0.0.2"])
            .status,
        403
    );
}

#[test]
fn a_failure_is_kept_with_its_log_and_a_new_attempt_has_a_new_token() {
    let server = Server::start(&[]);
    server.arm("web1");
    let first = server.token(SCRIPT);
    assert_eq!(server.ask(DOCUMENT, &[]).status, 200);
    let (done, said) = server.verb(&["arm", "web1"]);
    assert!(!done && said.contains("it is fetched already"), "{said}");
    assert_eq!(
        server
            .report("web1", "failed", (&first, "no disk matches\nat all"))
            .status,
        200
    );
    let state = server.state("web1");
    assert_eq!(
        (&state["state"], &state["message"]),
        (&"failed".into(), &"no disk matches\nat all".into())
    );
    server.arm("web1");
    let second = server.token(SCRIPT);
    assert_ne!(first, second);
    assert_eq!(
        server.report("web1", "installed", (&first, "-")).status,
        403
    );
    assert_eq!(server.state("web1")["attempt"], 2);
    let (done, _) = server.verb(&["disarm", "web1"]);
    assert!(done && server.ask(SCRIPT, &[]).text.contains("it boots its disk"));
    let (done, _) = server.verb(&["retire", "web1"]);
    assert!(done && server.state("web1")["state"] == "retired");
    let (done, said) = server.verb(&["arm", "web3"]);
    assert!(!done && said.contains("did you mean web"), "{said}");
}

#[test]
fn a_changed_inventory_counts_and_a_broken_one_does_not() {
    let server = Server::start(&[]);
    let third = "      web3: { mac: 52:54:00:00:00:03, address: 192.0.2.13 }\n";
    fs::write(server.place("lab.yml"), format!("{INVENTORY}{third}")).unwrap();
    wait_for("a third host", || server.verb(&["arm", "web3"]).0);
    let script = "ipxe/52-54-00-00-00-03.ipxe";
    assert!(server.ask(script, &[]).text.contains("terroir.token="));
    fs::write(server.place("lab.yml"), "apiVersion: terroir/v1\nsite: [\n").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(2500));
    assert!(server.ask(script, &[]).text.contains("terroir.token="));
}

#[test]
fn only_so_many_hosts_install_at_once() {
    let server = Server::start(&["--installs=1"]);
    server.arm("web1");
    server.arm("web2");
    assert_eq!(server.ask(DOCUMENT, &[]).status, 200);
    let second = "ipxe/52-54-00-00-00-02.ipxe";
    assert!(server.ask(second, &[]).text.contains("it boots its disk"));
    let token = server.token(SCRIPT);
    assert_eq!(
        server.report("web1", "installed", (&token, "-")).status,
        200
    );
    assert!(server.ask(second, &[]).text.contains("terroir.token="));
}

#[test]
fn states_survive_a_killed_server() {
    let mut server = Server::start(&[]);
    server.arm("web1");
    let token = server.token(SCRIPT);
    let mut taken = 0;
    for round in 0..20 {
        let said = format!("round {round}");
        if server.report("web1", "disk", (&token, &said)).status == 200 {
            taken += 1;
        }
        server.crash();
        assert_eq!(server.token(SCRIPT), token);
        assert_eq!(server.state("web1")["message"], format!("disk: {said}"));
    }
    let log = server.log("web1");
    assert_eq!(
        log.iter().filter(|row| row.starts_with("disk:")).count(),
        taken
    );
}

#[test]
fn loaders_without_http_get_the_same_answers() {
    let server = Server::start(&[]);
    let scripts = [
        "pxelinux.cfg/01-52-54-00-00-00-01",
        "grub/grub.cfg-01-52:54:00:00:00:01",
    ];
    let installs = |path: &str| {
        let (code, text) = server.ask_by_tftp(path, &[]);
        assert_eq!(code, 0, "{path}");
        let is_local = text.contains("LOCALBOOT") || text.contains("it boots its disk");
        assert_ne!(is_local, text.contains("terroir.token="), "{text}");
        !is_local
    };
    assert!(!scripts.iter().any(|path| installs(path)));
    assert!(!installs("pxelinux.cfg/01-52-54-00-00-00-ee"));
    server.arm("web1");
    assert!(scripts.iter().all(|path| installs(path)));
    fs::write(server.place("files/tftp/large"), vec![b'x'; 3_000_000]).unwrap();
    for options in [&[][..], &["--tftp-blksize", "1468"], &["--tftp-no-options"]] {
        let (code, text) = server.ask_by_tftp("large", options);
        assert_eq!((code, text.len()), (0, 3_000_000), "{options:?}");
    }
    // curl: 68 is a file that is not there, 69 one that may not be had.
    assert_eq!(server.ask_by_tftp("none", &[]).0, 68);
    assert_eq!(server.ask_by_tftp("secrets/web1/password-root", &[]).0, 69);
    assert_eq!(server.ask_by_tftp("hosts/web1/kickstart.ks", &[]).0, 69);
}
