//! The disks that the installation by hand lists, on the fake machines of the choice of a disk.

use std::process::Command;

use super::disks::{moved, programs};
use super::judge::{is_there, run};
use super::stand_in::{DEVICES, machine};

/// What some disks are listed as: what cannot be wiped says why, last.
const LINES: [&str; 7] = [
    "sda\t457862\tsata\tS5GXNX0T\tsda1, sda2\t",
    "sdaa\t953869\tsas\tZC1 0042\tsdaa1\t",
    "sdb\t228936\tcontroller\t005f4e3d2c1b4a2a001d4cefa0a38c6b\t\tis in use",
    "vdb\t",
    "nvme0n1\t488386\tnvme\t",
    "sdg\t",
    "sdl\t",
];
/// What is no disk, or not one that could be written.
const LEFT_OUT: [&str; 5] = ["loop0", "zram0", "sr0", "sdj", "mmcblk0boot0"];

#[test]
#[expect(clippy::disallowed_methods, reason = "tests run the rendered scripts")]
fn every_disk_is_listed_with_what_speaks_against_it() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<&str> = DEVICES.iter().map(|device| device.name).collect();
    machine(folder.path(), &names, &["sdb"]);
    let script = terroir::kickstart::disk_list_script().unwrap();
    if is_there("shellcheck") {
        let own = concat!(env!("CARGO_MANIFEST_DIR"), "/src/kickstart/disk_list.sh");
        run("shellcheck", &["-s", "sh", own], b"");
    }
    let mut all = Vec::new();
    for shell in ["/usr/bin/dash", "/usr/bin/bash"] {
        let output = Command::new(shell)
            .args(["-c", &moved(&script, folder.path())])
            .env_clear()
            .env("PATH", programs(folder.path(), false))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.is_empty(), "{said}");
        all.push(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    assert_eq!(all[0], all[1]);
    let listed: Vec<&str> = all[0].lines().collect();
    for expected in LINES {
        let found = listed.iter().any(|line| line.starts_with(expected));
        assert!(found, "{expected}: {listed:#?}");
    }
    for line in &listed {
        assert_eq!(line.matches('\t').count(), 5, "{line}");
    }
    for name in LEFT_OUT {
        assert!(
            !listed
                .iter()
                .any(|line| line.starts_with(&format!("{name}\t"))),
            "{name}"
        );
    }
    let against = |name: &str| {
        let mut lines = listed.iter();
        let line = lines.find(|line| line.starts_with(&format!("{name}\t")));
        line.and_then(|line| line.rsplit('\t').next())
            .unwrap_or_default()
    };
    assert_eq!(against("sda"), "");
    assert!(against("sdg").contains("several paths"), "{listed:#?}");
    assert!(against("sdl").contains("installed from"), "{listed:#?}");
}
