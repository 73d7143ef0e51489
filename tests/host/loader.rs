//! The boot loader of a machine below a folder: its ESP, and variables of firmware that the test plays.

use std::fs;
use std::path::PathBuf;

use terroir::bootable::ostree::GRUBENV;

use crate::foreign::{Member, file};
use crate::judge::run;
use crate::site::{Site, base};

const GLOBAL: &str = "8be4df61-93ca-11d2-aa0d-00e098032b8c";

/// A root with this boot loader.
fn root(loader: &str) -> Vec<Member> {
    let mut members = base();
    members.retain(|(entry, _)| !entry.path.to_string().ends_with("os-release"));
    members.push(file("/usr/lib/os-release", 0o644, "ID=debian\n"));
    let grub = "/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed";
    members.push(file(grub, 0o644, &format!("GRUB {loader}")));
    let shim = "/usr/lib/shim/shimx64.efi.signed";
    members.push(file(shim, 0o644, &format!("shim {loader}")));
    members
}

/// A machine with UEFI.
struct Uefi {
    site: Site,
}

impl Uefi {
    /// A machine that runs an image with the first boot loader, which its disk has as well.
    fn new() -> Option<Self> {
        let machine = Self {
            site: Site::with(&[root("1")])?,
        };
        for (path, text) in [
            ("BOOT/BOOTX64.EFI", "shim 1"),
            ("BOOT/grubx64.efi", "GRUB 1"),
            ("debian/shimx64.efi", "shim 1"),
            ("debian/grubx64.efi", "GRUB 1"),
            ("debian/grub.cfg", "written with the disk"),
        ] {
            let path = machine.esp(path);
            fs::create_dir_all(path.parent().expect("below")).expect("made");
            fs::write(path, text).expect("written");
        }
        fs::create_dir_all(machine.efivars()).expect("made");
        machine.set("BootOrder", &[0, 0]);
        machine.start(0);
        Some(machine)
    }

    fn esp(&self, path: &str) -> PathBuf {
        self.site.sysroot().join("efi/EFI").join(path)
    }

    fn efivars(&self) -> PathBuf {
        self.site.sysroot().join("sys/firmware/efi/efivars")
    }

    fn variable(&self, name: &str) -> PathBuf {
        self.efivars().join(format!("{name}-{GLOBAL}"))
    }

    fn set(&self, name: &str, value: &[u8]) {
        let content = [&[7, 0, 0, 0], value].concat();
        fs::write(self.variable(name), content).expect("written");
    }

    fn get(&self, name: &str) -> Option<Vec<u8>> {
        let bytes = fs::read(self.variable(name)).ok()?;
        Some(bytes[4..].to_vec())
    }

    /// The firmware starts the machine by an entry.
    fn start(&self, entry: u16) {
        let _ = fs::remove_file(self.variable("BootNext"));
        self.set("BootCurrent", &entry.to_le_bytes());
        let place = self.site.sysroot().join("proc/sys/kernel/random");
        fs::create_dir_all(&place).expect("made");
        let before = fs::read_to_string(place.join("boot_id")).unwrap_or_default();
        fs::write(place.join("boot_id"), format!("{before}1")).expect("written");
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.esp(path)).expect("there")
    }

    fn state(&self) -> String {
        let status = self.site.status(0);
        status["loader"]["state"].as_str().expect("text").to_owned()
    }

    /// An update to an image with another boot loader, as far as the check of the new image.
    fn updated(&self, version: &str, loader: &str) -> crate::site::Said {
        self.site.publish(version, &[root(loader)]);
        self.site.host(0, &["upgrade"]).expect(0, &["starts next"]);
        let folder = self.site.sysroot().join("boot/grub");
        fs::create_dir_all(&folder).expect("made");
        let file = format!("GRUBENV={}", folder.join("grubenv").display());
        let words = [&file, "sh", "-c", GRUBENV, "grubenv", "tries=2"];
        run("env", &words, b"");
        self.start(0);
        self.site.host(0, &["health"])
    }
}

