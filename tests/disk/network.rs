//! The network of one host: what the programs that set it up make of the files on its disk.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::installed::{SIZE, Site, deployed, is_blank};
use super::judge::{is_there, run};
use super::layout::Member;
use super::workspace::Workspace;
use super::{ROOT, debugfs, image, members, text};

/// What starts systemd-networkd among other names, waits, and prints what it did.
const NETWORKD: &str = r#"
mount -t tmpfs run /run
mkdir -p /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/network
chown -R systemd-network /run/systemd/netif
mount -t sysfs -o ro sys /sys
cp "$1"/*.network "$1"/*.netdev /run/systemd/network/
ip link set lo up
ip link add lan0 type veth peer name other
ip link set other up
SYSTEMD_LOG_TARGET=console /usr/lib/systemd/systemd-networkd >"$2" 2>&1 &
for turn in 1 2 3 4 5 6 7 8 9 10; do
  sleep 0.5
  ip -o addr show lan0 | grep -q 'inet ' && break
done
ip -o addr show lan0
ip route
kill $!
"#;

/// What makes an image one that uses a program: its files, and links of enabled units.
fn uses(program: &str) -> Vec<Member<'static>> {
    let wants = |name, target| Member::Link(name, target);
    match program {
        "netplan" => vec![Member::File(
            "usr/lib/systemd/system-generators/netplan",
            b"",
        )],
        "NetworkManager" => vec![
            Member::File("usr/sbin/NetworkManager", b""),
            wants(
                "etc/systemd/system/multi-user.target.wants/NetworkManager.service",
                "/usr/lib/systemd/system/NetworkManager.service",
            ),
        ],
        "networkd" => vec![
            Member::File("usr/lib/systemd/systemd-networkd", b""),
            wants(
                "usr/lib/systemd/system/multi-user.target.wants/systemd-networkd.service",
                "../systemd-networkd.service",
            ),
        ],
        "ifupdown" => vec![
            Member::File("usr/sbin/ifup", b""),
            wants(
                "etc/systemd/system/multi-user.target.wants/networking.service",
                "/usr/lib/systemd/system/networking.service",
            ),
        ],
        "resolved" => vec![wants(
            "etc/systemd/system/multi-user.target.wants/systemd-resolved.service",
            "/usr/lib/systemd/system/systemd-resolved.service",
        )],
        _ => Vec::new(),
    }
}

/// A site with an image that uses programs.
fn site(programs: &[&str]) -> Option<Site> {
    let write = |workspace: &Workspace| {
        let mut all: Vec<Member<'_>> = members("ostree").into_iter().map(|(_, one)| one).collect();
        all.extend(programs.iter().flat_map(|program| uses(program)));
        image(workspace, &all);
    };
    Site::new(&write)
}

/// Installs a network; gives the folder /etc of the machine.
fn install(site: &Site, network: &Value) -> PathBuf {
    site.document(&json!({ "network": network }));
    let disk = site.blank("a.img", SIZE);
    let (code, said) = site.install("a.img");
    assert_eq!(code, 0, "{said}");
    let folder = site.workspace.path("installed");
    fs::create_dir(&folder).expect("a folder");
    let etc = format!("{}/etc", deployed(&disk));
    debugfs(&disk, ROOT, &format!("rdump {etc} {}", folder.display()));
    folder.join("etc")
}

fn stated() -> Value {
    json!([
        {
            "interface": "lan0", "address": "192.0.2.11/24", "gateway": "192.0.2.1",
            "ipv6": "2001:db8::11/64", "ipv6-gateway": "fe80::1", "dns": ["192.0.2.53", "2001:db8::53"],
            "search": ["lab.example.org", "example.org"], "mtu": 1400,
        },
        { "mac": "52:54:00:00:00:01" },
    ])
}

fn bonded() -> Value {
    json!([{
        "bond": {
            "interfaces": ["lan1", "lan2"], "mode": "802.3ad",
            "options": { "miimon": "100", "lacp_rate": "fast", "xmit_hash_policy": "layer3+4" },
        },
        "vlan": 10, "bridge": "br0", "mtu": 9000, "address": "off", "ipv6": "2001:db8:1::11/64",
    }])
}

/// All files in a folder, with their names.
fn whole(folder: &Path) -> String {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<PathBuf> = entries.map(|one| one.expect("an entry").path()).collect();
    names.sort();
    let read = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("a text");
        format!("== {}\n{text}", path.display())
    };
    names.iter().map(read).collect()
}

#[test]
fn networkd_sets_up_what_the_document_says() {
    let Some(site) = site(&["networkd", "ifupdown"]) else {
        return;
    };
    let mut all = stated();
    let more = bonded();
    let list = all.as_array_mut().expect("a list");
    list.extend(more.as_array().expect("a list").clone());
    let etc = install(&site, &all);
    let resolver = fs::read_to_string(etc.join("resolv.conf")).expect("a file");
    assert!(
        resolver.contains("search lab.example.org example.org\nnameserver 192.0.2.53\n"),
        "{resolver}"
    );
    if !is_there("unshare") || !Path::new("/usr/lib/systemd/systemd-networkd").is_file() {
        return;
    }
    let log = site.workspace.path("log").display().to_string();
    let folder = etc.join("systemd/network").display().to_string();
    let words = ["-n", "-m", "sh", "-c", NETWORKD, "sh", &folder, &log];
    let made = text("unshare", &words);
    for expected in [
        "inet 192.0.2.11/24 ",
        "inet6 2001:db8::11/64 ",
        "default via 192.0.2.1 dev lan0",
    ] {
        assert!(made.contains(expected), "{made}");
    }
    let log = fs::read_to_string(log).expect("a log");
    // Complaints name a line.
    let is_complaint = |line: &&str| {
        let mut ends = [".network:", ".netdev:"].into_iter();
        line.contains("/05-terroir-") && ends.any(|end| line.contains(end))
    };
    let wrong: Vec<&str> = log.lines().filter(is_complaint).collect();
    assert!(wrong.is_empty(), "{wrong:?}\n{}", whole(Path::new(&folder)));
}

#[test]
fn netplan_takes_the_file() {
    let Some(site) = site(&["netplan", "networkd", "resolved"]) else {
        return;
    };
    let mut all = stated();
    let more = bonded();
    let list = all.as_array_mut().expect("a list");
    list.extend(more.as_array().expect("a list").clone());
    let etc = install(&site, &all);
    assert!(!etc.join("resolv.conf").exists());
    let root = etc.parent().expect("a root").display().to_string();
    if !is_there("netplan") {
        return;
    }
    run("netplan", &["generate", "--root-dir", &root], &[]);
    let made = whole(&Path::new(&root).join("run/systemd/network"));
    for expected in [
        "Address=192.0.2.11/24\n",
        "lab.example.org example.org\n",
        "Gateway=fe80::1\n",
        "MACAddress=52:54:00:00:00:01\n",
        "MTUBytes=9000\n",
        "LACPTransmitRate=fast\n",
        "Bridge=br0\n",
        "Id=10\n",
    ] {
        assert!(made.contains(expected), "{expected}: {made}");
    }
}

#[test]
fn ifupdown_takes_the_file() {
    let Some(site) = site(&["ifupdown"]) else {
        return;
    };
    let network = json!([
        {
            "interface": "lan0", "vlan": 10, "address": "192.0.2.11/24", "gateway": "192.0.2.1",
            "ipv6": "off", "dns": ["192.0.2.53"], "mtu": 1400,
        },
        { "mac": "52:54:00:00:00:01", "address": "dhcp" },
    ]);
    let etc = install(&site, &network);
    let read = |path: &str| fs::read_to_string(etc.join(path)).expect("a file");
    assert!(read("resolv.conf").contains("nameserver 192.0.2.53\n"));
    assert!(
        read("sysctl.d/60-terroir-network.conf").contains("net.ipv6.conf.lan0/10.disable_ipv6 = 1")
    );
    let interfaces = etc.join("network/interfaces").display().to_string();
    assert!(read("network/interfaces").contains("auto /mac/52:54:00:00:00:01=link1\n"));
    if !is_there("ifquery") {
        return;
    }
    let said = text("ifquery", &["-i", &interfaces, "lan0.10"]);
    for expected in [
        "address: 192.0.2.11\n",
        "netmask: 255.255.255.0",
        "gateway: 192.0.2.1",
        "mtu: 1400",
    ] {
        assert!(said.contains(expected), "{said}");
    }
    let listed = text("ifquery", &["-i", &interfaces, "--list", "--all"]);
    assert!(listed.contains("lan0.10\n"), "{listed}");
}

#[test]
fn profiles_of_network_manager_are_for_root_alone() {
    let Some(site) = site(&["NetworkManager"]) else {
        return;
    };
    let etc = install(&site, &stated());
    let folder = etc.join("NetworkManager/system-connections");
    let profiles = whole(&folder);
    for expected in [
        "interface-name=lan0\n\n[ethernet]\nmtu=1400\n\n[ipv4]\nmethod=manual\naddress1=192.0.2.11/24\n",
        "dns=192.0.2.53;\ndns-search=lab.example.org;example.org;\n",
        "mac-address=52:54:00:00:00:01\n\n[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n",
    ] {
        assert!(profiles.contains(expected), "{profiles}");
    }
    for entry in fs::read_dir(&folder).expect("a folder") {
        use std::os::unix::fs::MetadataExt as _;
        let found = entry.expect("an entry").metadata().expect("a file");
        assert_eq!((found.mode() & 0o777, found.uid()), (0o600, 0));
    }
}

#[test]
fn a_network_that_no_program_sets_up_leaves_the_disk_alone() {
    let cases: [(&[&str], Value, &str); 4] = [
        (&[], stated(), "nothing in the image sets up the network"),
        (
            &["networkd", "NetworkManager"],
            stated(),
            "both NetworkManager and systemd-networkd are enabled",
        ),
        (&["ifupdown"], bonded(), "ifupdown alone makes no bonds"),
        (
            &["networkd"],
            json!([{ "bond": {
                "interfaces": ["a", "b"], "options": { "use_carrier": "1" }
            } }]),
            "systemd-networkd cannot say use_carrier=1",
        ),
    ];
    for (programs, network, expected) in cases {
        let Some(site) = site(programs) else {
            return;
        };
        site.document(&json!({ "network": network }));
        let disk = site.blank("a.img", SIZE);
        let (code, said) = site.install("a.img");
        assert!(code != 0 && said.contains(expected), "{expected}: {said}");
        assert!(is_blank(&disk), "{expected}");
    }
}
