//! Inventories with every combination of what hosts can be, and their rendering.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use terroir::kickstart::{Files, Reading, Site, Surroundings, Templates, Wanted, render};
use terroir::origin::Diagnostic;

/// Kinds of storage: the name, and the keys of a host.
pub(crate) const STORAGE: [(&str, &str); 8] = [
    ("plain", "storage: { layout: plain }"),
    (
        "plain-cis",
        "storage: { layout: plain, separate: cis, swap: 2G }",
    ),
    (
        "lvm",
        "storage: { layout: lvm, filesystem: ext4, swap: 4G }",
    ),
    (
        "lvm-cis",
        "storage: { layout: lvm, separate: cis, volume-group: vg-system }",
    ),
    ("raid1", "storage: { layout: raid1 }"),
    (
        "raid1-cis",
        "storage: { layout: raid1, separate: cis, swap: 2G }",
    ),
    (
        "volumes",
        "storage: { layout: lvm, volumes: { /: { size: 20G }, /var/lib/data: { size: 100G, options: [nodev, noexec] } } }",
    ),
    (
        "btrfs",
        "storage: { filesystem: btrfs, volumes: { /var/srv: {} } }",
    ),
];

/// Kinds of encryption.
pub(crate) const ENCRYPTION: [(&str, &str); 7] = [
    ("open", "encryption: { unlock: none }"),
    (
        "passphrase",
        "encryption: { unlock: passphrase, passphrase: \"env:PASSPHRASE\" }",
    ),
    (
        "escrow",
        "encryption: { unlock: passphrase, passphrase: \"env:PASSPHRASE\", recovery-key: true }",
    ),
    ("tpm2", "encryption: { unlock: tpm2, recovery-key: true }"),
    (
        "tpm2-pcrs",
        "encryption: { unlock: tpm2, pcrs: [7, 11, 14], passphrase: \"file:p\" }",
    ),
    (
        "tang",
        "encryption: { unlock: tang, recovery-key: true, threshold: 2, tang: [ { url: \"http://t1.example\", thumbprint: Uu0NJUHY3KRTRwbFAWeGRU5q2BHeMCPCkHGQEJPHrqM }, { url: \"http://t2.example\", thumbprint: p5mQ7KTrSeYsIqtIYwUQtYMyC_qBVOzBXHCVQRIFY1k } ] }",
    ),
    (
        "fido2",
        "encryption: { unlock: fido2, passphrase: \"command:pass show x\", recovery-key: true }",
    ),
];

/// Kinds of networks; `ADDRESS` becomes an address of the host's own.
pub(crate) const NETWORK: [(&str, &str); 10] = [
    ("dhcp", "network: lan"),
    ("static", "network: lan, address: 10.1.ADDRESS"),
    (
        "static6",
        "network: lan, address: 10.1.ADDRESS, ipv6: \"2001:db8::SIX\"",
    ),
    (
        "only6",
        "network: lan, address: off, ipv6: \"2001:db8::SIX\"",
    ),
    (
        "no6",
        "network: lan, ipv6: off, link: { interface: eno1, mtu: 1400 }",
    ),
    ("vlan", "network: tagged, address: 10.2.ADDRESS"),
    (
        "bond",
        "network: lan, address: 10.1.ADDRESS, link: { bond: { interfaces: [eno1, eno2] } }",
    ),
    (
        "bond-vlan",
        "network: tagged, address: 10.2.ADDRESS, link: { bond: { name: bond7, interfaces: [eno1, eno2, eno3], mode: 802.3ad, options: { miimon: \"100\", xmit_hash_policy: layer3+4 } } }",
    ),
    (
        "bridge",
        "network: lan, link: { interface: eno1, bridge: br0 }",
    ),
    (
        "bridge-vlan",
        "network: tagged, address: 10.2.ADDRESS, link: { bridge: br0, bond: { interfaces: [eno1, eno2] } }",
    ),
];

/// Kinds of disks.
const DISKS: [(&str, &str); 4] = [
    ("{ id: nvme-ACME_1 }", "{ id: nvme-ACME_2 }"),
    ("{ serial: S-1 }", "{ serial: S-2 }"),
    (
        "{ type: nvme, min-size: 100G, max-size: 4T, choose: smallest }",
        "{ wwn: \"0x5002538e40a1b2c3\" }",
    ),
    (
        "{ rotational: false, choose: largest }",
        "{ id: \"ata-*\", choose: smallest }",
    ),
];

