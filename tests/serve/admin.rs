//! Administration: who may, what is shown, and what hostile input does.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use serde_json::Value;

use crate::judge::{is_there, run};
use crate::server::{Admin, DIGEST, INVENTORY, Server, wait_for};

const SCRIPT: &str = "ipxe/52-54-00-00-00-01.ipxe";
const DOCUMENT: &str = "hosts/web1/kickstart.ks";
const HOSTILE: &str = "\u{202e}\u{1b}[2J</pre><script>alert(1)</script>\" onload='x'";

#[test]
fn nobody_gets_anything_without_the_token() {
    let server = Server::start(&[]);
    let file = server.place("admin-token");
    let mode = file.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let admin = server.admin();
    for path in [
        "",
        "hosts/web1",
        "hosts/web1/files",
        "unknown",
        "log",
        "none",
    ] {
        let answer = admin.ask(path, &[]);
        assert_eq!((answer.status, answer.text.as_str()), (303, ""), "{path}");
    }
    for path in [
        "api/hosts",
        "api/hosts/web1",
        "api/log",
        "metrics",
        "events",
        "api/none",
    ] {
        assert_eq!(admin.ask(path, &[]).status, 401, "{path}");
    }
    for path in ["hosts/web1/arm", "logout"] {
        assert_eq!(admin.ask(path, &["--data", ""]).status, 403, "{path}");
    }
    assert_eq!(admin.ask("api/hosts/web1/arm", &["--data", ""]).status, 401);
    for cookie in ["", "x", "9999999999.0.0", "9999999999.", "..."] {
        let cookie = format!("terroir-admin={cookie}");
        assert_eq!(
            admin.ask("", &["--cookie", &cookie]).status,
            303,
            "{cookie}"
        );
    }
    assert_eq!(server.state("web1")["state"], "known");
    assert!(server.log("web1").is_empty());
    // The listener of machines has none of it, and the other none of theirs.
    assert_eq!(
        server
            .ask("api/hosts", &["--header", &admin.bearer()])
            .status,
        404
    );
    assert_eq!(
        admin.ask(SCRIPT, &["--header", &admin.bearer()]).status,
        303
    );
}

#[test]
fn tokens_are_not_guessed() {
    let server = Server::start(&[]);
    let admin = server.admin();
    let wrong = [
        "--header",
        "Authorization: Bearer 00000000000000000000000000000000",
    ];
    for _ in 0..5 {
        assert_eq!(admin.ask("api/hosts", &wrong).status, 401);
        assert_eq!(admin.ask("login", &["--data", "token=x"]).status, 403);
    }
    assert_eq!(
        admin
            .ask("api/hosts", &["--header", &admin.bearer()])
            .status,
        429
    );
    let form = format!("token={}", admin.token);
    assert_eq!(admin.ask("login", &["--data", &form]).status, 429);
    // Another address may.
    let from = ["--interface", "127.0.0.2", "--header", &admin.bearer()];
    assert_eq!(admin.ask("api/hosts", &from).status, 200);
    let metrics = admin.ask("metrics", &from).text;
    let log = admin.ask("api/log", &from).text;
    assert!(
        log.contains("\"admin 127.0.0.1\"") && log.contains("refused: wrong token"),
        "{log}"
    );
    assert!(
        metrics.contains("terroir_wrong_tokens_total{of=\"admin\"} 10\n"),
        "{metrics}"
    );
}

#[test]
fn a_file_of_a_token_is_one_that_nobody_else_reads() {
    let server = Server::start(&[]);
    let file = server.place("own");
    let refused = |text: &str, mode: u32| {
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let option = format!("--admin-token={}", file.display());
        server.refused(&["--admin=127.0.0.1:0", &option])
    };
    assert!(refused("0123456789abcdef\n", 0o644).contains("chmod 600"));
    for wrong in ["", "short\n", "two words of a token\n"] {
        let said = refused(wrong, 0o600);
        assert!(said.contains("one word of 16 to 256"), "{wrong}: {said}");
    }
}

