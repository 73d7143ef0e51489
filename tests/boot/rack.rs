//! A rack: a network of its own with DHCP, TFTP and a web server, and machines that boot from it.
//!
//! Everything runs in a network namespace; the test ends what it started by process id.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Ends a program when the test that started it ends, however that happens.
const WITH_THE_TEST: [&str; 4] = ["setpriv", "--pdeathsig", "KILL", "--"];

/// The network of the rack.
pub(crate) struct Rack {
    name: String,
    folder: PathBuf,
    requests: Arc<Mutex<Vec<String>>>,
    dhcp: Option<Child>,
    taps: u32,
}

/// A machine of the rack.
pub(crate) struct Machine {
    process: Child,
    started: Instant,
    serial: PathBuf,
}

/// Runs a program that has to succeed.
#[expect(clippy::disallowed_methods, reason = "the rack is made by programs")]
fn run(program: &str, words: &[&str]) {
    let output = Command::new(program).args(words).output();
    let output = output.expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program} {words:?}: {said}");
}

/// The last name of a path, which tells racks of one process apart.
fn folder_name(folder: &Path) -> String {
    let name = folder.file_name().expect("a folder has a name");
    name.to_string_lossy().trim_start_matches('.').to_owned()
}

impl Rack {
    /// Makes the network 192.0.2.0/24 with a web server on 192.0.2.1 that serves `site/http`.
    pub(crate) fn new(folder: &Path) -> Self {
        let rack = Self::bare(folder);
        let listener = rack.listen("192.0.2.1:80");
        let requests = Arc::clone(&rack.requests);
        let root = folder.join("site/http");
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (requests, root) = (Arc::clone(&requests), root.clone());
                std::thread::spawn(move || drop(serve(stream, &root, &requests)));
            }
        });
        rack
    }

    /// Makes the network 192.0.2.0/24, where this computer is 192.0.2.1.
    pub(crate) fn bare(folder: &Path) -> Self {
        let rack = Self {
            name: format!("terroir-{}-{}", std::process::id(), folder_name(folder)),
            folder: folder.to_owned(),
            requests: Arc::default(),
            dhcp: None,
            taps: 0,
        };
        run("ip", &["netns", "add", &rack.name]);
        rack.inside("ip link set lo up");
        rack.inside("ip link add rack type bridge forward_delay 0");
        rack.inside("ip address add 192.0.2.1/24 dev rack");
        rack.inside("ip link set rack up");
        rack
    }

    /// Lets machines reach a server on this computer's loopback at a port of 192.0.2.1.
    pub(crate) fn forward(&self, port: u16, to: &str) {
        let listener = self.listen(&format!("192.0.2.1:{port}"));
        let to = to.to_owned();
        std::thread::spawn(move || {
            for machine in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(&to) else {
                    continue;
                };
                for (mut from, mut into) in [
                    (machine.try_clone(), server.try_clone()),
                    (Ok(server), Ok(machine)),
                ]
                .into_iter()
                .filter_map(|(from, into)| Some((from.ok()?, into.ok()?)))
                {
                    std::thread::spawn(move || {
                        drop(std::io::copy(&mut from, &mut into));
                        drop(into.shutdown(std::net::Shutdown::Write));
                    });
                }
            }
        });
    }

    /// A program that runs in the rack, and ends with the test.
    #[expect(clippy::disallowed_methods, reason = "the rack is made by programs")]
    pub(crate) fn program(&self, words: &[&str]) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name]);
        command.args(WITH_THE_TEST).args(words).stdin(Stdio::null());
        command
    }

    fn inside(&self, words: &str) {
        let words: Vec<&str> = words.split(' ').collect();
        run(
            "ip",
            &[&["netns", "exec", self.name.as_str()], words.as_slice()].concat(),
        );
    }

    /// Opens a port inside of the namespace.
    fn listen(&self, address: &str) -> TcpListener {
        let address = address.to_owned();
        let namespace = File::open(format!("/run/netns/{}", self.name)).expect("the namespace");
        let opened = std::thread::spawn(move || {
            rustix::thread::move_into_link_name_space(
                namespace.as_fd(),
                Some(rustix::thread::LinkNameSpaceType::Network),
            )
            .expect("root may enter the namespace");
            TcpListener::bind(address).expect("the port is free")
        });
        opened.join().expect("the thread ends")
    }

    /// Starts dnsmasq with a configuration as it was rendered; `site/tftp` is its /srv/tftp.
    #[expect(clippy::disallowed_methods, reason = "the rack is made by programs")]
    pub(crate) fn start_dhcp(&mut self, configuration: &str) {
        self.stop_dhcp();
        let site = self.folder.join("site");
        let script = format!(
            "mount -t tmpfs none /srv && mkdir /srv/tftp && mount --bind {}/tftp /srv/tftp && \
             exec dnsmasq --keep-in-foreground --user=root --pid-file --log-facility=- \
             --dhcp-leasefile={}/leases --conf-file={}/{configuration}",
            site.display(),
            self.folder.display(),
            site.display(),
        );
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("dhcp.log"))
            .expect("the log is made");
        let child = Command::new("ip")
            .args(["netns", "exec", &self.name])
            .args(WITH_THE_TEST)
            .args(["sh", "-c", &script])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        self.dhcp = Some(child.expect("dnsmasq starts"));
    }

    fn stop_dhcp(&mut self) {
        if let Some(mut dhcp) = self.dhcp.take() {
            dhcp.kill().expect("it ends");
            dhcp.wait().expect("it ended");
        }
    }

    /// Switches a machine on.
    #[expect(clippy::disallowed_methods, reason = "machines are programs")]
    pub(crate) fn start(&mut self, mac: &str, words: &[String]) -> Machine {
        let tap = format!("tap{}", self.taps);
        self.taps += 1;
        self.inside(&format!("ip tuntap add dev {tap} mode tap"));
        self.inside(&format!("ip link set {tap} master rack up"));
        let serial = self.folder.join(format!("{tap}.log"));
        let mut command = Command::new("ip");
        command
            .args(["netns", "exec", &self.name])
            .args(WITH_THE_TEST)
            .arg("qemu-system-x86_64")
            .args([
                "-accel",
                "tcg",
                "-m",
                "1024",
                "-display",
                "none",
                "-no-reboot",
            ])
            .args(["-monitor", "none", "-netdev"])
            .arg(format!("tap,id=n,ifname={tap},script=no,downscript=no"))
            .arg("-serial")
            .arg(format!("file:{}", serial.display()));
        let device = format!("virtio-net-pci,netdev=n,mac={mac}");
        // Firmware and loaders of BIOS machines write to the serial line as well.
        let is_uefi = words.iter().any(|word| word.contains("pflash"));
        if !is_uefi {
            command.args(["-machine", "pc,graphics=off"]);
        }
        let rom = if is_uefi {
            // The firmware's own driver boots from the network, not iPXE.
            format!("{device},romfile=,bootindex=0")
        } else {
            format!("{device},bootindex=0")
        };
        let errors = File::create(self.folder.join(format!("{tap}.err"))).expect("a log");
        let process = command
            .args(["-device", &rom])
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors)
            .spawn()
            .expect("the machine starts");
        Machine {
            process,
            started: Instant::now(),
            serial,
        }
    }

    /// The requests of machines to the web server so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("nobody panicked").clone()
    }

    /// The messages of dnsmasq so far.
    pub(crate) fn dhcp_log(&self) -> String {
        std::fs::read_to_string(self.folder.join("dhcp.log")).unwrap_or_default()
    }
}

