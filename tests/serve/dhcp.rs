//! DHCP in proxy mode: busybox's client and dnsmasq as a relay, in networks of their own.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::judge::{is_root, is_there, run};
use crate::server::{INVENTORY, wait_for};

/// A machine with firmware for PXE.
const PXE: [&str; 4] = ["-V", "PXEClient:Arch:00000:UNDI:002001", "-x", "0x5d:0000"];

/// Namespaces with programs, which end with this value.
struct Networks {
    folder: tempfile::TempDir,
    name: String,
    programs: Vec<Child>,
}

impl Networks {
    /// The namespaces `one`, with the server at 192.0.2.2, and `two`, with 192.0.2.1 and a network
    /// 198.51.100.0/24 behind it. Machines are at the interfaces `m0` and, over the relay, `far`.
    fn new() -> Option<Self> {
        if !is_root() || !["ip", "busybox", "dnsmasq"].iter().all(|one| is_there(one)) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("lab.yml"), INVENTORY).unwrap();
        fs::write(folder.path().join("secret"), "$6$hash\n").unwrap();
        let folder_name = folder.path().file_name().unwrap().to_string_lossy();
        let name = folder_name.trim_start_matches('.');
        let name = format!("terroir{}-{name}", std::process::id());
        let made = Self {
            folder,
            name,
            programs: Vec::new(),
        };
        for space in ["one", "two"] {
            run("ip", &["netns", "add", &made.space(space)], b"");
            made.ip(space, "link set lo up");
        }
        let two = made.space("two");
        made.ip("one", "link add name net type bridge forward_delay 0");
        made.ip("one", "address add 192.0.2.2/24 dev net");
        made.ip(
            "one",
            &format!("link add name port0 type veth peer name s0 netns {two}"),
        );
        made.ip("one", "link add name port1 type veth peer name m0");
        for link in ["port0", "port1"] {
            made.ip("one", &format!("link set {link} master net up"));
        }
        for link in ["net", "m0"] {
            made.ip("one", &format!("link set {link} up"));
        }
        made.ip("one", "link set m0 address 52:54:00:00:00:01");
        made.ip("one", "route add 198.51.100.0/24 via 192.0.2.1");
        made.ip("two", "address add 192.0.2.1/24 dev s0");
        made.ip("two", "link add name c0 type veth peer name far");
        made.ip("two", "address add 198.51.100.1/24 dev c0");
        for link in ["s0", "c0", "far"] {
            made.ip("two", &format!("link set {link} up"));
        }
        Some(made)
    }

    fn space(&self, space: &str) -> String {
        format!("{}-{space}", self.name)
    }

    fn ip(&self, space: &str, words: &str) {
        let words: Vec<&str> = words.split(' ').collect();
        run(
            "ip",
            &[&["-n", &self.space(space)], words.as_slice()].concat(),
            b"",
        );
    }

    fn command(&self, space: &str, words: &[&str]) -> Command {
        let mut command = crate::server::command("ip");
        command
            .args(["netns", "exec", &self.space(space)])
            .args(words);
        command
    }

    /// A program that runs until the end, and the file with what it says.
    fn start(&mut self, space: &str, words: &[&str]) {
        let log = self
            .folder
            .path()
            .join(format!("log{}", self.programs.len()));
        let log = File::create(log).unwrap();
        let mut command = self.command(space, words);
        let command = command.stdout(log.try_clone().unwrap()).stderr(log);
        self.programs.push(command.spawn().unwrap());
    }

    fn said(&self, program: usize) -> String {
        fs::read_to_string(self.folder.path().join(format!("log{program}"))).unwrap()
    }

    /// Starts the install server, and waits until it answers.
    fn serve(&mut self, options: &[&str]) {
        let own = |name: &str| self.folder.path().join(name).display().to_string();
        let (inventory, states) = (own("lab.yml"), own("states"));
        let words = [
            env!("CARGO_BIN_EXE_terroir"),
            "kickstart",
            "serve",
            &inventory,
            "--states",
            &states,
            "--listen",
            "192.0.2.2:80",
            "--tftp",
            "192.0.2.2:69",
            "--dhcp-proxy",
            "192.0.2.2",
        ];
        let number = self.programs.len();
        self.start("one", &[&words, options].concat());
        wait_for("its line", || {
            self.said(number).contains("DHCP in proxy mode")
        });
    }

    /// What busybox's client says at an interface; it takes no address in the end.
    fn asks(&self, (space, interface): (&str, &str), options: &[&str]) -> String {
        let words = [
            "busybox",
            "udhcpc",
            "-i",
            interface,
            "-n",
            "-q",
            "-f",
            "-t",
            "2",
            "-T",
            "1",
            "-s",
            "/bin/true",
        ];
        let output = self
            .command(space, &[&words, options].concat())
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn status(&self) -> String {
        let states = self.folder.path().join("states").display().to_string();
        let words = ["kickstart", "status", "--log=50", "--states", &states];
        let terroir = env!("CARGO_BIN_EXE_terroir");
        String::from_utf8(run(terroir, &words, b"")).unwrap()
    }
}

impl Drop for Networks {
    fn drop(&mut self) {
        for program in &mut self.programs {
            let _ = program.kill();
            let _ = program.wait();
        }
        for space in ["one", "two"] {
            let words = ["netns", "delete", &self.space(space)];
            drop(crate::server::command("ip").args(words).status());
        }
    }
}