#[test]
fn programs_give_orders_and_read() {
    let server = Server::start(&[]);
    let admin = server.admin();
    let armed = admin.order("web1", "arm");
    assert_eq!(
        (armed.status, &armed.json()["state"]),
        (200, &"armed".into())
    );
    let token = server.token(SCRIPT);
    assert_eq!(server.ask(DOCUMENT, &[]).status, 200);
    assert_eq!(admin.order("web1", "arm").status, 409);
    assert_eq!(admin.order("web1", "arm?again=true").status, 200);
    assert_eq!(admin.order("web1", "arm?agian=true").status, 400);
    assert_eq!(admin.order("web1", "disarm").json()["state"], "known");
    assert_eq!(admin.order("web1", "retire").json()["state"], "retired");
    let old = token;
    assert_eq!(admin.order("web1", "arm").status, 200);
    let token = server.token(SCRIPT);
    assert_ne!(old, token);
    let said = format!(
        r#"{{"deployment":"a.0","digest":"{DIGEST}","kernel":"6.12.0","failedUnits":["x.service"],"auditScore":97.5}}"#
    );
    assert_eq!(server.reports("web1", (&token, &said)).status, 200);
    let host = admin.get("api/hosts/web1");
    assert_eq!(host["state"], "booted");
    assert_eq!(host["why"], Value::Null);
    assert_eq!(
        (&host["wanted"], &host["booted"]),
        (&DIGEST.into(), &DIGEST.into())
    );
    assert_eq!(host["report"]["audit-score"], 97.5);
    assert_eq!(host["report"]["failed-units"][0], "x.service");
    let by: Vec<&str> = host["log"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["what"] == "arm")
        .map(|row| row["address"].as_str().unwrap())
        .collect();
    assert_eq!(by, ["admin 127.0.0.1"; 4]);
    let hosts = admin.get("api/hosts");
    let hosts: Vec<(&str, &str)> = hosts["hosts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["host"].as_str().unwrap(),
                row["why"].as_str().unwrap_or("-"),
            )
        })
        .collect();
    assert_eq!(
        hosts,
        [
            ("own1", "never-installed"),
            ("web1", "-"),
            ("web2", "never-installed")
        ]
    );
    // The log goes on where it was read to.
    let first = admin.get("api/log?limit=2");
    let more = admin.get(&format!("api/log?after={}", first["last"]));
    let number = |log: &Value, at: usize| log["log"][at]["number"].as_i64().unwrap();
    assert_eq!(
        (number(&first, 0), number(&first, 1), number(&more, 0)),
        (1, 2, 3)
    );
    for (path, status) in [
        ("api/hosts/none", 404),
        ("api/none", 404),
        ("api/log?after=x", 400),
        ("api/log?befor=1", 400),
        ("api/hosts?x", 400),
        ("api/hosts/web1/arm", 405),
        ("api/hosts/..%2fweb1", 404),
    ] {
        assert_eq!(
            admin.ask(path, &["--header", &admin.bearer()]).status,
            status,
            "{path}"
        );
    }
    assert_eq!(admin.order("none", "arm").status, 404);
    assert_eq!(admin.order("web1", "burn").status, 404);
    for text in [
        admin.get("api/hosts").to_string(),
        host.to_string(),
        more.to_string(),
    ] {
        assert!(!text.contains(&token) && !text.contains(&old), "{text}");
    }
}

