//! Documents of hosts for terroir's own installer, as it reads them itself; and what it refuses.

use terroir::installer::Document;
use terroir::kickstart::{DiskChoice, Files, Finish};

use super::matrix::{inventory, rendered, shown, site, text};

pub(super) const IMAGE: &str = "registry.example.org/os/server:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const OTHER: &str = "other.example.org:5000/os/two@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/// What the registry of the matrix has, and this installer does not.
const REGISTRY: &str = ", signed-by: cosign.pub";

pub(super) fn of(hosts: &[(&str, String)]) -> String {
    let hosts: Vec<(String, String)> = hosts
        .iter()
        .map(|(name, keys)| ((*name).to_owned(), keys.clone()))
        .collect();
    inventory(&format!("  flavour: {IMAGE}\n"), &hosts).replace(REGISTRY, "")
}

#[test]
fn the_installer_reads_every_document() {
    let disks = [
        "{ id: nvme-ACME_1 }",
        "{ serial: S-1 }",
        "{ wwn: \"0x5002538e40a1b2c3\" }",
        "{ path: pci-0000:00:17.0-ata-1 }",
        "{ type: nvme, min-size: 100G, max-size: 4T, choose: smallest }",
        "{ rotational: false, choose: largest }",
        "{ id: \"ata-*\", choose: smallest }",
    ];
    let names: Vec<String> = (0..disks.len())
        .map(|number| format!("h{number}"))
        .collect();
    let targets = ["debian-12", "debian-13", "ubuntu-24.04"];
    let hosts: Vec<(&str, String)> = names
        .iter()
        .zip(disks)
        .enumerate()
        .map(|(number, (name, disk))| {
            let target = targets[number % targets.len()];
            let more = match number % 2 {
                0 => ", kernel-arguments: [\"console=ttyS0,115200\", quiet]".to_owned(),
                _ => format!(", finish: poweroff, image: \"{OTHER}\""),
            };
            (
                name.as_str(),
                format!("target: {target}, network: lan, disk: {disk}{more}"),
            )
        })
        .collect();
    let files = rendered(&of(&hosts));
    for (number, name) in names.iter().enumerate() {
        check(&files, number, name);
    }
}

/// The document of a host has what its number says.
fn check(files: &Files, number: usize, name: &str) {
    let path = format!("http/hosts/{name}/host.json");
    let json = text(files, &path);
    let read = Document::read(&path, json);
    let read = read.unwrap_or_else(|problems| panic!("{json}: {}", shown(&problems)));
    assert_eq!(
        read.hostname.as_deref(),
        Some(&*format!("{name}.matrix.example"))
    );
    assert_eq!(read.registry.authorities.len(), 1);
    assert!(!read.disk.is_empty());
    // The mirror of the registry, which speaks HTTP; what is followed stays the registry's own.
    let (image, plain, follow) = match number % 2 {
        0 => (
            "mirror.example:5000/os/server",
            vec!["mirror.example:5000"],
            "registry.example.org/os/server:1",
        ),
        _ => (
            "other.example.org:5000/os/two",
            vec![],
            "other.example.org:5000/os/two:latest",
        ),
    };
    assert!(read.image.to_string().starts_with(image), "{}", read.image);
    assert_eq!(read.registry.plain_http, plain);
    assert_eq!(read.follow.as_deref(), Some(follow));
    let then = if number.is_multiple_of(2) {
        Finish::Reboot
    } else {
        Finish::Poweroff
    };
    assert_eq!(read.then, then);
    let report = format!("http://install.matrix.example/report/{name}");
    assert_eq!(read.report, Some(report));
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    let disk: DiskChoice = serde_json::from_value(value["disk"].clone()).unwrap();
    assert_ne!(disk, DiskChoice::default());
}

