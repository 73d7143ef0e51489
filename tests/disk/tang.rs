//! Roots that Tang servers open: bound by terroir while it installs, opened by clevis with a real server.

use std::fs;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::encrypted::{OPEN, PROGRAMS, SECRET, metadata, partition, succeeds, whole};
use super::installed::{SIZE, Site, is_blank};
use super::judge::{is_there, run};
use super::{python, text};

const SERVER: &str = "/usr/libexec/tangd";
const MAKER: &str = "/usr/libexec/tangd-keygen";
const METHODS: &str = "methods=passphrase tang\n";

/// A Tang server on a port of this machine.
struct Tang {
    port: u16,
    /// The thumbprint of its signing key.
    thumbprint: String,
    /// Whether it answers.
    answers: Arc<AtomicBool>,
}

impl Tang {
    /// Starts one with keys of its own in a folder.
    #[expect(clippy::disallowed_methods, reason = "tests run the server")]
    fn start(keys: PathBuf) -> Self {
        fs::create_dir(&keys).expect("a folder");
        run(MAKER, &[&keys], &[]);
        let thumbprint = fs::read_dir(&keys)
            .expect("keys")
            .map(|entry| entry.expect("an entry").path())
            .find(|path| fs::read_to_string(path).is_ok_and(|key| key.contains("ES512")))
            .and_then(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .expect("a signing key, named by its thumbprint");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let answers = Arc::new(AtomicBool::new(true));
        let is_on = Arc::clone(&answers);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if !is_on.load(Ordering::SeqCst) {
                    continue;
                }
                let output = OwnedFd::from(stream.try_clone().expect("a socket"));
                let child = Command::new(SERVER)
                    .arg(&keys)
                    .stdin(Stdio::from(OwnedFd::from(stream)))
                    .stdout(Stdio::from(output))
                    .stderr(Stdio::null())
                    .spawn();
                let mut child = child.expect("the server starts");
                std::thread::spawn(move || child.wait());
            }
        });
        Self {
            port,
            thumbprint,
            answers,
        }
    }

    fn document(&self) -> Value {
        json!({ "url": format!("http://127.0.0.1:{}", self.port), "thumbprint": self.thumbprint })
    }
}

fn is_possible() -> bool {
    let programs = ["clevis", "jose", "curl", "cryptsetup"];
    programs.into_iter().all(is_there) && Path::new(SERVER).exists()
}

/// The programs of an initramfs that asks Tang servers.
fn programs() -> Vec<&'static str> {
    let asks = ["usr/bin/clevis-decrypt-tang", "usr/bin/curl"];
    PROGRAMS[..2].iter().copied().chain(asks).collect()
}

fn encrypt(site: &Site, servers: &[Value]) -> Value {
    site.pages.put("/secret", SECRET);
    json!({ "encrypt": { "mode": "tang", "secret": site.page("secret"), "tang": servers } })
}

#[test]
fn clevis_opens_a_root_with_any_of_its_servers() {
    let Some(interpreter) = python::interpreter().filter(|_| is_possible()) else {
        return;
    };
    let Some(site) = Site::new(&|workspace| whole(workspace, METHODS, &programs())) else {
        return;
    };
    let servers = ["one", "two"].map(|name| Tang::start(site.workspace.path(name)));
    let listed: Vec<Value> = servers.iter().map(Tang::document).collect();
    site.document(&encrypt(&site, &listed));
    let disk = site.blank("a.img", SIZE);
    let (code, said) = site.install("a.img");
    assert_eq!(code, 0, "{said}");
    let volume = partition(&site.workspace, &disk);
    let name = volume.display().to_string();
    run("cryptsetup", &["isLuks", "--type", "luks2", &name], &[]);
    let found = metadata(&volume);
    assert_eq!(
        found["keyslots"].as_object().map(serde_json::Map::len),
        Some(3)
    );
    assert_eq!(found["keyslots"]["0"]["kdf"]["type"], "argon2id");
    let bound = text("clevis", &["luks", "list", "-d", &name]);
    for (slot, server) in servers.iter().enumerate() {
        let line = format!(
            "{}: tang '{{\"url\":\"http://127.0.0.1:{}\"}}'\n",
            slot + 1,
            server.port
        );
        assert!(bound.contains(&line), "{bound}");
    }
    let plain = site.workspace.path("plain").display().to_string();
    let clevis = Path::new("/usr/bin/clevis");
    for (slot, server) in ["1", "2"].into_iter().zip(&servers) {
        let secret = text("clevis", &["luks", "pass", "-d", &name, "-s", slot]);
        let opened = ["-c", OPEN, &name, &plain, secret.trim_end()];
        assert!(succeeds(interpreter, &opened), "{slot}");
        run("e2fsck", &["-fn", &plain], &[]);
        assert!(!format!("{said}{:?}", site.reports()).contains(secret.trim_end()));
        // The disk alone gives nothing.
        server.answers.store(false, Ordering::SeqCst);
        assert!(!succeeds(
            clevis,
            &["luks", "pass", "-d", &name, "-s", slot]
        ));
    }
    assert!(succeeds(interpreter, &["-c", OPEN, &name, &plain, SECRET]));
}

#[test]
fn a_server_that_is_not_meant_leaves_the_disk_alone() {
    if !is_possible() {
        return;
    }
    let Some(site) = Site::new(&|workspace| whole(workspace, METHODS, &programs())) else {
        return;
    };
    let [server, other] = ["one", "two"].map(|name| Tang::start(site.workspace.path(name)));
    let wrong = json!({ "url": server.document()["url"], "thumbprint": other.thumbprint });
    // A server says nothing at an address with a thumbprint that it does not have.
    site.pages.put(
        &format!("/false/adv/{}", server.thumbprint),
        "{\"payload\":\"e30\"}",
    );
    let forged = json!({ "url": site.page("false"), "thumbprint": server.thumbprint });
    let right = server.document();
    let cases = [
        (encrypt(&site, &[wrong]), 3, "does not say its keys"),
        (
            encrypt(&site, &[forged]),
            3,
            "what it advertises cannot be read",
        ),
        (
            encrypt(&site, &[right.clone(), right.clone()]),
            2,
            "is there twice",
        ),
        (encrypt(&site, &[]), 2, "the mode tang needs a Tang server"),
        (
            json!({ "encrypt": { "mode": "tang", "tang": [right.clone()] } }),
            2,
            "needs the place of the passphrase",
        ),
        (
            json!({ "encrypt": { "mode": "tpm2", "tang": [right.clone()] } }),
            2,
            "Tang servers have no effect with another mode",
        ),
    ];
    for (keys, expected, message) in cases {
        site.document(&keys);
        let disk = site.blank("a.img", SIZE);
        let (code, said) = site.install("a.img");
        assert!(
            code == expected && said.contains(message),
            "{keys}: {code}: {said}"
        );
        assert!(is_blank(&disk), "{keys}");
    }
}

#[test]
fn an_image_that_asks_no_servers_is_refused() {
    if !is_possible() {
        return;
    }
    for (stated, message) in [
        ("methods=passphrase\n", "its methods are passphrase"),
        (METHODS, "it lacks clevis-decrypt-tang, curl"),
    ] {
        let Some(site) = Site::new(&|workspace| whole(workspace, stated, &PROGRAMS[..2])) else {
            return;
        };
        let server = Tang::start(site.workspace.path("one"));
        site.document(&encrypt(&site, &[server.document()]));
        let disk = site.blank("a.img", SIZE);
        let (code, said) = site.install("a.img");
        assert!(code == 3 && said.contains(message), "{code}: {said}");
        assert!(is_blank(&disk));
    }
}