#[test]
fn a_browser_signs_in_and_arms_by_forms() {
    let server = Server::start(&[]);
    let admin = server.admin();
    let browser = admin.sign_in();
    let cookie = browser.cookie();
    assert!(!cookie.contains(&admin.token), "{cookie}");
    assert!(
        browser.said.contains("; HttpOnly; SameSite=Strict"),
        "{}",
        browser.said
    );
    let page = browser.get("");
    for text in ["web1", "never installed", "<caption>", "web2"] {
        assert!(page.contains(text), "no {text} in {page}");
    }
    let csrf = browser.csrf("hosts/web1");
    assert_eq!(
        browser.post("hosts/web1/arm", &[("csrf", &csrf)]).status,
        303
    );
    assert_eq!(server.state("web1")["state"], "armed");
    let refused = browser.post("hosts/web1/retire", &[("csrf", &csrf)]);
    assert_eq!(refused.status, 409);
    assert!(
        refused
            .text
            .contains("Not done: it is armed: disarm it first"),
        "{}",
        refused.text
    );
    // Reading is for sessions too, orders of the interface are not.
    assert_eq!(browser.ask("api/hosts", &[]).status, 200);
    assert_eq!(
        browser
            .post("api/hosts/web1/disarm", &[("csrf", &csrf)])
            .status,
        401
    );
    let left = browser.post("logout", &[("csrf", &csrf)]);
    assert_eq!(left.status, 303);
    // Another session, and a page of somewhere else, have forms of their own.
    let other = admin.sign_in();
    assert_ne!(other.csrf("hosts/web1"), csrf);
    for (form, options) in [
        (vec![], vec![]),
        (vec![("csrf", "x")], vec![]),
        (vec![("csrf", csrf.as_str())], vec![]),
        (
            vec![("csrf", "OWN")],
            vec!["--header", "Origin: http://evil.example"],
        ),
        (vec![("csrf", "OWN")], vec!["--header", "Origin: null"]),
        (
            vec![("csrf", "OWN")],
            vec!["--header", "Sec-Fetch-Site: cross-site"],
        ),
        (
            vec![("csrf", "OWN")],
            vec!["--header", "Sec-Fetch-Site: same-site"],
        ),
    ] {
        let own = other.csrf("hosts/web1");
        let form: Vec<(&str, &str)> = form
            .iter()
            .map(|(name, value)| (*name, if *value == "OWN" { own.as_str() } else { value }))
            .collect();
        let answer = other.post_with("hosts/web1/disarm", &form, &options);
        assert_eq!(answer.status, 403, "{form:?} {options:?}");
    }
    assert_eq!(server.state("web1")["state"], "armed");
    let form = format!("token={}", admin.token);
    let foreign = admin.ask(
        "login",
        &["--data", &form, "--header", "Origin: http://evil.example"],
    );
    assert_eq!(foreign.status, 403);
    let own = format!("Origin: http://{}", admin.address);
    let csrf = other.csrf("hosts/web1");
    let answer = other.post_with("hosts/web1/disarm", &[("csrf", &csrf)], &["--header", &own]);
    assert_eq!(
        (answer.status, &server.state("web1")["state"]),
        (303, &"known".into())
    );
}

#[test]
fn what_machines_say_does_nothing_to_a_page() {
    let server = Server::start(&[]);
    server.arm("web1");
    let token = server.token(SCRIPT);
    let said = format!("{HOSTILE} terroir.token={token} password=hunter2 $6$salt$hash");
    assert_eq!(server.report("web1", "failed", (&token, &said)).status, 200);
    let kernel = serde_json::json!({ "deployment": HOSTILE, "kernel": HOSTILE,
        "failedUnits": [HOSTILE], "version": HOSTILE, "state": HOSTILE });
    server.arm("web2");
    let second = server.token("ipxe/52-54-00-00-00-02.ipxe");
    assert_eq!(
        server
            .reports("web2", (&second, &kernel.to_string()))
            .status,
        200
    );
    assert_eq!(server.ask("ipxe/serial-%3Cb%3E.ipxe", &[]).status, 404);
    assert_eq!(server.ask("ipxe/52-54-00-00-00-ee.ipxe", &[]).status, 200);
    let browser = server.admin().sign_in();
    for path in [
        "",
        "?q=%3Cscript%3E",
        "hosts/web1",
        "hosts/web2",
        "log",
        "unknown",
        "hosts/web1/files",
    ] {
        let page = browser.get(path);
        for wrong in [
            "<script>alert",
            "</pre><script",
            "\u{1b}",
            "\u{202e}",
            "onload='",
            "hunter2",
            "$6$salt",
            &token,
            &second,
            "\" onload",
        ] {
            assert!(!page.contains(wrong), "{path}: {wrong} in {page}");
        }
        assert_eq!(page.matches("<script").count(), 1, "{path}");
    }
    assert!(browser.get("hosts/web1").contains("&lt;script&gt;alert(1)"));
    assert!(browser.get("unknown").contains("52:54:00:00:00:ee"));
    let files = browser.get("hosts/web1/files").replace("&#x2f;", "/");
    for text in [
        "http/hosts/web1/kickstart.ks",
        "ostreecontainer",
        "tftp/pxelinux.cfg",
    ] {
        assert!(files.contains(text), "{files}");
    }
    assert!(!files.contains("web2.lab"), "{files}");
    for path in [
        "hosts/none",
        "hosts/none/files",
        "log?before=x",
        "?x=1",
        "style.css/x",
    ] {
        assert_eq!(browser.ask(path, &[]).status, 404, "{path}");
    }
}