impl Drop for Rack {
    #[expect(clippy::disallowed_methods, reason = "the rack is made by programs")]
    fn drop(&mut self) {
        self.stop_dhcp();
        let deleted = Command::new("ip")
            .args(["netns", "delete", &self.name])
            .status();
        drop(deleted);
    }
}

impl Machine {
    /// Waits until something holds; gives the seconds since the machine was switched on.
    pub(crate) fn wait(&mut self, limit: u64, what: &str, holds: &dyn Fn(&str) -> bool) -> f64 {
        loop {
            let said = self.said();
            let seconds = self.started.elapsed().as_secs_f64();
            if holds(&said) {
                return seconds;
            }
            let over = self.process.try_wait().expect("it can be asked").is_some();
            let tail = tail(&said, 3000);
            assert!(!over, "the machine ended before {what}:\n{tail}");
            let late = seconds > Duration::from_secs(limit).as_secs_f64();
            assert!(!late, "after {limit} s still no {what}:\n{tail}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Whether the machine has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.process.try_wait().expect("it can be asked").is_some()
    }

    /// Waits until the machine has ended by itself.
    pub(crate) fn ends(&mut self, limit: u64) {
        let start = Instant::now();
        while !self.has_ended() {
            let late = start.elapsed().as_secs() > limit;
            assert!(!late, "it does not end:\n{}", tail(&self.said(), 3000));
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// The output of the serial line so far.
    pub(crate) fn said(&self) -> String {
        let bytes = std::fs::read(&self.serial).unwrap_or_default();
        plain(&String::from_utf8_lossy(&bytes))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A text of a terminal without its control sequences and empty lines.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for (part, said) in text.split('\u{1b}').enumerate() {
        let sequence = said.find(|c: char| c.is_ascii_alphabetic());
        let skipped = if part == 0 {
            0
        } else {
            sequence.map_or(said.len(), |end| end + 1)
        };
        plain.push_str(said.get(skipped..).unwrap_or_default());
    }
    let lines = plain.lines().map(str::trim_end);
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

/// The last characters of a text.
fn tail(text: &str, count: usize) -> String {
    let skipped = text.chars().count().saturating_sub(count);
    text.chars().skip(skipped).collect()
}

/// Answers one connection: files by GET, reports by POST.
fn serve(stream: TcpStream, root: &Path, requests: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let line = line.trim().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let mut words = first.split_whitespace();
        let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let path = path.split('?').next().unwrap_or("").replace("%3A", ":");
        let file = root.join(path.trim_start_matches('/'));
        let found = (method != "POST" && file.is_file()).then(|| std::fs::read(&file));
        let (status, content) = match found {
            Some(content) => ("200 OK", content?),
            None if method == "POST" => ("204 No Content", Vec::new()),
            None => ("404 Not Found", Vec::new()),
        };
        requests
            .lock()
            .map_err(|_| std::io::Error::other("a thread panicked"))?
            .push(format!(
                "{method} {path} {}",
                status.split(' ').next().unwrap_or("")
            ));
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n",
            content.len()
        )?;
        if method != "HEAD" {
            stream.write_all(&content)?;
        }
    }
}
