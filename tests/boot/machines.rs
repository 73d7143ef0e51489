//! Machines that boot from the rendered folder: debian-installer fetches its preseed and reports.
//!
//! They take minutes, so only `make test-boot` runs them: `TERROIR_TEST_BOOT` says `smoke` for
//! one UEFI machine, `all` for the whole matrix.

use std::path::Path;

use crate::folder::{text, write};
use crate::judge::{is_root, is_there, run};
use crate::rack::{Machine, Rack};
use crate::site::paris;

/// How long a machine may take until its installer reports, in seconds.
const LIMIT: u64 = 600;
/// The loaders, kernel and RAM disk of debian-installer.
const INSTALLER: &str = "/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64";

/// Whether to boot the machines of a part.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the environment says what is tested; tests say what they leave out"
)]
pub(crate) fn is_wanted(part: &str) -> bool {
    let wanted = std::env::var("TERROIR_TEST_BOOT").unwrap_or_default();
    let is_wanted = wanted == "all" || wanted == part;
    if !is_wanted {
        eprintln!(
            "skipped: machines are booted by `make test-boot` (BOOT=smoke|life|more|install|all)"
        );
    }
    is_wanted && is_root()
}

/// Says how long something took.
#[expect(clippy::print_stderr, reason = "the times are what is asked for")]
pub(crate) fn took(machine: &str, what: &str, seconds: f64) {
    eprintln!("{machine}: {what} after {seconds:.1} s");
}

/// Puts what the boot chain needs beside the rendered files.
pub(crate) fn fill(site: &Path) {
    let files = paris();
    write(&files, site);
    for needed in terroir::kickstart::needed_files(text(&files, "needed.json")).expect("a list") {
        let is_debian = needed
            .target
            .as_deref()
            .is_none_or(|target| target == "debian-12");
        if !is_debian {
            // Unknown machines get the first shim; here it is Debian's.
            let name = match needed.what.split(' ').next() {
                Some("shim") => "bootnetx64.efi",
                Some("GRUB") => "grubx64.efi",
                _ => continue,
            };
            let place = site.join(&needed.path);
            std::fs::create_dir_all(place.parent().expect("a folder")).expect("it is made");
            std::fs::copy(format!("{INSTALLER}/{name}"), place).expect("the file is copied");
            continue;
        }
        let place = site.join(&needed.path);
        std::fs::create_dir_all(place.parent().expect("a folder")).expect("the folder is made");
        let found = needed.from.iter().find(|from| Path::new(from).is_file());
        let copied = needed.from.iter().map(|from| site.join(from));
        let source = match found {
            Some(found) => Path::new(found).to_owned(),
            None => copied
                .clone()
                .find(|from| from.is_file())
                .unwrap_or_else(|| panic!("{} is in {:?}", needed.path, needed.from)),
        };
        std::fs::copy(source, place).expect("the file is copied");
    }
}

/// How a UEFI machine is made: with or without Secure Boot, whose variables hold Microsoft's keys.
pub(crate) fn uefi(folder: &Path, is_secure: bool) -> Vec<String> {
    let (code, variables, machine) = if is_secure {
        (
            "OVMF_CODE_4M.secboot.fd",
            "OVMF_VARS_4M.ms.fd",
            "q35,smm=on",
        )
    } else {
        ("OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd", "q35")
    };
    let own = folder.join("variables.fd");
    std::fs::copy(format!("/usr/share/OVMF/{variables}"), &own).expect("the package ovmf");
    let mut words = vec![
        "-machine".to_owned(),
        machine.to_owned(),
        "-drive".to_owned(),
        format!("if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/OVMF/{code}"),
        "-drive".to_owned(),
        format!("if=pflash,unit=1,format=raw,file={}", own.display()),
    ];
    if is_secure {
        words.push("-global".to_owned());
        words.push("driver=cfi.pflash01,property=secure,value=on".to_owned());
    }
    words
}

/// A disk of a machine.
pub(crate) fn disk(image: &Path) -> Vec<String> {
    vec![
        "-drive".to_owned(),
        format!("if=none,id=d,format=raw,file={}", image.display()),
        "-device".to_owned(),
        "virtio-blk-pci,drive=d,bootindex=1".to_owned(),
    ]
}