#[test]
fn pages_load_nothing_from_elsewhere() {
    let server = Server::start(&[]);
    let browser = server.admin().sign_in();
    let headers = browser.ask("", &["--include"]).text;
    let policy = "content-security-policy: default-src 'none'; style-src 'self'; script-src 'self'; \
        connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    for line in [
        policy,
        "x-frame-options: DENY",
        "x-content-type-options: nosniff",
        "cache-control: no-store",
    ] {
        assert!(headers.contains(line), "{headers}");
    }
    for path in [
        "",
        "hosts/web1",
        "hosts/web1/files",
        "log",
        "unknown",
        "login",
    ] {
        let page = browser.get(path);
        for wrong in [
            " style=",
            "<style",
            " onclick",
            "src=\"http",
            "@import",
            "javascript:",
        ] {
            assert!(!page.contains(wrong), "{path}: {wrong}");
        }
    }
    assert!(browser.get("style.css").contains("prefers-color-scheme"));
    assert_eq!(server.admin().ask("live.js", &[]).status, 200);
}

#[test]
fn pages_are_told_of_news() {
    let server = Server::start(&[]);
    let browser = server.admin().sign_in();
    let mut stream = TcpStream::connect(&browser.address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    write!(
        stream,
        "GET /events HTTP/1.1\r\nHost: x\r\nCookie: {}\r\n\r\n",
        browser.cookie()
    )
    .unwrap();
    let mut lines = BufReader::new(stream).lines();
    let mut next = |wanted: &str| {
        let mut some = lines.by_ref().take(20).map(Result::unwrap);
        // Lines of beats begin with a colon.
        let mut some = some.by_ref().take_while(|line| !line.starts_with(": "));
        some.find(|line| line.starts_with(wanted)).unwrap()
    };
    assert!(next("HTTP").contains("200"));
    next("retry:");
    // The first line is of the sign-in. Orders of another process are news, too.
    assert_eq!(next("data:"), "data: 1");
    server.arm("web1");
    assert_eq!(next("data:"), "data: 2");
    server.ask(SCRIPT, &[]);
    assert_eq!(next("data:"), "data: 3");
}

#[test]
fn large_and_slow_forms_hinder_nobody() {
    let server = Server::start(&[]);
    let admin = server.admin();
    let large = server.place("large");
    fs::write(&large, vec![b'x'; 20_000]).unwrap();
    let form = format!("@{}", large.display());
    assert_eq!(admin.ask("login", &["--data-binary", &form]).status, 413);
    let idle: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = TcpStream::connect(&admin.address).unwrap();
            stream
                .write_all(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
                .unwrap();
            stream
        })
        .collect();
    assert_eq!(admin.ask("login", &[]).status, 200);
    drop(idle);
    let mut stream = TcpStream::connect(&admin.address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream
        .write_all(b"\x16\x03\x01\x00\xff garbage\r\n\r\n")
        .unwrap();
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    for (path, status) in [
        ("%00", 303),
        ("%zz", 400),
        ("%ff", 400),
        ("../etc/passwd", 303),
    ] {
        assert_eq!(admin.ask(path, &[]).status, status, "{path}");
    }
    assert_eq!(admin.ask("", &["--request", "DELETE"]).status, 405);
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
    fn order(&self, host: &str, word: &str) -> crate::server::Answer {
        let path = format!("api/hosts/{host}/{word}");
        self.ask(&path, &["--header", &self.bearer(), "--request", "POST"])
    }

    fn get(&self, path: &str) -> Value {
        let answer = self.ask(path, &["--header", &self.bearer()]);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    }
}