#[test]
fn secrets_are_asked_for_where_the_inventory_says() {
    let own =
        "target: debian-13, network: lan, disk: { id: x }, root: { password: \"file:secret\" }";
    let packages = format!("{own}, flavour: ~");
    let hosts = [("own", own.to_owned()), ("packages", packages)];
    let url = "server: { url: http://install.matrix.example";
    let inventory = of(&hosts);
    assert!(inventory.contains(url), "{inventory}");
    let with = format!("{url}, secrets-url: \"https://install.matrix.example:8443/\"");
    let files = rendered(&inventory.replace(url, &with));
    let document = text(&files, "http/hosts/own/host.json");
    let secret = "\"https://install.matrix.example:8443/secrets/own/password-root\"";
    assert!(document.contains(secret), "{document}");
    assert!(
        document.contains("\"http://install.matrix.example/report/own\""),
        "{document}"
    );
    let script = text(&files, "http/hosts/packages/early.sh");
    assert!(
        script.contains("http://install.matrix.example/secrets/packages"),
        "{script}"
    );
    assert!(!script.contains("8443"), "{script}");
}

#[test]
fn images_come_from_where_the_inventory_says() {
    let own = "target: debian-13, network: lan, disk: { id: x }";
    let inventory = of(&[("own", own.to_owned())]);
    let url = "server: { url: http://install.matrix.example";
    let document = |server: &str| {
        let files = rendered(&inventory.replace(url, server));
        let document = text(&files, "http/hosts/own/host.json").to_owned();
        serde_json::from_str::<serde_json::Value>(&document).unwrap()
    };
    let before = document(url);
    let after = document(&url.replace("url:", "images: cache, url:"));
    let image = before["image"].as_str().unwrap();
    assert!(!image.starts_with("install."), "{image}");
    let image = after["image"].as_str().unwrap();
    let cached = "install.matrix.example/registry.example.org/os/server@sha256:";
    assert!(image.starts_with(cached), "{image}");
    let plain = after["registry"]["plain-http"].to_string();
    assert!(plain.contains("\"install.matrix.example\""), "{plain}");
    // Updates come from where they came from.
    assert_eq!(before["follow"], after["follow"]);
    assert_eq!(before["files"], after["files"]);
    let https = url.replace("url: http:", "images: cache, url: https:");
    let plain = document(&https)["registry"]["plain-http"].to_string();
    assert!(!plain.contains("install.matrix"), "{plain}");
}

#[test]
fn it_boots_what_was_made_of_the_image() {
    let files = rendered(&of(&[(
        "a",
        "target: debian-13, network: lan, disk: { id: x }".to_owned(),
    )]));
    let folder = "terroir/registry.example.org/os/server";
    for path in [
        "http/ipxe/52-54-00-01-00-00.ipxe",
        "tftp/grub/grub.cfg-01-52-54-00-01-00-00",
        "tftp/pxelinux.cfg/01-52-54-00-01-00-00",
    ] {
        let said = text(&files, path);
        for wanted in [
            format!("{folder}/vmlinuz"),
            format!("{folder}/initramfs.img"),
            "rd.systemd.unit=terroir-install.target".to_owned(),
            "terroir.host=http://install.matrix.example/hosts/a/host.json".to_owned(),
        ] {
            assert!(said.contains(&wanted), "{path}: {wanted}: {said}");
        }
        assert!(!said.contains("debian-13/linux"), "{said}");
    }
    let needed = text(&files, "needed.json");
    for wanted in [
        "http/terroir/registry.example.org/os/server/vmlinuz",
        "tftp/terroir/registry.example.org/os/server/initramfs.img",
        "tftp/debian-13/shimx64.efi",
    ] {
        assert!(needed.contains(wanted), "{wanted}: {needed}");
    }
    assert!(!needed.contains("debian-13/initrd.gz"), "{needed}");
    let index: serde_json::Value = serde_json::from_str(text(&files, "site.json")).unwrap();
    assert_eq!(index["hosts"]["a"]["installs"], "image");
    assert_eq!(index["hosts"]["a"]["answer"], "http/hosts/a/host.json");
}

