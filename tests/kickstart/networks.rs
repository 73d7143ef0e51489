//! Networks of hosts: addresses, names, bonds, and the largest packet of every device.

use std::collections::BTreeMap;
use std::process::{Command, Output};

use serde_json::{Value, json};
use terroir::kickstart::Files;

use super::judge::is_there;
use super::matrix::{NETWORK, rendered, shown, site, targeted, text};

const HEAD: &str = "apiVersion: terroir/v1
site: lab
domain: lab.acme.example
server: { url: http://192.0.2.5 }
networks:
  a: { address: 192.0.2.0/24, gateway: 192.0.2.1, mtu: 9000, dns: [192.0.2.53], ntp: [192.0.2.51, ntp.acme.example], ipv6: 2001:db8:1::/64, ipv6-gateway: fe80::1 }
  b: { address: 198.51.100.0/24, gateway: 198.51.100.1, vlan: 20, mtu: 9000, ipv6: 2001:db8:2::/64, ipv6-gateway: fe80::1 }
defaults: { flavour: quay.io/os/server:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, network: a, disk: { serial: S-1 } }
hosts:
";

/// Runs a program and gives what it left behind, however it ends.
#[expect(clippy::disallowed_methods, reason = "tests run the judges")]
pub(crate) fn output(program: &str, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).output().unwrap()
}

fn of(target: &str, name: &str, keys: &str) -> String {
    format!(
        "{HEAD}  {name}: {{ mac: 52:54:00:00:00:05, {}, {keys} }}\n",
        targeted(target)
    )
}

fn answer(files: &Files, name: &str) -> Value {
    let user = text(files, &format!("http/hosts/{name}/user-data"));
    let node = terroir::yaml::parse("user-data", user).expect("YAML");
    let all: Value = terroir::yaml::decode(&node).expect("YAML is JSON here");
    all["autoinstall"].clone()
}

/// What netplan makes of a network: its files by name, or what it says.
fn generated(network: &Value) -> Result<BTreeMap<String, String>, String> {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("etc/netplan");
    std::fs::create_dir_all(&place).unwrap();
    let text = json!({ "network": network }).to_string();
    std::fs::write(place.join("50-terroir.yaml"), text).unwrap();
    let root = folder.path().display().to_string();
    let said = output("netplan", &["generate", "--root-dir", &root]);
    if !said.status.success() {
        return Err(String::from_utf8_lossy(&said.stderr).into_owned());
    }
    let made = folder.path().join("run/systemd/network");
    let files = made.read_dir().unwrap().flatten().map(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(entry.path()).unwrap())
    });
    Ok(files.collect())
}

#[test]
fn a_gateway_of_the_link_may_be_that_of_every_network() {
    let files = rendered(&of("F43", "h", "ipv6: \"2001:db8:1::11\""));
    assert!(text(&files, "http/hosts/h/kickstart.ks").contains("--ipv6gateway=fe80::1"));
    // A gateway that is reached by a route still belongs to one network.
    let wrong = of("F43", "h", "").replace("fe80::1", "2001:db8:1::1");
    let said = shown(&site(&wrong).unwrap_err());
    assert!(said.contains("2001:db8:1::1"), "{said}");
}

#[test]
fn a_name_with_dots_has_its_own_domain() {
    for (name, short, domain) in [
        ("web1.north.acme.example", "web1", "north.acme.example"),
        ("web1", "web1", "lab.acme.example"),
    ] {
        let files = rendered(&of("ubuntu-24.04", name, ""));
        let user = answer(&files, name);
        assert_eq!(user["user-data"]["fqdn"], format!("{short}.{domain}"));
        assert_eq!(user["user-data"]["hostname"], short);
        let files = rendered(&of("debian-12", name, ""));
        let preseed = text(&files, &format!("http/hosts/{name}/preseed.cfg"));
        for line in [
            format!("d-i netcfg/get_hostname string {short}\n"),
            format!("d-i netcfg/hostname string {short}\n"),
            format!("d-i netcfg/get_domain string {domain}\n"),
        ] {
            assert!(preseed.contains(&line), "{line}{preseed}");
        }
        let boot = text(&files, "http/ipxe/52-54-00-00-00-05.ipxe");
        assert!(
            boot.contains(&format!("hostname={short} domain={domain}")),
            "{boot}"
        );
        let files = rendered(&of("F43", name, ""));
        let kickstart = text(&files, &format!("http/hosts/{name}/kickstart.ks"));
        assert!(kickstart.contains(&format!("network --hostname={short}.{domain}\n")));
    }
}

