//! HTTPS: curl and openssl ask, with certificates that openssl makes; and clients that say nothing.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::judge::run;
use crate::server::{INVENTORY, Server, command, wait_for};

/// Makes an authority, and a certificate of it for 127.0.0.1 with its key, in a folder.
fn certificates(folder: &Path) {
    let path = |name: &str| folder.join(name).display().to_string();
    let key = [
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
    ];
    let authority = [
        "req",
        "-x509",
        "-subj",
        "/CN=lab",
        "-days",
        "2",
        "-keyout",
        &path("ca.key"),
        "-out",
        &path("ca.pem"),
    ];
    run("openssl", &[&authority, &key[..]].concat(), b"");
    certificate(folder, "server");
}

/// Makes one more certificate with a key.
fn certificate(folder: &Path, name: &str) {
    let path = |name: String| folder.join(name).display().to_string();
    let (own, key) = (path(format!("{name}.pem")), path(format!("{name}.key")));
    let (ca, ca_key) = (path("ca.pem".to_owned()), path("ca.key".to_owned()));
    let words = [
        "req",
        "-x509",
        "-subj",
        &format!("/CN={name}"),
        "-days",
        "2",
        "-CA",
        &ca,
        "-CAkey",
        &ca_key,
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-addext",
        "basicConstraints=CA:FALSE",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        &key,
        "-out",
        &own,
    ];
    run("openssl", &words, b"");
}

/// A server with HTTPS, and its address there.
fn start() -> (Server, String) {
    let server = Server::prepared(INVENTORY, |folder| {
        certificates(folder);
        let path = |name: &str| folder.join(name).display().to_string();
        let (certificate, key) = (path("server.pem"), path("server.key"));
        [
            "--tls",
            "127.0.0.1:0",
            "--certificate",
            &certificate,
            "--key",
            &key,
        ]
        .map(str::to_owned)
        .to_vec()
    });
    wait_for("its line", || server.said().contains("https://"));
    let said = server.said();
    let (_, address) = said.split_once("https://").unwrap();
    let address = address.lines().next().unwrap().to_owned();
    (server, address)
}

/// Asks by HTTPS with curl; the status of HTTP, 0 for none, and what curl says.
fn ask(server: &Server, url: &str, options: &[&str]) -> (u16, String) {
    let ca = server.place("ca.pem").display().to_string();
    let words = [
        "--silent",
        "--show-error",
        "--max-time",
        "20",
        "--cacert",
        &ca,
        "--write-out",
        "\n%{http_code}",
    ];
    let output = command("curl")
        .args(words)
        .args(options)
        .arg(url)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let (text, status) = said.rsplit_once('\n').unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    (status.parse().unwrap(), format!("{text}{errors}"))
}

#[test]
fn recovery_keys_go_over_tls_and_stay_out_of_the_log() {
    const KEY: &str = "kluchtbv-fnicjhdg";
    let (server, address) = start();
    server.arm("web1");
    let token = server.token("ipxe/52-54-00-00-00-01.ipxe");
    let said = format!("/dev/vda3 {KEY}");
    let sent = |host: &str, (token, said): (&str, &str)| {
        let header = format!("X-Terroir-Token: {token}");
        let url = format!("https://{address}/report/{host}/recovery-key");
        let options = ["--header", &header, "--data-binary", said];
        ask(&server, &url, &options).0
    };
    let plain = server.report("web1", "recovery-key", (&token, &said));
    assert_eq!(plain.status, 403, "{}", plain.text);
    assert_eq!(sent("web1", ("wrong", &said)), 403);
    assert_eq!(sent("web1", (&token, "no key in this")), 400);
    let (done, none) = server.verb(&["recovery-key", "web1"]);
    assert!(!done && none.contains("web1 has reported no"), "{none}");
    assert_eq!(sent("web1", (&token, &format!("{said}\n"))), 200);
    let (done, shown) = server.verb(&["recovery-key", "web1"]);
    assert!(
        done && shown.ends_with(&format!("  /dev/vda3  {KEY}\n")),
        "{shown}"
    );
    let (_, shown) = server.verb(&["recovery-key", "web1", "--format=json"]);
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["recovery-keys"][0]["key"], KEY);
    assert!(!server.verb(&["recovery-key", "wbe1"]).0);
    // Who reads the log, a state or a page cannot open the disk.
    let (_, log) = server.verb(&["status", "web1", "--log=100", "--format=json"]);
    let admin = server.admin();
    let page = admin.sign_in().get("hosts/web1");
    for text in [
        &log,
        &page,
        &admin.ask("api/log", &["--header", &admin.bearer()]).text,
    ] {
        assert!(
            !text.contains(KEY) && text.contains("recovery-key"),
            "{text}"
        );
    }
    let lines = server.log("web1");
    let read = lines.iter().filter(|line| *line == "recovery-key: 1 shown");
    assert_eq!(read.count(), 2, "{lines:?}");
}

