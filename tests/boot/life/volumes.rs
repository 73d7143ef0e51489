//! Machines with volumes beside the root: on logical volumes, through an update, and on partitions.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};

use super::guest::{Guest, deployment, is_well};
use super::images::Images;
use crate::machines::{is_wanted, took};

const ENTRIES: &str = "  - type: packages\n    install: [lvm2]\n";

/// What a volume is mounted with.
const OPTIONS: [&str; 3] = ["nodev", "noexec", "nosuid"];

/// Writes a disk as the installer does; gives its place.
fn install(images: &Images, (tag, name): (&str, &str), storage: &Value) -> PathBuf {
    let local = images.local(tag);
    let (repository, _) = local.rsplit_once(':').expect("a tag");
    let document = json!({
        "format": 1,
        "image": format!("{repository}@{}", images.published(tag).0),
        "disk": { "serial": "S1" },
        "storage": storage,
        "hostname": "web1",
        "users": [{ "name": "ann", "groups": ["adm"] }],
    });
    let place = images.place(&format!("{name}.json"));
    fs::write(&place, document.to_string()).expect("writable");
    let disk = images.place(&format!("{name}.raw"));
    let file = File::create(&disk).expect("a file");
    file.set_len(6 << 30).expect("a size");
    let words = ["install", "--quiet", "--document"].map(str::to_owned);
    let places = [&place, Path::new("--disk-file"), &disk].map(|place| place.display().to_string());
    images
        .terroir()
        .run(words.iter().chain(&places).map(String::as_str));
    disk
}

/// Looks for the volumes of a machine.
fn has_volumes(guest: &Guest, source: &str) {
    for (place, size) in [("/var", 600), ("/var/log", 300), ("/var/home", 300)] {
        let said = guest.run(&format!("findmnt -nbo SOURCE,OPTIONS,SIZE {place}"));
        let words: Vec<&str> = said.split_whitespace().collect();
        assert!(words[0].starts_with(source), "{said}");
        if place == "/var/log" {
            let all: Vec<&str> = words[1].split(',').collect();
            assert!(OPTIONS.iter().all(|one| all.contains(one)), "{said}");
        }
        let found = words[2].parse::<u64>().expect("a size") >> 20;
        assert!((size - size / 6..=size).contains(&found), "{said}");
    }
    let swap = guest.run("swapon --show=SIZE --bytes --noheadings");
    assert_eq!(swap.trim(), ((256 << 20) - 4096).to_string());
    assert_eq!(guest.run("stat -c '%a %U' /home/ann"), "700 ann\n");
    guest.run("terroir host status");
}

fn storage(more: &Value) -> Value {
    let mut storage = json!({
        "volumes": {
            "/var": { "size": "600M" },
            "/var/log": { "size": "300M", "options": OPTIONS },
            "/home": { "size": "300M" },
        },
        "swap": "256M",
    });
    let keys = storage.as_object_mut().expect("keys");
    keys.extend(more.as_object().expect("keys").clone());
    storage
}

#[test]
fn volumes_of_a_machine_are_mounted_and_survive_an_update() {
    if !is_wanted("install") {
        return;
    }
    let began = Instant::now();
    let since = |what: &str| took("volumes", what, began.elapsed().as_secs_f64());
    let images = Images::new();
    images.base("trixie");
    let recipe = images.tested("first", "base.yml");
    images.append("first", ENTRIES);
    images.publish(&recipe, "first");
    let next = images.recipe(
        "next",
        "first.yml",
        "modules:\n  - type: kargs\n    kargs: [next=1]\n",
    );
    let next = images.publish(&next, "next");
    let group = json!({ "layout": "lvm", "volume-group": "vg0" });
    let disk = install(&images, ("first", "logical"), &storage(&group));
    since("a disk with logical volumes");
    let mut guest = Guest::start(&disk, &images.key(), &["--secure-boot"]);
    let report = guest.ready();
    is_well(&report);
    let old = deployment(&report);
    since("its first start");
    has_volumes(&guest, "/dev/mapper/vg0-");
    let said = guest.run("vgs --noheadings -o vg_name,pv_count,lv_count; vgck --verbose vg0 2>&1");
    assert!(
        said.contains("vg0") && !said.to_lowercase().contains("warning"),
        "{said}"
    );
    // LVM itself goes on with the group.
    guest.run(
        "swapoff -a && lvremove --yes vg0/swap && lvcreate --yes -L 64m -n more vg0 && vgck vg0",
    );
    guest.run(
        "mkswap -U \"$(sed -n 's/^UUID=\\([^ ]*\\) none swap.*/\\1/p' /etc/fstab)\" /dev/vg0/more",
    );
    guest.run("echo kept >/home/ann/file; echo kept >/var/lib/file; sync");
    guest.switch(&images, &next);
    guest.restart();
    let report = guest.ready();
    is_well(&report);
    assert_ne!(deployment(&report), old, "{report}");
    since("an update");
    assert_eq!(
        guest.run("cat /home/ann/file /var/lib/file"),
        "kept\nkept\n"
    );
    guest.off();

    let disk = install(&images, ("first", "plain"), &storage(&json!({})));
    let mut guest = Guest::start(&disk, &images.key(), &[]);
    is_well(&guest.ready());
    has_volumes(&guest, "/dev/vda");
    guest.off();
    since("partitions");
}