#[test]
fn anaconda_is_asked_for_no_bridge_on_a_vlan() {
    for keys in [
        "network: b, link: { interface: eno1, bridge: br0 }",
        "link: { interface: eno1, vlan: 7, bridge: br0 }",
        "network: b, link: { bond: { interfaces: [eno1, eno2] }, bridge: br0 }",
    ] {
        let said = shown(&site(&of("RHEL10", "h", keys)).unwrap_err());
        assert!(
            said.contains("RHEL10 cannot put a bridge on a VLAN"),
            "{keys}: {said}"
        );
        assert!(
            said.contains("[the VLAN: ") && said.contains("first-boot"),
            "{said}"
        );
        rendered(&of("ubuntu-24.04", "h", keys));
    }
    let keys = "link: { bond: { interfaces: [eno1, eno2] }, bridge: br0 }";
    rendered(&of("RHEL10", "h", keys));
}

const VLAN: &str = "network: b, link: { interface: eno1 }";
const BOND: &str = "network: b, link: { bond: { interfaces: [eno1, eno2] } }";
const BRIDGE: &str = "link: { interface: eno1, bridge: br0 }";

#[test]
fn every_device_carries_the_largest_packet() {
    for (target, keys, devices) in [
        ("F43", VLAN, &["KERNEL==\"eno1\""][..]),
        (
            "F43",
            "network: b",
            &["ATTR{address}==\"52:54:00:00:00:05\""],
        ),
        (
            "F43",
            BOND,
            &["KERNEL==\"eno1\"", "NAME==\"eno2\"", "KERNEL==\"bond0\""],
        ),
        ("F43", BRIDGE, &["NAME==\"eno1\""]),
        (
            "debian-12",
            "link: { interface: eno1 }",
            &["KERNEL==\"eno1\""],
        ),
        (
            "debian-13",
            "address: 192.0.2.9",
            &["ATTR{address}==\"52:54:00:00:00:05\""],
        ),
    ] {
        let files = rendered(&of(target, "h", keys));
        let (path, place) = match target.starts_with('F') {
            true => ("http/hosts/h/kickstart.ks", ">/etc/udev/rules.d/81"),
            false => ("http/hosts/h/late.sh", ">/target/etc/udev/rules.d/81"),
        };
        let script = text(&files, path);
        assert!(script.contains(place), "{target} {keys}: {script}");
        for device in devices {
            let rule = format!("ACTION==\"add\", SUBSYSTEM==\"net\", {device}");
            let address = format!("DRIVERS==\"?*\", {device}");
            let line = script
                .lines()
                .find(|line| line.contains(&rule) || line.contains(&address));
            assert!(
                line.is_some_and(|line| line.ends_with("ATTR{mtu}=\"9000\"")),
                "{device}"
            );
        }
    }
    // What Anaconda sets itself needs no rule.
    let files = rendered(&of("F43", "h", "link: { interface: eno1 }"));
    let kickstart = text(&files, "http/hosts/h/kickstart.ks");
    assert!(!kickstart.contains("81-terroir-mtu") && kickstart.contains("--mtu=9000"));
}

#[test]
fn netplan_gives_every_device_the_largest_packet() {
    if !is_there("netplan") {
        return;
    }
    for (keys, devices) in [
        (VLAN, &["eno1", "vlan20"][..]),
        (BOND, &["eno1", "eno2", "bond0", "vlan20"]),
        (BRIDGE, &["eno1", "br0"]),
        ("network: b", &["link", "vlan20"]),
    ] {
        let network = &answer(&rendered(&of("ubuntu-24.04", "h", keys)), "h")["network"];
        let files = generated(network).unwrap();
        for device in devices {
            let has = |(name, text): (&String, &String)| {
                name.contains(&format!("netplan-{device}.")) && text.contains("MTUBytes=9000\n")
            };
            assert!(files.iter().any(has), "{keys} {device}: {files:#?}");
        }
    }
}

/// Options of bonds, and what networkd is told of each.
const OPTIONS: &[(&str, &str, &str)] = &[
    (
        "802.3ad",
        "miimon: \"100\", updelay: \"200\", downdelay: \"300\"",
        "MIIMonitorSec=100ms\nUpDelaySec=200ms\nDownDelaySec=300ms",
    ),
    (
        "802.3ad",
        "min_links: \"1\", lacp_rate: \"1\", ad_select: bandwidth",
        "MinLinks=1\nLACPTransmitRate=fast\nAdSelect=bandwidth",
    ),
    (
        "802.3ad",
        "xmit_hash_policy: layer3+4, all_slaves_active: \"1\"",
        "TransmitHashPolicy=layer3+4\nAllSlavesActive=1",
    ),
    (
        "active-backup",
        "arp_interval: \"500\", arp_ip_target: \"192.0.2.1,192.0.2.2\", arp_validate: \"3\", arp_all_targets: all",
        "ARPIntervalSec=500ms\nARPIPTargets=192.0.2.1 192.0.2.2\nARPValidate=all\nARPAllTargets=all",
    ),
    (
        "active-backup",
        "primary: eno2, primary_reselect: failure, fail_over_mac: active",
        "PrimaryReselectPolicy=failure\nFailOverMACPolicy=active",
    ),
    (
        "active-backup",
        "num_grat_arp: \"3\", resend_igmp: \"2\", lp_interval: \"5\"",
        "GratuitousARP=3\nResendIGMP=2\nLearnPacketIntervalSec=5s",
    ),
    (
        "balance-rr",
        "packets_per_slave: \"2\"",
        "PacketsPerSlave=2",
    ),
];

