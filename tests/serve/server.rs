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

/// The digest of the image of both.
pub(crate) const DIGEST: &str =
    "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// A running server, which ends with this value.
pub(crate) struct Server {
    folder: TempDir,
    process: Child,
    options: Vec<String>,
    pub(crate) address: String,
    tftp: String,
    admin: String,
}

/// What came of a request.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl Server {
    pub(crate) fn start(options: &[&str]) -> Self {
        Self::of(INVENTORY, options)
    }

    /// A server of an inventory.
    pub(crate) fn of(inventory: &str, options: &[&str]) -> Self {
        let options = |_: &Path| options.iter().map(|&word| word.to_owned()).collect();
        Self::prepared(inventory, options)
    }

    /// Starts with options that are made in its folder.
    pub(crate) fn prepared(inventory: &str, options: impl Fn(&Path) -> Vec<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("lab.yml"), inventory).unwrap();
        fs::write(folder.path().join("secret"), "$6$hash\n").unwrap();
        let files = folder.path().join("files");
        for folder in ["http/F43", "tftp/F43"] {
            fs::create_dir_all(files.join(folder)).unwrap();
            fs::write(files.join(folder).join("vmlinuz"), "0123456789").unwrap();
        }
        let options = options(folder.path());
        let (process, [address, tftp, admin]) = started(folder.path(), &options);
        Self {
            folder,
            process,
            options,
            address,
            tftp,
            admin,
        }
    }

    /// What a server says that does not start.
    pub(crate) fn refused(&self, options: &[&str]) -> String {
        // One that starts by mistake ends.
        let output = command("timeout")
            .args(["20", env!("CARGO_BIN_EXE_terroir")])
            .args(["kickstart", "serve"])
            .arg(self.place("lab.yml"))
            .args(["--listen", "127.0.0.1:0", "--states"])
            .arg(self.place("other.sqlite"))
            .args(options)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// The administration.
    pub(crate) fn admin(&self) -> Admin {
        let token = fs::read_to_string(self.place("admin-token")).unwrap();
        Admin {
            address: self.admin.clone(),
            token: token.trim().to_owned(),
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
        let (process, [address, tftp, admin]) = started(self.folder.path(), &self.options);
        (self.process, self.address, self.tftp, self.admin) = (process, address, tftp, admin);
    }

    /// The most memory that the process had, in KiB.
    pub(crate) fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.unwrap().trim().split(' ').next().unwrap();
        number.parse().unwrap()
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

    /// Runs `terroir fleet` on the server's inventory and states; the code of its exit and what it says.
    pub(crate) fn fleet(&self, options: &[&str]) -> (i32, String) {
        self.fleet_of("lab.yml", options)
    }

    /// The same on another inventory.
    pub(crate) fn fleet_of(&self, inventory: &str, options: &[&str]) -> (i32, String) {
        let output = terroir()
            .arg("--store")
            .arg(self.place("store"))
            .arg("fleet")
            .arg(self.place(inventory))
            .arg("--states")
            .arg(self.place("states.sqlite"))
            .args(options)
            .output()
            .unwrap();
        let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !options.contains(&"--format=json") {
            said.push_str(&String::from_utf8_lossy(&output.stderr));
        }
        (output.status.code().unwrap(), said)
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
        ask(&self.address, path, options)
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

/// The administration of a server.
pub(crate) struct Admin {
    pub(crate) address: String,
    pub(crate) token: String,
}

/// A browser that is signed in.
pub(crate) struct Browser {
    pub(crate) address: String,
    /// The cookie, as the server said it.
    pub(crate) said: String,
}

impl Admin {
    pub(crate) fn bearer(&self) -> String {
        format!("Authorization: Bearer {}", self.token)
    }

    pub(crate) fn ask(&self, path: &str, options: &[&str]) -> Answer {
        ask(&self.address, path, options)
    }

    pub(crate) fn sign_in(&self) -> Browser {
        let form = format!("token={}", self.token);
        let answer = self.ask("login", &["--include", "--data", &form]);
        assert_eq!(answer.status, 303, "{}", answer.text);
        let mut lines = answer.text.lines();
        let said = lines
            .find_map(|line| line.strip_prefix("set-cookie: "))
            .unwrap();
        Browser {
            address: self.address.clone(),
            said: said.to_owned(),
        }
    }
}

impl Browser {
    pub(crate) fn cookie(&self) -> &str {
        self.said.split(';').next().unwrap()
    }

    pub(crate) fn ask(&self, path: &str, options: &[&str]) -> Answer {
        let options = [&["--cookie", self.cookie()], options].concat();
        ask(&self.address, path, &options)
    }

    pub(crate) fn get(&self, path: &str) -> String {
        let answer = self.ask(path, &[]);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.text
    }

    /// What forms of a page have with them.
    pub(crate) fn csrf(&self, path: &str) -> String {
        let page = self.get(path);
        let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    pub(crate) fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.post_with(path, form, &[])
    }

    pub(crate) fn post_with(&self, path: &str, form: &[(&str, &str)], options: &[&str]) -> Answer {
        let form: Vec<String> = form
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let form = form.join("&");
        self.ask(path, &[&["--data", &form], options].concat())
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

fn ask(address: &str, path: &str, options: &[&str]) -> Answer {
    let output = command("curl")
        .args(["--silent", "--path-as-is", "--max-time", "20"])
        .args(["--write-out", "\n%{http_code}"])
        .args(options)
        .arg(format!("http://{address}/{path}"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let (text, status) = said.rsplit_once('\n').unwrap();
    Answer {
        status: status.parse().unwrap(),
        text: text.to_owned(),
    }
}

fn started(folder: &Path, options: &[String]) -> (Child, [String; 3]) {
    let file = |name: &str| File::create(folder.join(name)).unwrap();
    let process = terroir()
        .args(["kickstart", "serve"])
        .args((!options.iter().any(|word| word == "--from")).then(|| folder.join("lab.yml")))
        .args([
            "--listen",
            "127.0.0.1:0",
            "--admin",
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
    wait_for("its addresses", || said().contains("administration at "));
    let said = said();
    let (_, addresses) = said.lines().next().unwrap().split_once("http://").unwrap();
    let (address, tftp) = addresses.split_once(" and tftp://").unwrap();
    let (address, tftp) = (address.to_owned(), tftp.to_owned());
    let (_, admin) = said.split_once("administration at http://").unwrap();
    let (admin, _) = admin.split_once(',').unwrap();
    (process, [address, tftp, admin.to_owned()])
}

pub(crate) fn terroir() -> Command {
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
        assert!(start.elapsed() < Duration::from_secs(120), "never: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