#[test]
fn secrets_go_over_tls_alone() {
    let (server, address) = start();
    server.arm("web1");
    let token = server.token("ipxe/52-54-00-00-00-01.ipxe");
    let header = format!("X-Terroir-Token: {token}");
    let with = ["--header", header.as_str()];
    let (status, text) = ask(
        &server,
        &format!("https://{address}/hosts/web1/kickstart.ks"),
        &[],
    );
    assert_eq!(status, 200, "{text}");
    let secret = "secrets/web1/password-root";
    assert_eq!(server.ask(secret, &with).status, 403);
    // The port of TLS does not speak without.
    let (status, text) = ask(&server, &format!("http://{address}/{secret}"), &with);
    assert!(status == 0 && !text.contains("$6$"), "{status} {text}");
    let (status, _) = ask(&server, &format!("https://{address}/{secret}"), &[]);
    assert_eq!(status, 403);
    let (status, text) = ask(&server, &format!("https://{address}/{secret}"), &with);
    assert_eq!((status, text.as_str()), (200, "$6$hash\n"));
    // Once in an attempt, however it is asked.
    assert_eq!(
        ask(&server, &format!("https://{address}/{secret}"), &with).0,
        403
    );
    // Without the authority nobody believes it.
    let ca = ["--cacert", "/etc/ssl/certs/ca-certificates.crt"];
    let (status, text) = ask(&server, &format!("https://{address}/boot.ipxe"), &ca);
    assert!(status == 0 && text.contains("certificate"), "{text}");
    // Old versions are not spoken, the present ones are.
    for (version, is_spoken) in [("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)] {
        let ca = server.place("ca.pem").display().to_string();
        let words = [
            "s_client",
            "-brief",
            version,
            "-verify_return_error",
            "-CAfile",
            &ca,
            "-connect",
            &address,
        ];
        let output = command("openssl").args(words).output().unwrap();
        assert_eq!(output.status.success(), is_spoken, "{version}: {output:?}");
    }
}

#[test]
fn a_new_certificate_counts_and_a_broken_one_does_not() {
    let (server, address) = start();
    let subject = || {
        let script = format!(
            "openssl s_client -connect {address} </dev/null 2>/dev/null | openssl x509 -noout -subject"
        );
        String::from_utf8(run("sh", &["-c", &script], b"")).unwrap()
    };
    assert_eq!(subject().trim(), "subject=CN = server");
    let folder = server.place("");
    certificate(&folder, "second");
    fs::copy(folder.join("second.pem"), folder.join("server.pem")).unwrap();
    wait_for("the error", || {
        server.errors().contains("is not the key of")
    });
    assert!(
        server.errors().contains("the one before stays in use"),
        "{}",
        server.errors()
    );
    assert_eq!(subject().trim(), "subject=CN = server");
    fs::copy(folder.join("second.key"), folder.join("server.key")).unwrap();
    wait_for("the new one", || subject().trim() == "subject=CN = second");
    assert!(server.errors().contains("the certificate has changed"));
    fs::remove_file(folder.join("server.pem")).unwrap();
    wait_for("the other error", || {
        server.errors().matches("stays in use").count() == 2
    });
    assert_eq!(subject().trim(), "subject=CN = second");
}

#[test]
fn certificates_that_are_none_are_told() {
    let folder = tempfile::tempdir().unwrap();
    certificates(folder.path());
    certificate(folder.path(), "second");
    fs::write(folder.path().join("empty"), "").unwrap();
    fs::write(folder.path().join("lab.yml"), INVENTORY).unwrap();
    fs::write(folder.path().join("secret"), "$6$hash\n").unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let tls = ["--tls", "127.0.0.1:0"];
    let rows = [
        (
            vec!["--certificate", "server.pem", "--key", "second.key"],
            "second.key: it is not the key of",
        ),
        (
            vec!["--certificate", "empty", "--key", "server.key"],
            "empty: it has no certificate in PEM",
        ),
        (
            vec!["--certificate", "server.pem", "--key", "empty"],
            "empty: it has no key in PEM",
        ),
        (
            vec!["--certificate", "none", "--key", "server.key"],
            "none: ",
        ),
        (vec!["--certificate", "server.pem"], "--key"),
    ];
    for (options, expected) in rows {
        let options = options.iter().map(|word| match word.starts_with("--") {
            true => (*word).to_owned(),
            false => path(word),
        });
        let output = command(env!("CARGO_BIN_EXE_terroir"))
            .args([
                "kickstart",
                "serve",
                &path("lab.yml"),
                "--states",
                &path("states"),
                "--listen",
                "127.0.0.1:0",
            ])
            .args(tls)
            .args(options)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && said.contains(expected),
            "{expected}: {said}"
        );
    }
}

