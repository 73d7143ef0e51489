//! Administration: who may, and what hostile requests do.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use crate::server::Server;

const SCRIPT: &str = "ipxe/52-54-00-00-00-01.ipxe";

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
