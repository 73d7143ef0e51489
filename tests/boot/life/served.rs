//! A blank machine on a network with an install server: it installs itself once it is armed, starts from its disk,
//! and the server knows each step. Its loaders, kernel, document and disk come the way that sites have them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::images::Images;
use crate::machines::{is_wanted, took, uefi};
use crate::rack::{Machine, Rack};

const MAC: &str = "52:54:00:00:00:13";
/// How long one step may take, in seconds; there may be no KVM.
const LIMIT: u64 = 2400;

/// The rack with its server.
struct Served {
    images: Images,
    folder: TempDir,
    rack: Rack,
    server: Child,
    /// The digest of the manifest that was published.
    manifest: String,
    began: Instant,
}

impl Served {
    /// Builds and publishes the image, renders the site, and starts DHCP and the install server.
    fn start() -> Self {
        let began = Instant::now();
        let images = Images::new();
        images.base("trixie");
        let recipe = images.tested("installable", "base.yml");
        images.append("installable", "  - layer: installer\n");
        images.publish(&recipe, "first");
        let (root, manifest) = images.published("first");
        let folder = tempfile::tempdir().expect("a folder");
        let site = folder.path().join("site");
        let inventory = folder.path().join("lab.yml");
        fs::write(&inventory, inventory_of(&root)).expect("writable");
        let (site, inventory) = (site.display().to_string(), inventory.display().to_string());
        images
            .terroir()
            .run(["kickstart", "render", &inventory, "-o", &site]);
        let program = images
            .place("recipes/test/files/terroir")
            .display()
            .to_string();
        let installer = folder
            .path()
            .join("site/http/terroir/192.0.2.1_5000/os/test")
            .display()
            .to_string();
        let words = [
            "installer",
            "--quiet",
            &recipe,
            "-o",
            &installer,
            "--program",
            &program,
        ];
        images.terroir().run(words);
        crate::judge::run("sh", &["-c", &format!("cd {site} && sh fetch.sh")], b"");
        let checked = images.terroir().output(["kickstart", "check", &site]);
        let said = String::from_utf8_lossy(&checked.stdout).into_owned();
        assert!(said.contains("hosts that get an image"), "{said}");
        took(
            "served",
            "image, installer and site",
            began.elapsed().as_secs_f64(),
        );
        let mut rack = Rack::bare(folder.path());
        let port = images.port();
        rack.forward(5000, &format!("127.0.0.1:{port}"));
        without_tftp(&folder.path().join("site/dhcp/dnsmasq.conf"));
        rack.start_dhcp("dhcp/dnsmasq.conf");
        let server = serve(&rack, folder.path(), (&inventory, &site));
        Self {
            images,
            folder,
            rack,
            server,
            manifest,
            began,
        }
    }

    fn states(&self) -> String {
        self.folder.path().join("states").display().to_string()
    }

    fn verb(&self, words: &[&str]) -> String {
        let states = self.states();
        let all = [&["kickstart"], words, &["--states", &states]].concat();
        self.images.terroir().run(all)
    }

    fn host(&self) -> Value {
        let said = self.verb(&["status", "web1", "--log", "200", "--format", "json"]);
        serde_json::from_str(&said).expect("JSON")
    }

    /// Waits until the server knows a state of the host.
    fn is(&self, machine: &mut Machine, state: &str) {
        let holds = |_: &str| self.host()["hosts"]["web1"]["state"] == state;
        machine.wait(LIMIT, state, &holds);
        took("served", state, self.began.elapsed().as_secs_f64());
    }

    /// Waits until the server knows a state of the host; false when the machine ends before.
    fn is_or_ends(&self, machine: &mut Machine, state: &str) -> bool {
        let start = Instant::now();
        while !machine.has_ended() {
            assert!(start.elapsed().as_secs() < LIMIT, "never {state}");
            if self.host()["hosts"]["web1"]["state"] == state {
                took("served", state, self.began.elapsed().as_secs_f64());
                return true;
            }
            thread::sleep(Duration::from_secs(1));
        }
        false
    }