/// What the client says when this server answers.
const ANSWERED: &str = "broadcasting select for 0.0.0.0, server 192.0.2.2";

#[test]
fn only_machines_that_start_from_the_network_are_answered() {
    let Some(mut networks) = Networks::new() else {
        return;
    };
    networks.serve(&[]);
    let said = networks.asks(("one", "m0"), &[]);
    assert!(
        said.contains("no lease") && !said.contains("192.0.2.2"),
        "{said}"
    );
    let said = networks.asks(("one", "m0"), &PXE);
    assert!(said.contains(ANSWERED), "{said}");
    wait_for("the line of the log", || {
        networks.status().contains("pxelinux.0")
    });
    let log = networks.status();
    // However often it asked.
    assert_eq!(log.matches("pxelinux.0").count(), 1, "{log}");
    assert!(
        log.contains("web1") && log.contains("52:54:00:00:00:01"),
        "{log}"
    );
    // Machines that the inventory does not know do not fill the log.
    networks.ip("one", "link set m0 address 52:54:00:00:00:77");
    assert!(networks.asks(("one", "m0"), &PXE).contains(ANSWERED));
    assert_eq!(networks.status().matches("pxelinux.0").count(), 1);
}

#[test]
fn relays_carry_the_answer() {
    let Some(mut networks) = Networks::new() else {
        return;
    };
    networks.serve(&[]);
    networks.start(
        "two",
        &[
            "dnsmasq",
            "--no-daemon",
            "--conf-file=/dev/null",
            "--port=0",
            "--log-dhcp",
            "--dhcp-relay=198.51.100.1,192.0.2.2",
        ],
    );
    wait_for("the relay", || networks.said(1).contains("DHCP relay"));
    let said = networks.asks(("two", "far"), &PXE);
    assert!(said.contains(ANSWERED), "{said}\n{}", networks.said(1));
    let said = networks.asks(("two", "far"), &[]);
    assert!(
        said.contains("no lease") && !said.contains("192.0.2.2"),
        "{said}"
    );
}

#[test]
fn a_dhcp_server_beside_it_keeps_what_is_its() {
    let Some(mut networks) = Networks::new() else {
        return;
    };
    // It gives the address, this server the loader.
    let leases = networks.folder.path().join("leases").display().to_string();
    networks.start(
        "one",
        &[
            "dnsmasq",
            "--no-daemon",
            "--conf-file=/dev/null",
            "--port=0",
            "--interface=net",
            "--bind-interfaces",
            "--no-ping",
            "--dhcp-range=192.0.2.100,192.0.2.120,255.255.255.0",
            &format!("--dhcp-leasefile={leases}"),
        ],
    );
    wait_for("dnsmasq", || networks.said(0).contains("DHCP, IP range"));
    networks.serve(&["--dhcp-interface", "net"]);
    let said = networks.said(1);
    assert!(
        said.contains("another DHCP server has port 67 of 192.0.2.2"),
        "{said}"
    );
    let said = networks.asks(("one", "m0"), &[]);
    assert!(
        said.contains("lease of 192.0.2.1") && said.contains("obtained from 192.0.2.2"),
        "{said}"
    );
    let loader = |space: &Networks| space.status().contains("pxelinux.0");
    assert!(!loader(&networks));
    networks.asks(("one", "m0"), &PXE);
    wait_for("the line of the log", || loader(&networks));
    // What is sent to its address alone, such as a renewal, is not taken from it.
    let sockets = networks.command(
        "one",
        &["ss", "--udp", "--listening", "--numeric", "--processes"],
    );
    let sockets = said_by(sockets);
    let of_terroir = |line: &&str| line.contains(":67 ") && line.contains("terroir");
    let own: Vec<&str> = sockets.lines().filter(of_terroir).collect();
    assert!(
        own.iter().all(|line| line.contains("255.255.255.255")) && own.len() == 1,
        "{sockets}"
    );
}

fn said_by(mut command: Command) -> String {
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn places_that_cannot_be_listened_at_are_told() {
    let Some(networks) = Networks::new() else {
        return;
    };
    let inventory = networks.folder.path().join("lab.yml").display().to_string();
    let states = networks.folder.path().join("states").display().to_string();
    let serve = |options: &[&str]| {
        let words = [
            env!("CARGO_BIN_EXE_terroir"),
            "kickstart",
            "serve",
            &inventory,
            "--states",
            &states,
            "--listen",
            "127.0.0.1:0",
        ];
        let output = networks
            .command("one", &[&words, options].concat())
            .output()
            .unwrap();
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let tftp = ["--tftp", "127.0.0.1:0", "--dhcp-proxy"];
    let (done, said) = serve(&[&tftp[..], &["203.0.113.1"]].concat());
    assert!(
        !done && said.contains("listening for DHCP at 203.0.113.1"),
        "{said}"
    );
    let (done, said) = serve(&[&tftp[..], &["192.0.2.2", "--dhcp-interface", "none"]].concat());
    assert!(
        !done && said.contains("listening for DHCP at 192.0.2.2, none"),
        "{said}"
    );
    let (done, said) = serve(&["--dhcp-proxy", "192.0.2.2"]);
    assert!(!done && said.contains("--tftp"), "{said}");
    assert!(Path::new(&states).exists());
}
