//! A machine of a private cloud: a seed of cloud-init says its name, its user and the user's key.

use std::fs;
use std::time::Instant;

use super::guest::{Guest, is_well};
use super::images::Images;
use crate::judge::run;
use crate::machines::{is_wanted, took};

const ENTRIES: &str = "modules:
  - layer: cloud
  - layer: boot-report
";

/// A seed, as docs/src/bootable.md makes one.
fn seed(images: &Images) -> String {
    let key = images.key().with_extension("pub");
    let key = fs::read_to_string(key).expect("a key");
    let user_data = format!(
        "#cloud-config\nusers:\n  - name: ada\n    sudo: ALL=(ALL) NOPASSWD:ALL\n    ssh_authorized_keys:\n      - {key}"
    );
    let files = [
        ("user-data", user_data),
        (
            "meta-data",
            "instance-id: one\nlocal-hostname: cloud1\n".to_owned(),
        ),
    ];
    let places = files.map(|(name, text)| {
        let place = images.place(name);
        fs::write(&place, text).expect("writable");
        place.display().to_string()
    });
    let seed = images.place("seed.iso").display().to_string();
    let [user_data, meta_data] = &places;
    let options = [
        "-quiet", "-output", &seed, "-volid", "cidata", "-joliet", "-rock",
    ];
    run(
        "genisoimage",
        &[&options[..], &[user_data, meta_data]].concat(),
        b"",
    );
    seed
}

/// What cloud-init says on the console.
fn told(guest: &Guest) -> String {
    let console = guest.console();
    let lines = console
        .lines()
        .filter(|line| line.contains("cloud") || line.contains("ci-info"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_seed_sets_up_a_machine_of_a_cloud() {
    if !is_wanted("life") {
        return;
    }
    let start = Instant::now();
    let since = |what: &str| took("life", what, start.elapsed().as_secs_f64());
    let images = Images::new();
    images.base("trixie");
    let recipe = images.recipe("first", "base.yml", ENTRIES);
    images.publish(&recipe, "first");
    let disk = images.disk_with(&recipe, "disk.qcow2", &["--format=qcow2"]);
    let disk_name = disk.display().to_string();
    run("qemu-img", &["check", "-q", &disk_name], b"");
    run("qemu-img", &["resize", "-q", &disk_name, "+1G"], b"");
    since("a disk for a cloud");
    let seed = seed(&images);
    let mut guest = Guest::start(&disk, &images.key(), &["--seed", &seed]).with_user("ada");
    is_well(&guest.ready());
    since("a start with a seed");
    // The machine is up before cloud-init has made the user.
    let mut tries = 60;
    while guest.try_run_as("ada", "true").0 != 0 && tries > 0 {
        std::thread::sleep(std::time::Duration::from_secs(5));
        tries -= 1;
    }
    let (code, said) = guest.try_run_as("ada", "cloud-init status --wait --long");
    assert!(code == 0, "{code}: {said}\n{}", told(&guest));
    assert_eq!(guest.run("hostname"), "cloud1\n");
    assert_eq!(guest.run("sudo -n id -u"), "0\n");
    let size = guest.run("df --output=size -BM / | tail -n 1 | tr -dc 0-9");
    assert!(size.parse::<u64>().expect("a number") > 3000, "{size}");
    let keys = "cat /etc/ssh/ssh_host_*_key.pub | sha256sum";
    let first = guest.run(keys);
    guest.run("sudo -n systemd-run --on-active=1 systemctl reboot");
    is_well(&guest.ready());
    since("one more start");
    assert_eq!(guest.run("hostname"), "cloud1\n");
    assert_eq!(guest.run(keys), first);
    guest.run("sudo -n systemd-run --on-active=1 systemctl poweroff");
    guest.ends();
}