/// Keys of a host, and why they are refused.
const REFUSED: &[(&str, &str)] = &[
    (
        "mirror: { id: y }, storage: { layout: raid1 }",
        "writes one disk",
    ),
    (
        "mirror: { id: y }, storage: { layout: raid1 }",
        "so no mirror",
    ),
    (
        "storage: { separate: cis }, encryption: { unlock: tpm2 }",
        "encrypts the root only, and /home would not be",
    ),
    (
        "storage: { swap: 1G }, encryption: { unlock: tpm2 }",
        "the swap space would not be",
    ),
    ("storage: { filesystem: xfs }", "makes file systems of ext4"),
    (
        "storage: { volumes: { /: { filesystem: btrfs } } }",
        "makes file systems of ext4",
    ),
    (
        "storage: { volumes: { /srv: { size: 2G, filesystem: xfs } } }",
        "makes file systems of ext4",
    ),
    (
        "storage: { volumes: { /usr: { size: 20G } } }",
        "/usr cannot be a volume of its own",
    ),
    (
        "storage: { volumes: { /: { options: [noatime] } } }",
        "has no mount options for the root",
    ),
    (
        "encryption: { unlock: tpm2, recovery-key: true }",
        "makes no recovery key",
    ),
    (
        "encryption: { unlock: tpm2, passphrase: \"env:P\" }",
        "takes no passphrase for tpm2",
    ),
    (
        "encryption: { unlock: fido2, passphrase: \"env:P\" }",
        "encrypts no disk for fido2",
    ),
    (
        "encryption: { unlock: tang, tang: [{ url: \"http://t\", thumbprint: Uu0NJUHY3KRTRwbFAWeGRU5q2BHeMCPCkHGQEJPHrqM }] }",
        "takes Tang servers with a passphrase only",
    ),
    (
        "encryption: { unlock: tang, threshold: 2, passphrase: \"env:P\", tang: [{ url: \"http://t\", thumbprint: Uu0NJUHY3KRTRwbFAWeGRU5q2BHeMCPCkHGQEJPHrqM }, { url: \"http://u\", thumbprint: p5mQ7KTrSeYsIqtIYwUQtYMyC_qBVOzBXHCVQRIFY1k }] }",
        "lets each Tang server open the disk by itself",
    ),
    ("image: registry.example.org/os/server:1", "has no digest"),
];

#[test]
fn what_it_does_not_do_is_refused_where_it_is_stated() {
    for (keys, expected) in REFUSED {
        let keys = format!("target: debian-13, network: lan, disk: {{ id: x }}, {keys}");
        let problems = site(&of(&[("a", keys.clone())])).unwrap_err();
        let said = shown(&problems);
        assert!(said.contains(expected), "{keys}: {said}");
        assert!(
            problems.iter().all(|problem| problem.origin.line > 0),
            "{said}"
        );
        // With packages these are right, or told otherwise.
        let packages = format!("{keys}, packages-only: true");
        let said = site(&of(&[("a", packages)])).map_err(|problems| shown(&problems));
        assert!(
            !said.err().unwrap_or_default().contains("own installer"),
            "{keys}"
        );
    }
    let keys = "target: debian-13, network: lan, disk: { id: x }".to_owned();
    let whole = inventory(&format!("  flavour: {IMAGE}\n"), &[("a".to_owned(), keys)]);
    let said = shown(&site(&whole).unwrap_err());
    assert!(said.contains("does not verify signatures yet"), "{said}");
}