#[test]
fn netplan_takes_every_option_of_a_bond() {
    let there = is_there("netplan");
    for (mode, options, expected) in OPTIONS {
        let keys = format!(
            "link: {{ bond: {{ interfaces: [eno1, eno2], mode: {mode}, options: {{ {options} }} }} }}"
        );
        let network = &answer(&rendered(&of("ubuntu-24.04", "h", &keys)), "h")["network"];
        if there {
            let files = generated(network).unwrap_or_else(|said| panic!("{options}: {said}"));
            let bond = &files["10-netplan-bond0.netdev"];
            for line in expected.lines() {
                assert!(
                    bond.contains(&format!("{line}\n")) || bond.ends_with(line),
                    "{line}: {bond}"
                );
            }
        }
        let files = rendered(&of("F43", "h", &keys));
        let kickstart = text(&files, "http/hosts/h/kickstart.ks");
        assert!(
            kickstart.contains(&format!("--bondopts=mode={mode}"))
                || kickstart.contains(&format!("--bondopts=\"mode={mode}"))
        );
        if options.contains("arp_ip_target") {
            assert!(
                kickstart.contains(";arp_ip_target=192.0.2.1,192.0.2.2;arp_validate=all"),
                "{kickstart}"
            );
        }
    }
    // netplan itself refuses a name of the kernel.
    if there {
        let bond = json!({ "interfaces": ["eno1"], "parameters": { "downdelay": "200" } });
        let network =
            json!({ "version": 2, "ethernets": { "eno1": {} }, "bonds": { "bond0": bond } });
        assert!(generated(&network).unwrap_err().contains("unknown key"));
    }
}

/// Targets, modes, options, and what is said of them.
const WITHOUT_EFFECT: &[(&str, &str, &str, &str)] = &[
    ("F43", "802.3ad", "mimon: \"100\"", "did you mean `miimon`?"),
    (
        "F43",
        "802.3ad",
        "miimon: 100ms",
        "a number of milliseconds without its unit",
    ),
    (
        "F43",
        "802.3ad",
        "mode: \"4\"",
        "write `mode: …` beside `options`",
    ),
    (
        "F43",
        "active-backup",
        "lacp_rate: fast",
        "lacp_rate has no effect in the mode active-backup",
    ),
    ("F43", "802.3ad", "lacp_rate: quick", "one of slow, fast"),
    ("F43", "active-backup", "primary: eno7", "one of eno1, eno2"),
    (
        "F43",
        "802.3ad",
        "updelay: \"200\"",
        "updelay has no effect without miimon",
    ),
    (
        "F43",
        "active-backup",
        "arp_interval: \"200\"",
        "without arp_ip_target",
    ),
    (
        "ubuntu-24.04",
        "802.3ad",
        "use_carrier: \"1\"",
        "cannot say use_carrier=1",
    ),
    (
        "ubuntu-24.04",
        "802.3ad",
        "xmit_hash_policy: vlan+srcmac",
        "cannot say xmit_hash_policy",
    ),
    (
        "ubuntu-24.04",
        "802.3ad",
        "num_unsol_na: \"1\"",
        "write num_grat_arp",
    ),
];

#[test]
fn an_option_that_has_no_effect_is_refused() {
    for (target, mode, options, expected) in WITHOUT_EFFECT {
        let keys = format!(
            "link: {{ bond: {{ interfaces: [eno1, eno2], mode: {mode}, options: {{ {options} }} }} }}"
        );
        let said = shown(&site(&of(target, "h", &keys)).unwrap_err());
        assert!(
            said.contains(*expected) && said.contains("matrix.yml:10:"),
            "{options}: {said}"
        );
    }
}

#[test]
fn netplan_takes_every_network_of_the_matrix() {
    if !is_there("netplan") {
        return;
    }
    for (kind, keys) in NETWORK {
        let keys = keys.replace("ADDRESS", "0.9").replace("SIX", "9");
        let head = super::matrix::HEAD;
        let inventory = format!(
            "{head}hosts: {{ h: {{ mac: 52:54:00:00:00:05, target: ubuntu-24.04, disk: {{ serial: S-1 }}, {keys} }} }}\n"
        );
        let network = &answer(&rendered(&inventory), "h")["network"];
        generated(network).unwrap_or_else(|said| panic!("{kind}: {said}\n{network}"));
    }
}

#[test]
fn all_time_servers_are_named_to_the_installed_system() {
    for target in ["debian-12", "debian-13", "ubuntu-24.04"] {
        let files = rendered(&of(target, "h", ""));
        let late = text(&files, "http/hosts/h/late.sh");
        assert!(
            late.contains("\nNTP=192.0.2.51 ntp.acme.example\n"),
            "{late}"
        );
        assert!(
            late.contains("\nserver ntp.acme.example iburst\n"),
            "{late}"
        );
    }
}
