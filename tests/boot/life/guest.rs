//! A virtual machine that `terroir boot` starts: its console, and its SSH server.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::images::Images;

/// How long one start may take, in seconds; there may be no KVM, and two processors for all.
const LIMIT: u64 = 900;
/// What a report on the console begins with.
const WORD: &str = "terroir-ready {";

/// How long the console may be silent after a machine has begun to start again, in seconds. Without
/// KVM some of QEMU's resets with SMM never end (seen with 7.2): then the power is cut, which the disk
/// is ready for.
const RESET: u64 = 90;
/// What the kernel says last when it starts the machine again.
const RESTARTS: [&str; 2] = ["reboot: machine restart", "Rebooting in "];

/// Whether a report is that of a machine without a failed unit.
pub(super) fn is_well(report: &Value) {
    let failed = report["failedUnits"].as_array().map(Vec::len);
    assert_eq!(failed, Some(0), "{report}");
}

/// The deployment that a report is of.
pub(super) fn deployment(report: &Value) -> String {
    let name = report["deployment"].as_str();
    name.expect("a deployment").to_owned()
}

/// A running machine; it ends when it is dropped.
pub(super) struct Guest {
    process: Child,
    disk: PathBuf,
    more: Vec<String>,
    console: PathBuf,
    port: u16,
    key: PathBuf,
    user: String,
    /// Reports that were read.
    seen: usize,
}

impl Guest {
    /// Starts a disk, which keeps what the machine writes.
    pub(super) fn start(disk: &Path, key: &Path, more: &[&str]) -> Self {
        let console = disk.with_extension("console");
        // What a machine of before said of the same disk is not this one's.
        let _ = fs::remove_file(&console);
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let more: Vec<String> = more.iter().map(|word| (*word).to_owned()).collect();
        Self {
            process: switched_on(disk, &console, port, &more),
            disk: disk.to_path_buf(),
            more,
            console,
            port,
            key: key.to_path_buf(),
            user: "root".to_owned(),
            seen: 0,
        }
    }

    /// The same, reached as a user who is not root.
    pub(super) fn with_user(mut self, user: &str) -> Self {
        user.clone_into(&mut self.user);
        self
    }

    /// Cuts the power of a machine whose reset does not end, and switches it on again.
    fn cycle_power(&mut self) {
        let text = self.console();
        let last = text.trim_end().lines().next_back().unwrap_or_default();
        let written = self.console.metadata().and_then(|about| about.modified());
        let silent = written.ok().and_then(|time| time.elapsed().ok());
        let hangs = silent.is_some_and(|silent| silent.as_secs() > RESET);
        if hangs && RESTARTS.iter().any(|word| last.contains(word)) {
            self.cut_power();
        }
    }

    /// Cuts the power, and switches the machine on again.
    pub(super) fn cut_power(&mut self) {
        end(&mut self.process);
        self.process = switched_on(&self.disk, &self.console, self.port, &self.more);
    }