#[test]
fn a_new_boot_loader_is_tried_and_stays() {
    let Some(machine) = Uefi::new() else { return };
    let site = &machine.site;
    assert_eq!(machine.state(), "current");
    site.host(0, &["status"])
        .expect(0, &["loader   shim ?, GRUB ?, as the running image has it"]);
    let said = machine.updated("2", "2");
    said.expect(
        0,
        &[
            "works and is confirmed",
            "boot loader: the next start tries",
        ],
    );
    assert_eq!(machine.state(), "waiting");
    assert_eq!(machine.get("BootNext"), Some(vec![1, 0]));
    assert_eq!(machine.get("BootOrder"), Some(vec![0, 0]));
    assert_eq!(machine.text("BOOT/grubx64.efi"), "GRUB 1");
    // Asked again in the same start, it goes on waiting.
    site.host(0, &["health"])
        .expect(0, &["nothing is to be confirmed"]);
    assert_eq!(machine.state(), "waiting");

    machine.start(1);
    site.host(0, &["health"])
        .expect(0, &["boot loader: ", "started this machine and stays"]);
    assert_eq!(machine.get("BootOrder"), Some(vec![1, 0, 0, 0]));
    for (path, text) in [
        ("BOOT/BOOTX64.EFI", "shim 2"),
        ("BOOT/grubx64.efi", "GRUB 2"),
        ("debian/shimx64.efi", "shim 2"),
        ("debian/grubx64.efi", "GRUB 2"),
        ("debian/grub.cfg", "written with the disk"),
    ] {
        assert_eq!(machine.text(path), text);
    }
    assert_eq!(machine.state(), "current");
    site.host(0, &["history"])
        .expect(0, &["loader-tried", "loader-updated"]);
    let quiet = site.host(0, &["health"]);
    assert!(!quiet.text.contains("boot loader"), "{}", quiet.text);
}

#[test]
fn a_boot_loader_that_does_not_start_is_given_up() {
    let Some(machine) = Uefi::new() else { return };
    let site = &machine.site;
    machine.updated("2", "2");
    machine.start(0);
    site.host(0, &["health"])
        .expect(0, &["did not come up by the new boot loader"]);
    assert_eq!(machine.get("Boot0001"), None);
    assert!(
        !machine
            .esp("terroir")
            .read_dir()
            .expect("there")
            .any(|_| true)
    );
    assert_eq!(machine.text("BOOT/grubx64.efi"), "GRUB 1");
    assert_eq!(machine.state(), "given-up");
    site.host(0, &["history"]).expect(0, &["loader-kept"]);
    machine.start(0);
    site.host(0, &["health"])
        .expect(0, &["nothing is to be confirmed"]);
    assert_eq!(machine.get("BootNext"), None);
    // Who asks by hand gives it another try.
    site.host(0, &["upgrade"]).expect(0, &["up to date"]);
    site.host(0, &["health"])
        .expect(0, &["the next start tries"]);
}

#[test]
fn one_thing_is_tried_at_a_time() {
    let Some(machine) = Uefi::new() else { return };
    machine.updated("2", "2");
    assert!(machine.get("BootNext").is_some());
    let site = &machine.site;
    site.publish("3", &[root("2"), vec![file("/usr/x", 0o644, "x")]]);
    site.host(0, &["upgrade"]).expect(0, &["starts next"]);
    assert_eq!(machine.get("BootNext"), None);
    machine.start(0);
    site.host(0, &["health"])
        .expect(0, &["the next start tries"]);
    assert!(machine.get("BootNext").is_some());
}

#[test]
fn a_machine_whose_boot_loader_cannot_be_updated_says_so() {
    let Some(machine) = Uefi::new() else { return };
    let site = &machine.site;
    let says = |words: &str| {
        site.host(0, &["status"]).expect(0, &[words]);
        let health = site.host(0, &["health"]);
        assert_eq!(health.code, 0, "{}", health.text);
        assert_eq!(machine.state(), "not-updated");
    };
    let away = machine.esp("").with_extension("away");
    fs::rename(machine.esp(""), &away).expect("moved");
    says("the ESP is not mounted at /efi");
    fs::rename(&away, machine.esp("")).expect("moved");
    fs::remove_file(machine.esp("BOOT/grubx64.efi")).expect("removed");
    says("shim and GRUB are not where firmware looks for them");
    fs::remove_dir_all(machine.efivars()).expect("removed");
    says("the firmware shows none of its variables");
    fs::remove_dir_all(site.sysroot().join("sys")).expect("removed");
    says("this machine starts without UEFI");
}

#[test]
fn a_full_esp_leaves_the_boot_loader_alone() {
    let Some(machine) = Uefi::new() else { return };
    let site = &machine.site;
    let esp = site.sysroot().join("efi");
    site.publish("2", &[root("2")]);
    site.host(0, &["upgrade"]).expect(0, &["starts next"]);
    let said = site.short_of_space((&esp, "512k"), "health");
    assert!(said.contains("the ESP has"), "{said}");
    assert!(said.contains("code 0"), "{said}");
    assert_eq!(machine.get("BootNext"), None);
}
