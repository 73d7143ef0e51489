//! A real registry (docker-registry), and other programs.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;
use terroir::registry::Reference;

/// `tester:secret`, as bcrypt writes it.
const HTPASSWD: &str = "tester:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";

/// What a registry asks of those who connect.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Locks {
    /// Certificates.
    pub(crate) tls: bool,
    /// User and password.
    pub(crate) password: bool,
}

/// A running docker-registry; it ends when it is dropped.
pub(crate) struct RealRegistry {
    address: String,
    folder: TempDir,
    process: Child,
}

/// Whether a program is installed; without it a test is skipped, or fails if everything must run.
#[expect(clippy::disallowed_methods, reason = "tests look for judges in PATH")]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn have(name: &str) -> bool {
    let search = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&search).any(|folder| folder.join(name).is_file());
    if !found {
        let strict = std::env::var_os("TERROIR_TEST_STRICT").is_some_and(|value| value == "1");
        assert!(!strict, "{name} is not installed");
        eprintln!("skipped: {name} is not installed");
    }
    found
}

/// A program that is no part of terroir.
#[expect(
    clippy::disallowed_methods,
    reason = "tests start judges and registries"
)]
fn program(name: &str) -> Command {
    Command::new(name)
}

/// Runs another program and gives its output.
pub(crate) fn judge(name: &str, arguments: &[&str]) -> Output {
    program(name)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the program can be started")
}

impl RealRegistry {
    /// Starts a registry in a folder of its own.
    pub(crate) fn start(locks: Locks) -> Self {
        let folder = TempDir::new().expect("the temporary folder is writable");
        if locks.tls {
            make_certificates(folder.path());
        }
        // Another program may take the port between looking for it and using it.
        (0..5)
            .find_map(|_| try_start(&folder, locks))
            .map(|(address, process)| Self {
                address,
                folder,
                process,
            })
            .expect("docker-registry starts")
    }

    /// A reference to something in this registry.
    pub(crate) fn reference(&self, name: &str) -> Reference {
        Reference::parse(&format!("{}/{name}", self.address)).expect("a test's name is valid")
    }

    /// The certificate of the authority that signed the registry's.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.crt")
    }
}

impl Drop for RealRegistry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn try_start(folder: &TempDir, locks: Locks) -> Option<(String, Child)> {
    let free = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = free
        .local_addr()
        .expect("the listener is bound")
        .to_string();
    drop(free);
    let folder = folder.path();
    let path = |name: &str| folder.join(name).display().to_string();
    let mut config = format!(
        "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n\
         http:\n  addr: {address}\n  secret: test\n",
        path("data")
    );
    if locks.tls {
        let (certificate, key) = (path("server.crt"), path("server.key"));
        config.extend([
            "  tls: {certificate: ",
            &certificate,
            ", key: ",
            &key,
            "}\n",
        ]);
    }
    if locks.password {
        fs::write(folder.join("htpasswd"), HTPASSWD).expect("the folder is writable");
        let file = path("htpasswd");
        config.extend([
            "auth: {htpasswd: {realm: test, path: ",
            &file,
            "}}
",
        ]);
    }
    fs::write(folder.join("config.yml"), config).expect("the folder is writable");
    let mut process = program("docker-registry")
        .args(["serve", &path("config.yml")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program can be started");
    for _ in 0..500 {
        if TcpStream::connect(&address).is_ok() {
            return Some((address, process));
        }
        if process.try_wait().is_ok_and(|ended| ended.is_some()) {
            return None;
        }
        thread::sleep(Duration::from_millis(10));
    }
    let _ = process.kill();
    let _ = process.wait();
    None
}

/// Makes an authority and a certificate for 127.0.0.1.
fn make_certificates(folder: &Path) {
    let run = |line: &str| {
        let output = program("openssl")
            .args(line.split(' '))
            .current_dir(folder)
            .output()
            .expect("the program can be started");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {line}: {said}");
    };
    let names = "basicConstraints=critical,CA:FALSE\nsubjectAltName=IP:127.0.0.1,DNS:localhost\n";
    fs::write(folder.join("names"), names).expect("the folder is writable");
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    run(&format!(
        "req -x509 {key} -keyout ca.key -out ca.crt -days 2 -subj /CN=test-authority"
    ));
    run(&format!(
        "req {key} -keyout server.key -out server.csr -subj /CN=localhost"
    ));
    run(
        "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out server.crt -days 2 -extfile names",
    );
}