    /// The console so far.
    pub(super) fn console(&self) -> String {
        let bytes = fs::read(&self.console).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Waits for the report of the next start.
    pub(super) fn ready(&mut self) -> Value {
        let start = Instant::now();
        loop {
            let text = self.console();
            let boots: Vec<&str> = text.split(WORD).skip(1).collect();
            // Each start says it twice.
            if let Some(report) = boots.get(self.seen) {
                let whole = format!("{{{report}");
                let mut values = serde_json::Deserializer::from_str(&whole).into_iter();
                if let Some(Ok(value)) = values.next()
                    && boots.len() >= self.seen + 2
                {
                    self.seen += 2;
                    return value;
                }
            }
            self.cycle_power();
            self.alive(start, "its report");
            thread::sleep(Duration::from_secs(1));
        }
    }

    /// Has the machine follow another image, which it fetches and makes ready; gives what it says.
    pub(super) fn switch(&self, images: &Images, image: &str) -> String {
        let plain_http = images.plain_http();
        self.run(&format!("terroir {plain_http} host switch {image}"))
    }

    /// Waits for a text on the console.
    pub(super) fn says(&mut self, wanted: &str) {
        self.says_times(wanted, 1);
    }

    /// Waits until a text was on the console so often.
    pub(super) fn says_times(&mut self, wanted: &str, times: usize) {
        let start = Instant::now();
        while self.console().matches(wanted).count() < times {
            self.alive(start, wanted);
            thread::sleep(Duration::from_secs(1));
        }
    }

    /// Waits until a text is on the console so many times, then types a line.
    pub(super) fn answers(&mut self, (asked, times): (&str, usize), line: &str) {
        self.says_times(asked, times);
        // Whoever asks may not listen at once.
        thread::sleep(Duration::from_secs(2));
        let mut console = self.process.stdin.as_ref().expect("a pipe");
        writeln!(console, "{line}").expect("the machine listens");
    }

    fn alive(&mut self, start: Instant, wanted: &str) {
        let tail = |text: &str| -> String {
            let lines: Vec<&str> = text.lines().collect();
            lines[lines.len().saturating_sub(40)..].join("\n")
        };
        let ended = self.process.try_wait().expect("a child");
        assert!(
            ended.is_none(),
            "the machine ended before {wanted}: {}",
            tail(&self.console())
        );
        assert!(
            start.elapsed().as_secs() < LIMIT,
            "no {wanted} after {LIMIT} s: {}",
            tail(&self.console())
        );
    }

    /// Runs a command on the machine, however it ends: its exit code and what it says.
    pub(super) fn try_run(&self, command: &str) -> (i32, String) {
        self.try_run_as(&self.user, command)
    }

    /// Runs a command as a user of the machine, however it ends.
    #[expect(clippy::disallowed_methods, reason = "tests start ssh")]
    pub(super) fn try_run_as(&self, user: &str, command: &str) -> (i32, String) {
        let output = Command::new("ssh")
            .args([
                "-F",
                "none",
                "-o",
                "BatchMode=yes",
                "-o",
                "StrictHostKeyChecking=no",
            ])
            .args(["-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"])
            .args([
                "-o",
                "ConnectTimeout=60",
                "-p",
                &self.port.to_string(),
                "-i",
            ])
            .arg(&self.key)
            .args([&format!("{user}@127.0.0.1"), command])
            .stdin(Stdio::null())
            .output()
            .expect("ssh starts");
        let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            said.push_str(&String::from_utf8_lossy(&output.stderr));
        }
        (output.status.code().unwrap_or(-1), said)
    }

    /// Runs a command on the machine, which must succeed, and gives what it says.
    pub(super) fn run(&self, command: &str) -> String {
        let (code, said) = self.try_run(command);
        assert_eq!(code, 0, "{command}: {said}");
        said
    }

    /// Starts the machine again, as its administrator would.
    pub(super) fn restart(&self) {
        self.try_run("systemctl reboot");
    }

    /// Ends the machine as its administrator would, so that its disk is whole.
    pub(super) fn off(self) {
        self.try_run("systemctl poweroff");
        self.ends();
    }

    /// Waits for the end of a machine that was told to end.
    pub(super) fn ends(mut self) {
        for _ in 0..180 {
            if self.process.try_wait().expect("a child").is_some() {
                return;
            }
            thread::sleep(Duration::from_secs(1));
        }
        panic!("the machine does not end: {}", self.console());
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

/// Starts a machine; its console is added to a file.
#[expect(clippy::disallowed_methods, reason = "tests start the program")]
fn switched_on(disk: &Path, console: &Path, port: u16, more: &[String]) -> Child {
    let output = File::options().create(true).append(true).open(console);
    let output = output.expect("writable");
    Command::new(env!("CARGO_BIN_EXE_terroir"))
        .arg("boot")
        .arg(disk)
        .args(["--write", "--ssh-port", &port.to_string()])
        .args(more)
        .stdin(Stdio::piped())
        .stdout(output.try_clone().expect("a copy"))
        .stderr(output)
        .spawn()
        .expect("the program starts")
}

/// Ends a machine: the program does that when it is asked to.
fn end(process: &mut Child) {
    let pid = i32::try_from(process.id()).ok();
    if let Some(pid) = pid.and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
    for _ in 0..20 {
        if process.try_wait().is_ok_and(|ended| ended.is_some()) {
            return;
        }
        thread::sleep(Duration::from_millis(500));
    }
    let _ = process.kill();
    let _ = process.wait();
}
