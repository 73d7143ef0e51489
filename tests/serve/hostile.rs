//! Requests that nobody honest sends.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::time::Duration;

use crate::server::Server;

#[test]
fn paths_lead_nowhere_else() {
    let server = Server::start(&[]);
    fs::write(server.place("outside"), "outside").unwrap();
    symlink(server.place("outside"), server.place("files/http/link")).unwrap();
    symlink("F43/vmlinuz", server.place("files/http/kernel")).unwrap();
    let rows = [
        ("../outside", 400),
        ("..%2foutside", 400),
        ("%2e%2e/outside", 400),
        ("F43/../../outside", 400),
        ("F43//vmlinuz", 400),
        ("%00", 400),
        ("%zz", 400),
        ("%ff", 400),
        ("", 400),
        ("F43", 404),
        ("F43/none", 404),
        ("link", 404),
        ("kernel", 200),
        ("lab.yml", 404),
        ("secret", 404),
        ("secrets/web1/../web2", 400),
        ("report/web1/booted", 405),
    ];
    for (path, status) in rows {
        assert_eq!(server.ask(path, &[]).status, status, "{path}");
    }
    for method in ["PUT", "DELETE", "TRACE"] {
        assert_eq!(server.ask("boot.ipxe", &["--request", method]).status, 405);
    }
    assert_eq!(server.ask("boot.ipxe", &["--data", "x"]).status, 405);
}

#[test]
fn large_and_slow_requests_hinder_nobody() {
    let server = Server::start(&[]);
    server.arm("web1");
    let token = server.token("ipxe/52-54-00-00-00-01.ipxe");
    let large = server.place("large");
    fs::write(&large, vec![b'x'; (1 << 20) + 1]).unwrap();
    let answer = server.report("web1", "failed", (&token, &format!("@{}", large.display())));
    assert_eq!(answer.status, 413);
    assert_eq!(server.state("web1")["state"], "armed");
    let long = "a".repeat(20_000);
    assert!(server.ask(&format!("ipxe/{long}.ipxe"), &[]).status >= 400);
    let idle: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = TcpStream::connect(&server.address).unwrap();
            stream
                .write_all(b"POST /report/web1/failed HTTP/1.1\r\nHost: x\r\n")
                .unwrap();
            stream
        })
        .collect();
    assert_eq!(server.ask("boot.ipxe", &[]).status, 200);
    drop(idle);
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream
        .write_all(b"\x16\x03\x01\x00\xff garbage\r\n\r\n")
        .unwrap();
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    assert_eq!(server.ask("boot.ipxe", &[]).status, 200);
}

#[test]
fn what_machines_say_does_nothing_to_a_terminal() {
    let server = Server::start(&[]);
    server.arm("web1");
    let token = server.token("ipxe/52-54-00-00-00-01.ipxe");
    let said = "\u{1b}[2J<script>alert(1)</script>";
    assert_eq!(server.report("web1", "failed", (&token, said)).status, 200);
    let (_, text) = server.verb(&["status", "--log=10"]);
    assert!(
        !text.contains('\u{1b}') && text.contains("<script>"),
        "{text}"
    );
}