/// Waits until a host's installer has fetched its preseed and reported.
fn reports(rack: &Rack, machine: &mut Machine, host: &str) {
    let asked = |what: &str| {
        let what = what.to_owned();
        move |_: &str| rack.requests().contains(&what)
    };
    let preseed = format!("GET /hosts/{host}/preseed.cfg 200");
    took(
        host,
        "its preseed",
        machine.wait(LIMIT, "preseed", &asked(&preseed)),
    );
    let report = format!("POST /report/{host}/installing 204");
    took(
        host,
        "its report",
        machine.wait(LIMIT, "report", &asked(&report)),
    );
}

/// Waits until dnsmasq has sent files.
fn is_sent(rack: &Rack, machine: &mut Machine, host: &str, files: &[&str]) {
    for file in files {
        let line = format!("sent /srv/tftp/{file} ");
        let holds = |_: &str| rack.dhcp_log().contains(&line);
        took(host, file, machine.wait(LIMIT, file, &holds));
    }
}

/// A rack with the rendered site; lines of its DHCP configuration that hold a word are left out.
fn rack(folder: &Path, without: &[&str]) -> Rack {
    let site = folder.join("site");
    fill(&site);
    let path = site.join("dhcp/dnsmasq.conf");
    let text = std::fs::read_to_string(&path).expect("it is rendered");
    let kept = text
        .lines()
        .filter(|line| !without.iter().any(|word| line.contains(word)));
    std::fs::write(&path, kept.collect::<Vec<_>>().join("\n")).expect("it is written");
    let mut rack = Rack::new(folder);
    rack.start_dhcp("dhcp/dnsmasq.conf");
    rack
}

/// What shim and GRUB fetch on their way.
const CHAIN: [&str; 4] = [
    "debian-12/shimx64.efi",
    "debian-12/grubx64.efi",
    "debian-12/linux",
    "debian-12/initrd.gz",
];

#[test]
fn a_uefi_machine_installs_by_shim_and_grub() {
    if !is_wanted("smoke") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut rack = rack(folder.path(), &[]);
    let mut machine = rack.start("52:54:00:00:02:02", &uefi(folder.path(), false));
    is_sent(&rack, &mut machine, "par-uefi", &CHAIN);
    reports(&rack, &mut machine, "par-uefi");
    // Its address is stated, so the firmware asked for one, but the installer did not.
    let log = rack.dhcp_log();
    let (before, after) = log
        .rsplit_once("debian-12/initrd.gz ")
        .expect("it was sent");
    assert!(before.contains("DHCPACK"), "{log}");
    assert!(!after.contains("DHCP"), "{after}");
}

#[test]
fn a_uefi_machine_installs_with_secure_boot() {
    if !is_wanted("all") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut rack = rack(folder.path(), &[]);
    let mut machine = rack.start("52:54:00:00:02:02", &uefi(folder.path(), true));
    is_sent(&rack, &mut machine, "par-uefi, Secure Boot", &CHAIN);
    let locked = |said: &str| said.contains("Secure boot enabled");
    took(
        "par-uefi",
        "Secure Boot, says its kernel",
        machine.wait(LIMIT, "Secure Boot", &locked),
    );
    reports(&rack, &mut machine, "par-uefi");
}

#[test]
fn a_uefi_machine_installs_by_http_boot_and_ipxe() {
    if !is_wanted("all") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    // This firmware tries HTTP only if PXE gets no answer.
    let mut rack = rack(folder.path(), &["dhcp-boot=tag:efi64"]);
    let mut machine = rack.start("52:54:00:00:02:02", &uefi(folder.path(), false));
    let asked = |_: &str| rack.requests().contains(&"GET /ipxe.efi 200".to_owned());
    took(
        "par-uefi",
        "ipxe.efi over HTTP",
        machine.wait(LIMIT, "ipxe.efi", &asked),
    );
    reports(&rack, &mut machine, "par-uefi");
}

#[test]
fn a_bios_machine_installs_by_ipxe() {
    if !is_wanted("all") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut rack = rack(folder.path(), &[]);
    let mut machine = rack.start("52:54:00:00:02:01", &[]);
    reports(&rack, &mut machine, "par-bios");
}