/// What the document has of the storage of a host, as the installer reads it.
#[test]
fn volumes_are_in_the_document() {
    let cis = r#""volumes":{"/home":{"options":["nodev","nosuid"],"size":"4G"},"/var":{"options":["nodev","nosuid"],"size":"16G"},"/var/log":{"options":["nodev","nosuid","noexec"],"size":"4G"},"/var/log/audit":{"options":["nodev","nosuid","noexec"],"size":"2G"},"/var/tmp":{"options":["nodev","nosuid","noexec"],"size":"4G"}}"#;
    let rows = [
        ("separate: none", "null".to_owned()),
        ("swap: 1536M", r#"{"swap":"1536M"}"#.to_owned()),
        (
            "volumes: { /: { size: 20G }, /srv: {} }",
            r#"{"volumes":{"/":{"size":"20G"},"/srv":{"size":"4G"}}}"#.to_owned(),
        ),
        ("separate: cis, filesystem: ext4", format!("{{{cis}}}")),
        (
            "layout: lvm, volume-group: vg0, separate: cis, swap: 2G",
            format!(r#"{{"layout":"lvm","swap":"2G","volume-group":"vg0",{cis}}}"#),
        ),
    ];
    let names = ["a", "b", "c", "d", "e"];
    let hosts: Vec<(&str, String)> = names
        .into_iter()
        .zip(&rows)
        .map(|(name, (storage, _))| {
            let keys = "target: debian-13, network: lan, disk: { id: x }";
            (name, format!("{keys}, storage: {{ {storage} }}"))
        })
        .collect();
    let files = rendered(&of(&hosts));
    for (name, (_, expected)) in names.into_iter().zip(rows) {
        let path = format!("http/hosts/{name}/host.json");
        let json = text(&files, &path);
        let read = Document::read(&path, json);
        read.unwrap_or_else(|problems| panic!("{json}: {}", shown(&problems)));
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(value["storage"].to_string(), expected);
    }
}

/// Keys of a host, what the document has of them, and what the installer reads.
#[test]
fn users_networks_and_secrets_are_in_the_document() {
    let hosts = [
        (
            "one",
            "address: 10.1.0.9, ipv6: \"2001:db8::9\", link: { interface: eno1, mtu: 1400 }, \
             encryption: { unlock: passphrase, passphrase: \"env:P\" }",
        ),
        (
            "two",
            "address: off, ipv6: \"2001:db8::a\", link: { vlan: 3, bond: { interfaces: [eno1, eno2], mode: 802.3ad, options: { miimon: \"100\" } } }, \
             encryption: { unlock: tpm2 }",
        ),
        ("three", "link: { vlan: 3 }, ipv6: off"),
        ("four", "address: dhcp"),
    ];
    let hosts: Vec<(&str, String)> = hosts
        .iter()
        .map(|(name, keys)| {
            (
                *name,
                format!("target: debian-13, network: lan, disk: {{ id: x }}, {keys}"),
            )
        })
        .collect();
    let people = "  root: { password: \"file:root.hash\", ssh-keys: [\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIb0pK2mDqkXQm4kyPZSkzHxTLIx5hLLfTpFVwMk7LQy root\"] }
  users:
    admin: { name: The admin, password: \"file:admin.hash\", groups: [adm], shell: /bin/zsh }
    guest: { ssh-keys: [\"ssh-rsa AAAAB3NzaC1yc2E= guest\"] }
hosts:\n";
    let files = rendered(&of(&hosts).replacen("hosts:\n", people, 1));
    let mut said = Vec::new();
    for (name, _) in &hosts {
        let path = format!("http/hosts/{name}/host.json");
        let json = text(&files, &path);
        let read = Document::read(&path, json);
        let read = read.unwrap_or_else(|problems| panic!("{json}: {}", shown(&problems)));
        let users: Vec<&str> = read.users.iter().map(|user| user.name.as_str()).collect();
        assert_eq!(users, ["admin", "guest", "root"]);
        assert_eq!(read.files.len(), 3);
        assert!(read.registry.keep_credentials);
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        let address = format!("http://install.matrix.example/secrets/{name}");
        assert_eq!(
            value["registry"]["auth-file"],
            format!("{address}/registry")
        );
        let hash = &value["users"][2]["password-hash"]["secret"];
        assert_eq!(hash, &format!("{address}/password-root"));
        said.push(format!("{} {}", value["network"], value["encrypt"]));
    }
    assert_eq!(
        said,
        [
            r#"[{"address":"10.1.0.9/16","dns":["10.1.0.53"],"gateway":"10.1.0.1","interface":"eno1","ipv6":"2001:db8::9/64","ipv6-gateway":"fe80::1","mtu":1400,"search":["matrix.example"]}] {"mode":"passphrase","secret":"http://install.matrix.example/secrets/one/passphrase"}"#,
            r#"[{"address":"off","bond":{"interfaces":["eno1","eno2"],"mode":"802.3ad","name":"bond0","options":{"miimon":"100"}},"dns":["10.1.0.53"],"ipv6":"2001:db8::a/64","ipv6-gateway":"fe80::1","search":["matrix.example"],"vlan":3}] {"mode":"tpm2"}"#,
            r#"[{"address":"dhcp","ipv6":"off","mac":"52:54:00:01:00:02","vlan":3}] null"#,
            "null null",
        ]
    );
}
