//! Machines that start from the network by the install server's DHCP in proxy mode, beside Kea, which hands out
//! addresses and nothing else. None of them is armed, so each starts its disk.

use std::fs::{self, File};
use std::path::Path;
use std::process::Child;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::judge::{is_there, run};
use crate::machines::{BOOTED, bios_disk, disk, fill, is_wanted, took, uefi, uefi_disk};
use crate::rack::Rack;
use crate::site::INVENTORY;

/// How long a machine may take to its disk, in seconds.
const LIMIT: u64 = 300;

const KEA: &str = r#"{ "Dhcp4": {
  "interfaces-config": { "interfaces": [ "rack" ] },
  "lease-database": { "type": "memfile", "persist": false },
  "subnet4": [ { "id": 1, "subnet": "192.0.2.0/24", "pools": [ { "pool": "192.0.2.100 - 192.0.2.150" } ] } ]
} }"#;

/// A rack with Kea and the install server.
struct Proxy {
    folder: TempDir,
    rack: Rack,
    programs: Vec<Child>,
}

impl Proxy {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let place = |name: &str| folder.path().join(name).display().to_string();
        fill(&folder.path().join("site"));
        fs::write(place("paris.yml"), INVENTORY).expect("writable");
        fs::write(place("kea.json"), KEA).expect("writable");
        let rack = Rack::bare(folder.path());
        let start = |words: &[&str], name: &str| {
            let log = File::create(place(name)).expect("a log");
            rack.program(words)
                .env("KEA_PIDFILE_DIR", folder.path())
                .env("KEA_LOCKFILE_DIR", folder.path())
                .stdout(log.try_clone().expect("a copy"))
                .stderr(log)
                .spawn()
                .expect("it starts")
        };
        let says = |name: &str, what: &str| {
            for _ in 0..300 {
                if fs::read_to_string(place(name))
                    .expect("a log")
                    .contains(what)
                {
                    return;
                }
                thread::sleep(Duration::from_millis(100));
            }
            panic!("{}", fs::read_to_string(place(name)).expect("a log"));
        };
        let kea = start(&["kea-dhcp4", "-c", &place("kea.json")], "kea.log");
        says("kea.log", "DHCP4_STARTED");
        let (inventory, site, states) = (place("paris.yml"), place("site"), place("states"));
        let words = [
            env!("CARGO_BIN_EXE_terroir"),
            "kickstart",
            "serve",
            &inventory,
            "--files",
            &site,
            "--states",
            &states,
            "--listen",
            "192.0.2.1:80",
            "--tftp",
            "192.0.2.1:69",
            "--dhcp-proxy",
            "192.0.2.1",
            "--dhcp-interface",
            "rack",
        ];
        let server = start(&words, "serve.log");
        says("serve.log", "DHCP in proxy mode");
        Self {
            rack,
            folder,
            programs: vec![kea, server],
        }
    }

    /// What was noted of a host, the oldest first.
    fn log(&self, host: &str) -> String {
        let states = self.folder.path().join("states").display().to_string();
        let words = [
            "kickstart",
            "status",
            host,
            "--log",
            "50",
            "--states",
            &states,
        ];
        let said = run(env!("CARGO_BIN_EXE_terroir"), &words, b"");
        String::from_utf8(said).expect("text")
    }

    /// Starts a machine, and waits until its disk was booted; what was noted of it.
    fn boots(&mut self, (host, mac): (&str, &str), image: &Path, words: &[String]) -> String {
        let words = [words, &disk(image)].concat();
        let mut machine = self.rack.start(mac, &words);
        let holds = |said: &str| said.contains(BOOTED);
        took(host, "its disk", machine.wait(LIMIT, BOOTED, &holds));
        drop(machine);
        let log = self.log(host);
        assert!(log.contains("local disk: known"), "{log}");
        log
    }
}

/// A firmware without some of what OVMF can switch off.
fn without(what: &[&str], mut firmware: Vec<String>) -> Vec<String> {
    for name in what {
        firmware.push("-fw_cfg".to_owned());
        firmware.push(format!("name=opt/org.tianocore/{name},string=n"));
    }
    firmware
}

impl Drop for Proxy {
    fn drop(&mut self) {
        for program in &mut self.programs {
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}

#[test]
fn machines_start_by_the_install_servers_own_dhcp() {
    if !is_wanted("install") || !is_there("kea-dhcp4") || !is_there("mformat") {
        return;
    }
    let mut proxy = Proxy::start();
    let image = proxy.folder.path().join("bios");
    bios_disk(&image);
    let bios = ("par-bios", "52:54:00:00:02:01");
    let log = proxy.boots(bios, &image, &[]);
    assert!(log.contains("dhcp: http://192.0.2.1/boot.ipxe"), "{log}");
    let image = proxy.folder.path().join("uefi");
    uefi_disk(&image);
    let firmware = without(&["IPv6PXESupport"], uefi(proxy.folder.path(), false));
    let log = proxy.boots(("par-uefi", "52:54:00:00:02:02"), &image, &firmware);
    // The GRUB of Debian 12 finds nothing in this mode.
    assert!(log.contains("dhcp: ipxe.efi"), "{log}");
    assert!(log.contains("dhcp: http://192.0.2.1/boot.ipxe"), "{log}");
}

#[test]
fn a_machine_starts_by_http_boot_and_the_install_servers_own_dhcp() {
    if !is_wanted("install") || !is_there("kea-dhcp4") || !is_there("mformat") {
        return;
    }
    let mut proxy = Proxy::start();
    let image = proxy.folder.path().join("uefi");
    uefi_disk(&image);
    // This firmware tries HTTP when PXE is switched off.
    let pxe = ["IPv4PXESupport", "IPv6PXESupport"];
    let firmware = without(&pxe, uefi(proxy.folder.path(), false));
    let log = proxy.boots(("par-uefi", "52:54:00:00:02:02"), &image, &firmware);
    assert!(log.contains("dhcp: http://192.0.2.1/ipxe.efi"), "{log}");
    assert!(log.contains("dhcp: http://192.0.2.1/boot.ipxe"), "{log}");
    assert!(!log.contains("shimx64"), "{log}");
}
