//! The interface of the administration for programs, and its metrics.

use std::fs;

use serde_json::Value;

use crate::judge::{is_there, run};
use crate::server::{Admin, Answer, DIGEST, INVENTORY, Server, wait_for};

const SCRIPT: &str = "ipxe/52-54-00-00-00-01.ipxe";
const DOCUMENT: &str = "hosts/web1/kickstart.ks";

#[test]
fn programs_give_orders() {
    let server = Server::start(&[]);
    let admin = server.admin();
    let rows = [
        ("arm", 200, "armed"),
        ("retire", 409, "armed"),
        ("arm", 200, "armed"),
        ("arm?agian=true", 400, "armed"),
        ("disarm?again=true", 400, "armed"),
        ("burn", 404, "armed"),
        ("disarm", 200, "known"),
        ("disarm", 409, "known"),
        ("retire", 200, "retired"),
        ("arm", 200, "armed"),
    ];
    for (word, status, state) in rows {
        let answer = admin.order("web1", word);
        assert_eq!(answer.status, status, "{word}: {}", answer.text);
        if status == 200 {
            assert_eq!(answer.json()["state"], state, "{word}");
        }
        assert_eq!(server.state("web1")["state"], state, "{word}");
    }
    let old = server.token(SCRIPT);
    assert_eq!(server.ask(DOCUMENT, &[]).status, 200);
    assert_eq!(admin.order("web1", "arm").status, 409);
    assert_eq!(admin.order("web1", "arm?again=true").status, 200);
    assert_ne!(server.token(SCRIPT), old);
    assert_eq!(admin.order("none", "arm").status, 404);
    let host = admin.get("api/hosts/web1");
    let log = host["log"].as_array().unwrap().iter();
    let by = log.filter(|row| row["what"] == "arm");
    let by: Vec<&str> = by.map(|row| row["address"].as_str().unwrap()).collect();
    assert_eq!(by, ["admin 127.0.0.1"; 5]);
    assert!(!host.to_string().contains(&old), "{host}");
}

#[test]
fn programs_read_hosts_and_the_log() {
    let server = Server::start(&[]);
    let admin = server.admin();
    assert_eq!(admin.order("web1", "arm").status, 200);
    let token = server.token(SCRIPT);
    let said = format!(
        r#"{{"deployment":"a.0","digest":"{DIGEST}","kernel":"6.12.0","failedUnits":["x.service"],"auditScore":97.5,"commandLine":"terroir.token={token}"}}"#
    );
    assert_eq!(server.reports("web1", (&token, &said)).status, 200);
    let host = admin.get("api/hosts/web1");
    assert_eq!(
        (&host["state"], &host["why"]),
        (&"booted".into(), &Value::Null)
    );
    assert_eq!(
        (&host["wanted"], &host["booted"]),
        (&DIGEST.into(), &DIGEST.into())
    );
    assert_eq!(host["report"]["audit-score"], 97.5);
    assert_eq!(host["report"]["failed-units"][0], "x.service");
    let all = admin.get("api/hosts");
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or("-").to_owned();
    let hosts = all["hosts"].as_array().unwrap().iter();
    let hosts: Vec<String> = hosts
        .map(|row| format!("{} {}", text(row, "host"), text(row, "why")))
        .collect();
    let expected = ["own1 never-installed", "web1 -", "web2 never-installed"];
    assert_eq!(hosts, expected);
    // The log goes on where it was read to.
    let first = admin.get("api/log?limit=2");
    let more = admin.get(&format!("api/log?after={}", first["last"]));
    let numbers = [(&first, 0), (&first, 1), (&more, 0)];
    let numbers = numbers.map(|(log, at)| log["log"][at]["number"].as_i64().unwrap());
    assert_eq!(numbers, [1, 2, 3]);
    assert!(
        more.to_string().contains("terroir.token=********"),
        "{more}"
    );
    for text in [all.to_string(), host.to_string(), more.to_string()] {
        assert!(!text.contains(&token), "{text}");
    }
}