    fn blank(&self) -> PathBuf {
        let path = self.folder.path().join("disk.raw");
        File::create(&path)
            .and_then(|file| file.set_len(6 << 30))
            .expect("a disk");
        path
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn inventory_of(root: &str) -> String {
    format!(
        "apiVersion: terroir/v1
site: lab
server: {{ url: http://192.0.2.1 }}
networks:
  lan: {{ address: 192.0.2.0/24, dhcp: {{ from: 192.0.2.100, to: 192.0.2.150 }} }}
registries: {{ \"192.0.2.1:5000\": {{ insecure: true }} }}
defaults:
  flavour: 192.0.2.1:5000/os/test:first@{root}
  target: debian-13
  network: lan
  disk: {{ type: virtio, choose: largest }}
  kernel-arguments: [\"console=ttyS0,115200\"]
hosts:
  web1: {{ mac: {MAC} }}
"
    )
}

/// DHCP alone: files come from the install server.
fn without_tftp(configuration: &Path) {
    let text = fs::read_to_string(configuration).expect("rendered");
    let lines = text.lines().filter(|line| !line.contains("tftp"));
    fs::write(configuration, lines.collect::<Vec<_>>().join("\n")).expect("writable");
}

fn serve(rack: &Rack, folder: &Path, (inventory, site): (&str, &str)) -> Child {
    let states = folder.join("states").display().to_string();
    let log = File::create(folder.join("serve.log")).expect("a log");
    let words = [
        env!("CARGO_BIN_EXE_terroir"),
        "kickstart",
        "serve",
        inventory,
        "--files",
        site,
        "--listen",
        "192.0.2.1:80",
        "--tftp",
        "192.0.2.1:69",
        "--states",
        &states,
    ];
    let server = rack
        .program(&words)
        .stdout(log.try_clone().expect("a copy"))
        .stderr(log)
        .spawn();
    let start = Instant::now();
    while !folder.join("states").exists() && start.elapsed().as_secs() < 30 {
        thread::sleep(Duration::from_millis(100));
    }
    server.expect("it starts")
}

/// The disk, and what a machine is made of besides the rack's own.
fn parts(disk: &Path, firmware: &[String]) -> Vec<String> {
    let drive = format!(
        "if=none,id=d,format=raw,cache=unsafe,file={}",
        disk.display()
    );
    let own = [
        "-m",
        "2560",
        "-smp",
        "2",
        "-device",
        "virtio-rng-pci",
        "-drive",
        &drive,
        "-device",
        "virtio-blk-pci,drive=d,bootindex=1",
    ];
    own.iter()
        .map(|&word| word.to_owned())
        .chain(firmware.iter().cloned())
        .collect()
}

/// From an armed machine to one that started from its disk, at a machine with a firmware.
fn installs(served: &mut Served, firmware: &[String]) {
    let disk = served.blank();
    let parts = parts(&disk, firmware);
    served.verb(&["arm", "web1"]);
    let mut machine = served.rack.start(MAC, &parts);
    served.is(&mut machine, "fetched");
    served.is(&mut machine, "installing");
    served.is(&mut machine, "installed");
    machine.ends(LIMIT);
    drop(machine);
    // The same machine again, from the network first. Without KVM a kernel of several processors sometimes
    // stops with an int3 (QEMU 7.2); its panic ends the machine.
    let starts = (0..3).any(|_| {
        let mut machine = served.rack.start(MAC, &parts);
        served.is_or_ends(&mut machine, "booted")
    });
    assert!(starts, "it does not start from its disk");
    let host = served.host();
    assert_eq!(
        host["hosts"]["web1"]["digest"],
        served.manifest.as_str(),
        "{host}"
    );
    let log: Vec<String> = host["log"]
        .as_array()
        .expect("a log")
        .iter()
        .map(|row| {
            format!(
                "{}: {}",
                row["what"].as_str().unwrap_or(""),
                row["result"].as_str().unwrap_or("")
            )
        })
        .collect();
    let mut rows = log.iter();
    for wanted in [
        "arm: armed",
        "boot: installer",
        "fetch: fetched",
        "installing: installing",
        "installed: installed",
        "boot: local disk: installed",
        "booted: booted",
    ] {
        assert!(rows.any(|row| row == wanted), "{wanted}: {log:#?}");
    }
}

#[test]
fn a_blank_machine_becomes_its_image_by_the_install_server() {
    if !is_wanted("install") {
        return;
    }
    let mut served = Served::start();
    installs(&mut served, &[]);
    took(
        "served",
        "BIOS and iPXE",
        served.began.elapsed().as_secs_f64(),
    );
    let variables = tempfile::tempdir().expect("a folder");
    installs(&mut served, &uefi(variables.path(), true));
    took(
        "served",
        "Secure Boot, shim and GRUB",
        served.began.elapsed().as_secs_f64(),
    );
}
