//! Machines that boot from the rendered folder: debian-installer fetches its preseed and reports.
//!
//! They take minutes, so that only `make test-boot` runs them: `TERROIR_TEST_BOOT` says `smoke` for
//! one UEFI machine, `all` for the whole matrix.

use std::path::Path;

use crate::judge::is_root;
use crate::rack::{Machine, Rack};
use crate::site::{paris, text, write};

/// How long a machine may take until its installer reports, in seconds.
const LIMIT: u64 = 420;
/// The kernel and RAM disk of debian-installer, and loaders.
const INSTALLER: &str = "/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64";

/// Whether machines of a part are to be booted.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the environment says what is tested; tests say what they leave out"
)]
fn is_wanted(part: &str) -> bool {
    let wanted = std::env::var("TERROIR_TEST_BOOT").unwrap_or_default();
    let is_wanted = wanted == "all" || wanted == part;
    if !is_wanted {
        eprintln!("skipped: machines are booted by `make test-boot` (BOOT=smoke|all)");
    }
    is_wanted && is_root()
}

/// Says how long something took.
#[expect(clippy::print_stderr, reason = "the times are what is asked for")]
fn took(machine: &str, what: &str, seconds: f64) {
    eprintln!("{machine}: {what} after {seconds:.1} s");
}

/// Puts what the boot chain needs beside what was rendered.
fn fill(site: &Path) {
    let files = paris();
    write(&files, site);
    for needed in terroir::kickstart::needed_files(text(&files, "needed.json")).expect("a list") {
        let ours = needed.target.as_deref().is_none_or(|target| target == "debian-12");
        if !ours {
            continue;
        }
        // Secure Boot's own shim and GRUB of the same release, as Debian packages them.
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
    for host in ["par-bios", "par-uefi"] {
        let preseed = site.join(format!("http/hosts/{host}/preseed.cfg"));
        if !preseed.exists() {
            std::fs::create_dir_all(preseed.parent().expect("a folder")).expect("made");
            let report = format!(
                "d-i preseed/early_command string wget -O /dev/null http://192.0.2.1/report/{host}/early\n"
            );
            std::fs::write(preseed, report).expect("written");
        }
    }
}

fn uefi(folder: &Path, name: &str) -> Vec<String> {
    let variables = folder.join(format!("{name}.fd"));
    std::fs::copy("/usr/share/OVMF/OVMF_VARS_4M.fd", &variables).expect("the package ovmf");
    [
        "-machine".to_owned(),
        "q35".to_owned(),
        "-drive".to_owned(),
        "if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd".to_owned(),
        "-drive".to_owned(),
        format!("if=pflash,unit=1,format=raw,file={}", variables.display()),
    ]
    .to_vec()
}

/// Waits until a host's installer has fetched its preseed and reported.
fn reports(rack: &Rack, machine: &mut Machine, host: &str) {
    let asked = |what: &str| {
        let what = what.to_owned();
        move |_: &str| rack.requests().iter().any(|request| request.contains(&what))
    };
    let preseed = format!("GET /hosts/{host}/preseed.cfg 200");
    took(host, "its preseed", machine.wait(LIMIT, "preseed", &asked(&preseed)));
    let report = format!(" /report/{host}/");
    took(host, "its report", machine.wait(LIMIT, "report", &asked(&report)));
}

#[test]
fn a_uefi_machine_installs_by_shim_and_grub() {
    if !is_wanted("smoke") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    fill(&folder.path().join("site"));
    let mut rack = Rack::new(folder.path());
    rack.start_dhcp("dhcp/dnsmasq.conf");
    let words = uefi(folder.path(), "par-uefi");
    let mut machine = rack.start("52:54:00:00:02:02", &words);
    let fetched = |file: &'static str| {
        let rack = &rack;
        move |_: &str| rack.dhcp_log().contains(&format!("sent /srv/tftp/{file} "))
    };
    for file in [
        "debian-12/shimx64.efi",
        "debian-12/grubx64.efi",
        "debian-12/linux",
        "debian-12/initrd.gz",
    ] {
        took("par-uefi", file, machine.wait(LIMIT, file, &fetched(file)));
    }
    reports(&rack, &mut machine, "par-uefi");
}

#[test]
fn a_bios_machine_installs_by_ipxe() {
    if !is_wanted("all") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    fill(&folder.path().join("site"));
    let mut rack = Rack::new(folder.path());
    rack.start_dhcp("dhcp/dnsmasq.conf");
    let mut machine = rack.start("52:54:00:00:02:01", &[]);
    reports(&rack, &mut machine, "par-bios");
}