#[test]
fn what_is_not_there_is_said_so() {
    let server = Server::start(&[]);
    let admin = server.admin();
    for (path, status) in [
        ("api/hosts/none", 404),
        ("api/none", 404),
        ("api/log?after=x", 400),
        ("api/log?after=-1", 400),
        ("api/log?befor=1", 400),
        ("api/hosts?x", 400),
        ("api/hosts/web1/arm", 405),
        ("api/hosts/..%2fweb1", 404),
    ] {
        let answer = admin.ask(path, &["--header", &admin.bearer()]);
        assert_eq!(answer.status, status, "{path}");
        assert!(
            answer.json()["error"].is_string(),
            "{path}: {}",
            answer.text
        );
    }
}

#[test]
fn a_host_that_left_the_inventory_is_not_armed() {
    let server = Server::start(&[]);
    let admin = server.admin();
    let without = INVENTORY.replace(
        "      web2: { mac: 52:54:00:00:00:02, address: 192.0.2.12 }\n",
        "",
    );
    fs::write(server.place("lab.yml"), without).unwrap();
    wait_for("a host less", || {
        admin.get("api/hosts/web2")["why"] == "not-in-inventory"
    });
    let answer = admin.order("web2", "arm");
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert_eq!(admin.order("web2", "retire").json()["why"], "retired");
}

#[test]
fn metrics_are_what_prometheus_reads() {
    let server = Server::start(&[]);
    let admin = server.admin();
    server.arm("web1");
    let token = server.token(SCRIPT);
    let said =
        format!(r#"{{"deployment":"a.0","digest":"{DIGEST}","auditScore":97.5,"failedUnits":[]}}"#);
    assert_eq!(server.reports("web1", (&token, &said)).status, 200);
    assert_eq!(server.reports("web1", ("wrong", &said)).status, 403);
    assert_eq!(server.ask(DOCUMENT, &[]).status, 403);
    assert_eq!(server.ask_by_tftp("F43/vmlinuz", &[]).0, 0);
    assert_eq!(server.ask("F43/vmlinuz", &[]).status, 200);
    assert_eq!(server.ask("ipxe/52-54-00-00-00-ee.ipxe", &[]).status, 200);
    let text = admin.ask("metrics", &["--header", &admin.bearer()]).text;
    for line in [
        "terroir_hosts{state=\"booted\"} 1",
        "terroir_hosts{state=\"known\"} 2",
        "terroir_hosts_not_as_wanted{reason=\"never installed\"} 2",
        "terroir_unknown_machines 1",
        "terroir_requests_total{protocol=\"http\",answer=\"file\"} 1",
        "terroir_requests_total{protocol=\"http\",answer=\"report\"} 1",
        "terroir_requests_total{protocol=\"tftp\",answer=\"file\"} 1",
        "terroir_refusals_total{protocol=\"http\",status=\"403\"} 2",
        "terroir_wrong_tokens_total{of=\"host\"} 1",
        "terroir_wrong_tokens_total{of=\"admin\"} 0",
        "terroir_host_as_wanted{host=\"web1\"} 1",
        "terroir_host_audit_score_percent{host=\"web1\"} 97.5",
        "terroir_host_failed_units{host=\"web1\"} 0",
    ] {
        assert!(text.lines().any(|one| one == line), "no {line} in {text}");
    }
    assert!(!text.contains(&token));
    let age = text
        .lines()
        .find_map(|line| line.strip_prefix("terroir_host_last_report_age_seconds{host=\"web1\"} "));
    assert!(age.unwrap().parse::<u32>().unwrap() < 60);
    if is_there("promtool") {
        let said = run("promtool", &["check", "metrics"], text.as_bytes());
        assert_eq!(String::from_utf8_lossy(&said), "");
    }
}

impl Admin {
    fn order(&self, host: &str, word: &str) -> Answer {
        let path = format!("api/hosts/{host}/{word}");
        self.ask(&path, &["--header", &self.bearer(), "--request", "POST"])
    }

    fn get(&self, path: &str) -> Value {
        let answer = self.ask(path, &["--header", &self.bearer()]);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    }
}