#[test]
fn a_bios_machine_installs_by_pxelinux() {
    if !is_wanted("all") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    // The machine's ROM is iPXE; if it is not recognised, it boots like any other ROM.
    let mut rack = rack(folder.path(), &["set:ipxe"]);
    let mut machine = rack.start("52:54:00:00:02:01", &[]);
    let files = ["pxelinux.cfg/01-52-54-00-00-02-01", "debian-12/linux"];
    is_sent(&rack, &mut machine, "par-bios", &files);
    reports(&rack, &mut machine, "par-bios");
}

/// What a booted disk prints.
pub(crate) const BOOTED: &str = "THE DISK WAS BOOTED";

/// Makes a disk that says so from BIOS.
pub(crate) fn bios_disk(image: &Path) {
    // xor ax,ax; mov ds,ax; mov dx,0x3f8; mov si,text; then each byte to the serial line; halt.
    let mut sector = vec![
        0x31, 0xc0, 0x8e, 0xd8, 0xba, 0xf8, 0x03, 0xbe, 0x15, 0x7c, 0xac, 0x84, 0xc0, 0x74, 0x03,
        0xee, 0xeb, 0xf8, 0xf4, 0xeb, 0xfd,
    ];
    sector.extend(BOOTED.as_bytes());
    sector.resize(510, 0);
    sector.extend([0x55, 0xaa]);
    sector.resize(1 << 20, 0);
    std::fs::write(image, &sector).expect("the disk is written");
}

/// Makes a disk that says so from UEFI, with shim and GRUB.
pub(crate) fn uefi_disk(image: &Path) {
    let configuration = image.with_extension("cfg");
    std::fs::write(&configuration, format!("echo {BOOTED}\nsleep 60\n")).expect("written");
    std::fs::write(image, vec![0; 64 << 20]).expect("the disk is written");
    let image = image.display().to_string();
    run("mformat", &["-i", &image, "-F", "::"], b"");
    run(
        "mmd",
        &["-i", &image, "::EFI", "::EFI/debian", "::EFI/BOOT"],
        b"",
    );
    let shim = "/usr/lib/shim/shimx64.efi.signed";
    let grub = "/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed";
    for (from, to) in [
        (shim, "debian/shimx64.efi"),
        (grub, "debian/grubx64.efi"),
        (&configuration.display().to_string(), "debian/grub.cfg"),
        // What firmware itself starts.
        (shim, "BOOT/BOOTX64.EFI"),
        (grub, "BOOT/grubx64.efi"),
    ] {
        let to = format!("::EFI/{to}");
        run("mcopy", &["-i", &image, from, &to], b"");
    }
}

#[test]
fn an_unknown_bios_machine_boots_its_disk() {
    if !is_wanted("all") {
        return;
    }
    for (loader, without) in [("iPXE", &[][..]), ("pxelinux", &["set:ipxe"])] {
        let folder = tempfile::tempdir().expect("a folder");
        let image = folder.path().join("disk");
        bios_disk(&image);
        let mut rack = rack(folder.path(), without);
        let mut machine = rack.start("52:54:00:00:09:01", &disk(&image));
        let holds = |said: &str| said.contains(BOOTED);
        took(
            &format!("unknown, {loader}"),
            "its disk",
            machine.wait(180, BOOTED, &holds),
        );
        let requests = rack.requests();
        let wrong = requests.iter().any(|request| request.contains("/hosts/"));
        assert!(!wrong, "{requests:?}");
    }
}

#[test]
fn an_unknown_uefi_machine_boots_its_disk() {
    if !is_wanted("all") || !is_there("mformat") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let image = folder.path().join("disk");
    uefi_disk(&image);
    let mut rack = rack(folder.path(), &[]);
    let words = [uefi(folder.path(), false), disk(&image)].concat();
    let mut machine = rack.start("52:54:00:00:09:02", &words);
    let told = |said: &str| said.contains("it boots its disk");
    took(
        "unknown, GRUB",
        "that it is unknown",
        machine.wait(180, "the word", &told),
    );
    let holds = |said: &str| said.contains(BOOTED);
    took(
        "unknown, GRUB",
        "its disk",
        machine.wait(180, BOOTED, &holds),
    );
    assert!(
        !rack.dhcp_log().contains("debian-12/linux"),
        "{}",
        rack.dhcp_log()
    );
}