/// How long until the server ends a connection.
fn ends(mut stream: TcpStream) -> Duration {
    stream
        .set_read_timeout(Some(Duration::from_secs(25)))
        .unwrap();
    let start = Instant::now();
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    start.elapsed()
}

#[test]
fn clients_that_say_nothing_are_cut() {
    let (server, address) = start();
    let silent = TcpStream::connect(&address).unwrap();
    let plain = TcpStream::connect(&server.address).unwrap();
    let mut half = TcpStream::connect(&server.address).unwrap();
    half.write_all(b"GET /boot.ipxe HTTP/1.1\r\nHost: x\r\n")
        .unwrap();
    // One more line every second is no way around.
    let mut slow = TcpStream::connect(&server.address).unwrap();
    let slow = std::thread::spawn(move || {
        let start = Instant::now();
        slow.write_all(b"GET /boot.ipxe HTTP/1.1\r\n").unwrap();
        while slow.write_all(b"A: b\r\n").is_ok() && start.elapsed() < Duration::from_secs(25) {
            std::thread::sleep(Duration::from_secs(1));
        }
        start.elapsed()
    });
    // Many of them hinder nobody.
    let many: Vec<TcpStream> = [&address, &server.address]
        .iter()
        .flat_map(|address| (0..300).map(move |_| TcpStream::connect(address).unwrap()))
        .collect();
    assert_eq!(server.ask("boot.ipxe", &[]).status, 200);
    assert_eq!(
        ask(&server, &format!("https://{address}/boot.ipxe"), &[]).0,
        200
    );
    let all = [silent, plain, half].map(|stream| std::thread::spawn(move || ends(stream)));
    let took = all.map(|one| one.join().unwrap());
    let slow = slow.join().unwrap();
    let is_cut = |took: &Duration| (5..20).contains(&took.as_secs());
    assert!(
        took.iter().all(is_cut) && is_cut(&slow),
        "{took:?} {slow:?}"
    );
    drop(many);
}
