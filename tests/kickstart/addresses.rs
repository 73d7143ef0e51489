//! Addresses of Debian machines: what netcfg gets in time, and what the installed system keeps.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::judge::{is_there, run};
use super::matrix::{rendered, text};

/// A host of each kind.
const INVENTORY: &str = "\
apiVersion: terroir/v1
site: lab
domain: lab.example
server: { url: http://192.0.2.5, reports: false }
networks:
  a: { address: 192.0.2.0/24, gateway: 192.0.2.1, ipv6: \"2001:db8:1::/64\", ipv6-gateway: \"fe80::1\", dns: [\"2001:db8::53\", 192.0.2.53, 192.0.2.54] }
  b: { address: 198.51.100.0/24 }
defaults: { target: debian-12, network: a, disk: { id: x } }
hosts:
  plain: { mac: 52:54:00:00:00:01 }
  four: { mac: 52:54:00:00:00:02, address: 192.0.2.12 }
  lonely: { mac: 52:54:00:00:00:03, network: b, address: 198.51.100.12, link: { interface: eno7 } }
  six: { mac: 52:54:00:00:00:04, ipv6: \"2001:db8:1::11\" }
  both: { mac: 52:54:00:00:00:05, address: 192.0.2.15, ipv6: \"2001:db8:1::15\" }
  only6: { mac: 52:54:00:00:00:06, address: off, ipv6: \"2001:db8:1::16\" }
  no6: { mac: 52:54:00:00:00:07, ipv6: off }
  dhcp6: { mac: 52:54:00:00:00:08, ipv6: dhcp }
";

#[test]
fn a_stated_address_stands_on_the_kernels_command_line() {
    let files = rendered(INVENTORY);
    let line = |number: u8| {
        let text = text(
            &files,
            &format!("tftp/pxelinux.cfg/01-52-54-00-00-00-{number:02x}"),
        );
        let found = text.lines().find(|line| line.trim().starts_with("APPEND "));
        format!("{} ", found.expect("arguments").trim().to_lowercase())
    };
    for (number, right, wrong) in [
        (
            1,
            &["interface=auto"][..],
            &["netcfg/get_ipaddress", "disable_autoconfig"][..],
        ),
        (
            2,
            &[
                "interface=auto",
                "netcfg/disable_autoconfig=true",
                "netcfg/get_ipaddress=192.0.2.12",
                "netcfg/get_netmask=255.255.255.0",
                "netcfg/get_gateway=192.0.2.1",
                "netcfg/get_nameservers=192.0.2.53",
                "netcfg/confirm_static=true",
            ],
            &[],
        ),
        (
            3,
            &[
                "interface=eno7",
                "netcfg/get_gateway=none",
                "netcfg/get_nameservers=",
            ],
            &["interface=auto"],
        ),
        // The installer itself may use DHCP: the loader came by it.
        (6, &["interface=auto"], &["netcfg/get_ipaddress"]),
    ] {
        let line = line(number);
        for word in right {
            assert!(
                line.contains(&format!(" {word} ")),
                "{number}: {word}: {line}"
            );
        }
        for word in wrong {
            assert!(!line.contains(word), "{number}: {word}: {line}");
        }
    }
}

/// What late.sh of a host leaves of a target folder.
#[expect(clippy::disallowed_methods, reason = "tests run the rendered scripts")]
fn installed(script: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for place in [
        "target/etc/systemd/system",
        "target/etc/sysctl.d",
        "target/etc/network",
        "etc/network",
        "bin",
    ] {
        std::fs::create_dir_all(root.join(place)).unwrap();
    }
    let own = "auto lo\niface lo inet loopback\n\nallow-hotplug enp1s0\niface enp1s0 inet dhcp\n";
    std::fs::write(root.join("etc/network/interfaces"), own).unwrap();
    std::fs::write(root.join("target/etc/network/interfaces"), own).unwrap();
    for name in ["in-target", "logger"] {
        let place = root.join("bin").join(name);
        std::fs::write(&place, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut script = script.to_owned();
    for place in ["/target/", "/etc/network/interfaces |"] {
        for before in [" ", ">"] {
            let there = format!("{before}{}{place}", root.display());
            script = script.replace(&format!("{before}{place}"), &there);
        }
    }
    let path = format!("{}/bin:/usr/bin:/bin", root.display());
    let output = Command::new("busybox")
        .args(["sh", "-c", &script])
        .env("PATH", path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{script}");
    folder
}

/// The hosts with their interface and the stanzas of it.
const HOSTS: &[(&str, &str, &[&str])] = &[
    ("plain", "enp1s0", &["inet dhcp"]),
    (
        "four",
        "enp1s0",
        &[
            "inet static|address 192.0.2.12/24|gateway 192.0.2.1",
            "inet6 auto",
        ],
    ),
    (
        "lonely",
        "eno7",
        &["inet static|address 198.51.100.12/24", "inet6 auto"],
    ),
    (
        "six",
        "enp1s0",
        &[
            "inet dhcp",
            "inet6 static|address 2001:db8:1::11/64|gateway fe80::1",
        ],
    ),
    (
        "both",
        "enp1s0",
        &[
            "inet static|address 192.0.2.15/24|gateway 192.0.2.1",
            "inet6 static|address 2001:db8:1::15/64|gateway fe80::1",
        ],
    ),
    (
        "only6",
        "enp1s0",
        &["inet6 static|address 2001:db8:1::16/64|gateway fe80::1"],
    ),
    ("no6", "enp1s0", &["inet dhcp"]),
    ("dhcp6", "enp1s0", &["inet dhcp", "inet6 dhcp"]),
];

#[test]
fn the_installed_system_has_every_stated_address() {
    if !["busybox", "ifquery"]
        .iter()
        .all(|program| is_there(program))
    {
        return;
    }
    let files = rendered(INVENTORY);
    for &(host, interface, all) in HOSTS {
        let folder = installed(text(&files, &format!("http/hosts/{host}/late.sh")));
        let place = folder.path().join("target/etc/network/interfaces");
        let found = std::fs::read_to_string(&place).unwrap();
        let start = format!("\niface {interface} ");
        let stanzas = found.split(&start).skip(1);
        let stanzas: Vec<String> = stanzas
            .map(|one| one.trim_end().replace("\n\t", "|"))
            .collect();
        assert_eq!(stanzas, all, "{host}: {found}");
        // ifupdown reads it so too.
        let file = format!("--interfaces={}", place.display());
        let said = run(
            "ifquery",
            &[file.as_str(), "--allow=hotplug", "--list"],
            b"",
        );
        assert_eq!(String::from_utf8(said).unwrap().trim(), interface, "{host}");
        let said = run("ifquery", &[file.as_str(), interface], b"");
        let said = String::from_utf8(said).unwrap().trim().replace('\n', "|");
        for line in all.iter().flat_map(|one| one.split('|').skip(1)) {
            let (key, value) = line.split_once(' ').unwrap();
            let value = value.split('/').next().unwrap();
            assert!(
                said.contains(&format!("{key}: {value}")),
                "{host}: {line}: {said}"
            );
        }
        let kept =
            |name: &str| std::fs::read_to_string(folder.path().join("target/etc").join(name));
        let resolver = kept("resolv.conf").unwrap_or_default();
        let right = match ["four", "both", "only6"].contains(&host) {
            true => {
                "search lab.example\nnameserver 2001:db8::53\nnameserver 192.0.2.53\nnameserver 192.0.2.54\n"
            }
            false => "",
        };
        assert_eq!(resolver, right, "{host}");
        let off = kept("sysctl.d/60-terroir-network.conf").unwrap_or_default();
        let right = match host == "no6" {
            true => "net.ipv6.conf.enp1s0.disable_ipv6 = 1\n",
            false => "",
        };
        assert_eq!(off, right, "{host}");
    }
}