/// What every inventory of the tests has above its hosts.
pub(crate) const HEAD: &str = "\
apiVersion: terroir/v1
site: matrix
domain: matrix.example
server: { url: http://install.matrix.example }
networks:
  lan: { address: 10.1.0.0/16, gateway: 10.1.0.1, ipv6: 2001:db8::/64, ipv6-gateway: fe80::1, dns: [10.1.0.53], ntp: [ntp.matrix.example] }
  tagged: { address: 10.2.0.0/16, gateway: 10.2.0.1, vlan: 20, mtu: 9000 }
registries:
  registry.example.org: { mirror: \"mirror.example:5000\", insecure: true, credentials: \"file:auth.json\", signed-by: cosign.pub }
authorities: [ca.pem]
installers:
  debian-12: { url: http://mirror.matrix.example/debian }
";

/// An inventory; each line is a host's keys after its name.
pub(crate) fn inventory(defaults: &str, hosts: &[(String, String)]) -> String {
    let mut text = format!("{HEAD}defaults:\n{defaults}hosts:\n");
    for (number, (name, keys)) in hosts.iter().enumerate() {
        let address = format!("{}.{}", number / 200 + 1, number % 200 + 2);
        let keys = keys.replace("ADDRESS", &address);
        let keys = keys.replace("SIX", &format!("{:x}", number + 16));
        let mac = format!("52:54:00:01:{:02x}:{:02x}", number / 256, number % 256);
        writeln!(text, "  {name}: {{ mac: {mac}, {keys} }}").unwrap();
    }
    text
}

/// What is true of the hosts of a matrix.
pub(crate) const DEFAULTS: &str = "  flavour: registry.example.org/os/server:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  locale: fr_FR.UTF-8
  keyboard: fr
  kernel-arguments: [\"console=ttyS0,115200\", quiet]
  root: { password: \"file:root.hash\", ssh-keys: [\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIb0pK2mDqkXQm4kyPZSkzHxTLIx5hLLfTpFVwMk7LQy root\"] }
  users:
    admin: { name: The admin, password: \"file:admin.hash\", groups: [wheel, adm], shell: /bin/zsh }
    guest: { ssh-keys: [\"ssh-rsa AAAAB3NzaC1yc2E= guest\"] }
  first-boot: [\"echo 'it works' >/etc/motd\", \"if true; then\\n  echo two lines\\nfi\"]
";

/// The keys that choose a target; the flavour of these inventories is an image.
pub(crate) fn targeted(target: &str) -> String {
    match target.starts_with("debian") || target.starts_with("ubuntu") {
        true => format!("target: {target}, packages-only: true"),
        false => format!("target: {target}"),
    }
}

/// Every combination of targets, storage and encryption, with networks and disks in turn.
pub(crate) fn combinations(
    targets: &[&str],
    fits: impl Fn(&str, &str, &str, &str) -> bool,
) -> Vec<(String, String)> {
    let mut hosts = Vec::new();
    let mut turn = 0;
    for target in targets {
        for (storage, keys) in STORAGE {
            for (encryption, more) in ENCRYPTION {
                // The first network in turn that this target can have.
                let network = (0..NETWORK.len())
                    .map(|step| NETWORK[(turn + step) % NETWORK.len()])
                    .find(|(network, _)| fits(target, storage, encryption, network));
                let Some((network, last)) = network else {
                    continue;
                };
                let (disk, second) = DISKS[turn % DISKS.len()];
                let mirror = match storage.starts_with("raid1") {
                    true => format!("mirror: {second}, "),
                    false => String::new(),
                };
                turn += 1;
                let name = format!("h{turn}-{storage}-{encryption}-{network}");
                let target = targeted(target);
                let keys = format!("{target}, disk: {disk}, {mirror}{keys}, {more}, {last}");
                hosts.push((name, keys));
            }
        }
    }
    hosts
}

/// The surroundings of the tests' inventories.
pub(crate) fn around() -> Surroundings {
    let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let other = "-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----\n";
    let key = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
    Surroundings {
        files: BTreeMap::from([
            ("ca.pem".to_owned(), Ok(certificate.to_owned())),
            ("other.pem".to_owned(), Ok(other.to_owned())),
            ("third.pem".to_owned(), Ok(certificate.to_owned())),
            ("cosign.pub".to_owned(), Ok(key.to_owned())),
            ("other.pub".to_owned(), Ok(key.replace("AAAA", "BBBB"))),
        ]),
        ..Surroundings::default()
    }
}

/// Reads an inventory completely.
pub(crate) fn site(text: &str) -> Result<Site, Vec<Diagnostic>> {
    Reading::new("kickstart/matrix.yml", text).site(&around())
}

/// Problems as users read them.
pub(crate) fn shown(problems: &[Diagnostic]) -> String {
    let line = |one: &Diagnostic| {
        let related: String = one
            .related
            .iter()
            .map(|(origin, words)| format!(" [{words}: {origin}]"))
            .collect();
        let hint = one.hint.iter().map(|hint| format!(" => {hint}"));
        format!("{one}{related}{}\n", hint.collect::<String>())
    };
    problems.iter().map(line).collect()
}

/// Renders an inventory that has nothing wrong with the shipped templates.
#[track_caller]
pub(crate) fn rendered(text: &str) -> Files {
    let site = site(text).unwrap_or_else(|problems| panic!("{}", shown(&problems)));
    let templates =
        Templates::new(&BTreeMap::new()).unwrap_or_else(|problems| panic!("{}", shown(&problems)));
    render(&site, &templates, &Wanted::default())
        .unwrap_or_else(|problems| panic!("{}", shown(&problems)))
}

/// Writes rendered files below a folder.
pub(crate) fn write(files: &Files, folder: &Path) {
    for (path, file) in files {
        let place = folder.join(path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, file.content.bytes()).unwrap();
    }
    std::fs::write(folder.join("SHA256SUMS"), terroir::kickstart::sums(files)).unwrap();
}

/// The text of a rendered file.
#[track_caller]
pub(crate) fn text<'a>(files: &'a Files, path: &str) -> &'a str {
    let (_, file) = files
        .iter()
        .find(|(place, _)| place.as_str() == path)
        .unwrap_or_else(|| panic!("{path} is not rendered"));
    std::str::from_utf8(file.content.bytes()).unwrap()
}
