//! The page that installs a virtual machine: its files and its commands, as they stand there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::machines::{is_wanted, took};
use crate::page::blocks;

/// How long the machine may take to its report, in seconds; there is no KVM.
const LIMIT: u64 = 2400;
/// What a word of the page becomes, where this computer is not the reader's: /dev/kvm may hang.
const OTHERS: [(&str, &str); 1] = [("-accel kvm -accel tcg", "-accel tcg")];

/// A shell that goes through the page; what it started ends with it.
struct Reader {
    folder: tempfile::TempDir,
    children: Vec<Child>,
}

impl Reader {
    #[expect(clippy::disallowed_methods, reason = "a reader has a shell")]
    fn shell(&self, command: &str) -> Command {
        let terroir = Path::new(env!("CARGO_BIN_EXE_terroir"));
        let path = std::env::var("PATH").unwrap_or_default();
        let own = terroir.parent().map(|own| own.display().to_string());
        let mut shell = Command::new("sh");
        // The variables that commands set are those of one block.
        shell
            .args(["-euc", command])
            .current_dir(self.folder.path());
        shell.env("PATH", format!("{}:{path}", own.unwrap_or_default()));
        let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-store");
        shell.env("TERROIR_STORE", store).stdin(Stdio::null());
        shell
    }

    fn runs(&self, command: &str) -> String {
        let output = self.shell(command).output().expect("a shell");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs what stays.
    fn starts(&mut self, command: &str) {
        let log = fs::File::create(self.folder.path().join("console")).expect("a log");
        let mut shell = self.shell(&format!("exec {command}"));
        self.children
            .push(shell.stdout(log).spawn().expect("a shell"));
    }

    fn state(&self) -> Value {
        let said = self.runs("terroir kickstart status vm1 --states states --format json");
        let said: Value = serde_json::from_str(&said).expect("JSON");
        said["hosts"]["vm1"].clone()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src/first-installation.md")
}

#[test]
fn the_page_about_the_first_installation_leads_to_a_machine() {
    if !is_wanted("install") {
        return;
    }
    let start = Instant::now();
    let since = |what: &str| took("howto", what, start.elapsed().as_secs_f64());
    let mut reader = Reader {
        folder: tempfile::tempdir().expect("a folder"),
        children: Vec::new(),
    };
    fs::create_dir(reader.folder.path().join(".git")).expect("a repository");
    for block in blocks(&fs::read_to_string(page()).expect("the page")) {
        if let Some(file) = block.value("file") {
            let file = reader.folder.path().join(file);
            fs::create_dir_all(file.parent().expect("a folder")).expect("writable");
            fs::write(file, block.file()).expect("writable");
        } else if block.info == "console machine" {
            let lines = block.text.iter().filter_map(|line| line.strip_prefix("$ "));
            let mut script = String::new();
            for line in lines {
                let line = OTHERS
                    .iter()
                    .fold(line.to_owned(), |line, (from, to)| line.replace(from, to));
                match (line.strip_suffix(" &"), line.starts_with("qemu")) {
                    (Some(stays), _) => reader.starts(stays),
                    (None, true) => {
                        reader.runs(&std::mem::take(&mut script));
                        reader.starts(&line);
                    }
                    (None, false) => script += &(line + "\n"),
                }
            }
            reader.runs(&script);
            since(&format!("the block of line {}", block.line));
        }
    }
    let mut seen = String::new();
    while seen != "booted" {
        assert!(start.elapsed().as_secs() < LIMIT, "{:?}", reader.state());
        thread::sleep(Duration::from_secs(1));
        let state = reader.state();
        let now = state["state"].as_str().unwrap_or_default();
        assert_ne!(now, "failed", "{state}");
        if now != seen {
            seen = now.to_owned();
            since(now);
        }
    }
    let digest = reader.state()["digest"]
        .as_str()
        .expect("a digest")
        .to_owned();
    assert!(digest.starts_with("sha256:"), "{digest}");
}
