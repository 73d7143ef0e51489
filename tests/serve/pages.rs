//! The pages of the administration, as browsers get them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::server::Server;

const SCRIPT: &str = "ipxe/52-54-00-00-00-01.ipxe";
const HOSTILE: &str = "\u{202e}\u{1b}[2J</pre><script>alert(1)</script>\" onload='x'";

#[test]
fn a_browser_signs_in_and_arms_by_forms() {
    let server = Server::start(&[]);
    let admin = server.admin();
    let browser = admin.sign_in();
    let cookie = browser.cookie();
    assert!(!cookie.contains(&admin.token), "{cookie}");
    let said = &browser.said;
    assert!(said.contains("; HttpOnly; SameSite=Strict"), "{said}");
    let page = browser.get("");
    for text in ["web1", "never installed", "<caption>", "web2"] {
        assert!(page.contains(text), "no {text} in {page}");
    }
    let csrf = browser.csrf("hosts/web1");
    let form = [("csrf", csrf.as_str())];
    assert_eq!(browser.post("hosts/web1/arm", &form).status, 303);
    assert_eq!(server.state("web1")["state"], "armed");
    let refused = browser.post("hosts/web1/retire", &form);
    assert_eq!(refused.status, 409);
    let why = "Not done: it is armed: disarm it first";
    assert!(refused.text.contains(why), "{}", refused.text);
    // Reading is for sessions too, orders of the interface are not.
    assert_eq!(browser.ask("api/hosts", &[]).status, 200);
    assert_eq!(browser.post("api/hosts/web1/disarm", &form).status, 401);
    let left = browser.post_with("logout", &form, &["--include"]);
    assert!(
        left.text.contains("set-cookie: terroir-admin=; "),
        "{}",
        left.text
    );
}

#[test]
fn forms_of_other_sessions_and_other_sites_do_nothing() {
    let server = Server::start(&[]);
    let admin = server.admin();
    server.arm("web1");
    let other = admin.sign_in().csrf("hosts/web1");
    let browser = admin.sign_in();
    let own = browser.csrf("hosts/web1");
    assert_ne!(own, other);
    let none = "Accept: text/html";
    for (csrf, header) in [
        ("", none),
        ("x", none),
        (&other, none),
        (&own, "Origin: http://evil.example"),
        (&own, "Origin: null"),
        (&own, "Sec-Fetch-Site: cross-site"),
        (&own, "Sec-Fetch-Site: same-site"),
    ] {
        let options = ["--header", header];
        let answer = browser.post_with("hosts/web1/disarm", &[("csrf", csrf)], &options);
        assert_eq!(answer.status, 403, "{csrf} {header}");
    }
    assert_eq!(browser.post("hosts/web1/disarm", &[]).status, 403);
    let form = format!("token={}", admin.token);
    let foreign = ["--data", &form, "--header", "Origin: http://evil.example"];
    assert_eq!(admin.ask("login", &foreign).status, 403);
    assert_eq!(server.state("web1")["state"], "armed");
    let from = format!("Origin: http://{}", admin.address);
    let options = ["--header", &from, "--header", "Sec-Fetch-Site: same-origin"];
    let answer = browser.post_with("hosts/web1/disarm", &[("csrf", &own)], &options);
    assert_eq!(answer.status, 303);
    assert_eq!(server.state("web1")["state"], "known");
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
}

#[test]
fn files_of_a_host_are_shown_without_secrets() {
    let server = Server::start(&[]);
    let browser = server.admin().sign_in();
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
