//! A server of a small site, and curl.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Two hosts; the secret of one is a file.
pub(crate) const INVENTORY: &str = "\
apiVersion: terroir/v1
site: lab
domain: lab.acme.example
server: { url: http://install.lab.acme.example }
networks:
  servers: { address: 192.0.2.0/24, gateway: 192.0.2.1, dns: [192.0.2.53] }
defaults:
  flavour: registry.example.org/os/server:1.0@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  target: F43
  network: servers
  disk: { type: nvme, choose: smallest }
  root: { password: \"file:secret\" }
groups:
  own:
    defaults: { target: debian-13, network: ~, root: ~ }
    hosts:
      own1: { mac: 52:54:00:00:00:0a }
  web:
    hosts:
      web1: { mac: 52:54:00:00:00:01, address: 192.0.2.11 }
      web2: { mac: 52:54:00:00:00:02, address: 192.0.2.12 }
";

/// A running server, which ends with this value.
pub(crate) struct Server {
    folder: TempDir,
    process: Child,
    options: Vec<String>,
    pub(crate) address: String,
    tftp: String,
}

/// What came of a request.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl Server {
    pub(crate) fn start(options: &[&str]) -> Self {
        Self::prepared(|_| options.iter().map(|&word| word.to_owned()).collect())
    }

    /// Starts with options that are made in its folder.
    pub(crate) fn prepared(options: impl Fn(&Path) -> Vec<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("lab.yml"), INVENTORY).unwrap();
        fs::write(folder.path().join("secret"), "$6$hash\n").unwrap();
        let files = folder.path().join("files");
        for folder in ["http/F43", "tftp/F43"] {
            fs::create_dir_all(files.join(folder)).unwrap();
            fs::write(files.join(folder).join("vmlinuz"), "0123456789").unwrap();
        }
        let options = options(folder.path());
        let (process, address, tftp) = started(folder.path(), &options);
        Self {
            folder,
            process,
            options,
            address,
            tftp,
        }
    }

    pub(crate) fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What it printed so far.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(self.place("said")).unwrap()
    }

    /// What it told on its standard error so far.
    pub(crate) fn errors(&self) -> String {
        fs::read_to_string(self.place("errors")).unwrap()
    }

    /// Kills the server where it stands, and starts it again.
    pub(crate) fn crash(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        (self.process, self.address, self.tftp) = started(self.folder.path(), &self.options);
    }

    /// Runs a verb of `terroir kickstart` with the server's states.
    pub(crate) fn verb(&self, words: &[&str]) -> (bool, String) {
        let output = terroir()
            .arg("kickstart")
            .args(words)
            .arg("--states")
            .arg(self.place("states.sqlite"))
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        (output.status.success(), said)
    }

    pub(crate) fn arm(&self, host: &str) {
        let (done, said) = self.verb(&["arm", host]);
        assert!(done, "{said}");
    }

    /// The state of a host.
    pub(crate) fn state(&self, host: &str) -> Value {
        let (done, said) = self.verb(&["status", host, "--format=json"]);
        assert!(done, "{said}");
        let all: Value = serde_json::from_str(&said).unwrap();
        all["hosts"][host].clone()
    }

    /// The log: what was asked for, and what came of it.
    pub(crate) fn log(&self, host: &str) -> Vec<String> {
        let (done, said) = self.verb(&["status", host, "--log=1000", "--format=json"]);
        assert!(done, "{said}");
        let all: Value = serde_json::from_str(&said).unwrap();
        let rows = all["log"].as_array().unwrap().iter();
        let word = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
        rows.map(|row| format!("{}: {}", word(row, "what"), word(row, "result")))
            .collect()
    }

    /// Asks with curl.
    pub(crate) fn ask(&self, path: &str, options: &[&str]) -> Answer {
        let output = command("curl")
            .args(["--silent", "--path-as-is", "--max-time", "20"])
            .args(["--write-out", "\n%{http_code}"])
            .args(options)
            .arg(format!("http://{}/{path}", self.address))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let (text, status) = said.rsplit_once('\n').unwrap();
        Answer {
            status: status.parse().unwrap(),
            text: text.to_owned(),
        }
    }

    /// Asks by TFTP, with curl; the code of its exit and what it got.
    pub(crate) fn ask_by_tftp(&self, path: &str, options: &[&str]) -> (i32, String) {
        let output = command("curl")
            .args(["--silent", "--max-time", "20"])
            .args(options)
            .arg(format!("tftp://{}/{path}", self.tftp))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code().unwrap(), said)
    }

    /// The token that the script of a host has.
    pub(crate) fn token(&self, script: &str) -> String {
        let answer = self.ask(script, &[]);
        let (_, rest) = answer.text.split_once("terroir.token=").unwrap();
        rest.split_whitespace().next().unwrap().to_owned()
    }

    pub(crate) fn report(&self, host: &str, word: &str, (token, said): (&str, &str)) -> Answer {
        let header = format!("X-Terroir-Token: {token}");
        let path = format!("report/{host}/{word}");
        self.ask(&path, &["--header", &header, "--data-binary", said])
    }

    /// A report that says itself what happened.
    pub(crate) fn reports(&self, host: &str, (token, said): (&str, &str)) -> Answer {
        let header = format!("X-Terroir-Token: {token}");
        let path = format!("report/{host}");
        self.ask(&path, &["--header", &header, "--data-binary", said])
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn started(folder: &Path, options: &[String]) -> (Child, String, String) {
    let file = |name: &str| File::create(folder.join(name)).unwrap();
    let process = terroir()
        .args(["kickstart", "serve"])
        .arg(folder.join("lab.yml"))
        .args([
            "--listen",
            "127.0.0.1:0",
            "--tftp",
            "127.0.0.1:0",
            "--files",
        ])
        .arg(folder.join("files"))
        .arg("--states")
        .arg(folder.join("states.sqlite"))
        .args(options)
        .stdout(file("said"))
        .stderr(file("errors"))
        .spawn()
        .unwrap();
    let said = || fs::read_to_string(folder.join("said")).unwrap();
    wait_for("its first line", || said().contains('\n'));
    let said = said();
    let (_, addresses) = said.lines().next().unwrap().split_once("http://").unwrap();
    let (address, tftp) = addresses.split_once(" and tftp://").unwrap();
    (process, address.to_owned(), tftp.to_owned())
}

fn terroir() -> Command {
    command(env!("CARGO_BIN_EXE_terroir"))
}

#[expect(clippy::disallowed_methods, reason = "tests start programs")]
pub(crate) fn command(name: &str) -> Command {
    let mut command = Command::new(name);
    command.stdin(Stdio::null());
    command
}

/// Waits until something is true.
pub(crate) fn wait_for(what: &str, is_true: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_true() {
        assert!(start.elapsed() < Duration::from_secs(30), "never: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
