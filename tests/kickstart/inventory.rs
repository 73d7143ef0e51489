//! Inventories: how they merge, and every mistake with its place.

use terroir::kickstart::{Reading, Secret};

use super::matrix::{HEAD, around, rendered, shown, site, text};

/// What hosts need besides what a test is about.
const ENOUGH: &str = "\
defaults:
  flavour: quay.io/os/server:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  target: F43
  disk: { id: x }
  network: lan
";

fn with_hosts(hosts: &str) -> String {
    format!("{HEAD}{ENOUGH}hosts:\n{hosts}")
}

#[track_caller]
fn refused(text: &str) -> String {
    shown(&site(text).expect_err("this must be refused"))
}

/// Keys of a host, each wrong, and what is said of it.
const HOST_KEYS: &[(&str, &str)] = &[
    ("mac: 52:54:00:12:34", "not a hardware address"),
    ("mac: ff:ff:ff:ff:ff:ff", "not the address of one machine"),
    ("mac: []", "the list is empty"),
    ("serial: \"a b\"", "is not a serial number"),
    ("uuid: 1234", "is not a UUID"),
    ("address: 10.1.1", "not an IPv4 address"),
    ("address: 10.3.0.1", "outside of the network lan"),
    (
        "address: 10.1.0.1",
        "belongs to the gateway of lan and to a",
    ),
    ("address: 10.1.0.0", "stands for the whole network"),
    ("ipv6: 2001:db8:1::1", "outside of the network lan"),
    ("ipv6: fe80", "not an IPv6 address"),
    ("address: off, ipv6: off", "has no address"),
    ("flavour: server", "has no digest"),
    (
        "flavour: nowhere.yml",
        "nothing says where the image of nowhere.yml is",
    ),
    ("flavour: \"quay.io/os/server:1\"", "has no digest"),
    ("image: \"quay.io/UPPER:1\"", "quay.io/UPPER:1"),
    ("follow: \"quay.io/$(id)\"", "quay.io/$(id)"),
    ("target: F41", "`F41` is not valid here"),
    ("target: f43", "did you mean `F43`?"),
    ("payload: podman", "`podman` is not valid here"),
    ("payload: bootc, target: RHEL9", "RHEL9 does not know it"),
    ("disk: {}", "several disks of a can fit this choice"),
    (
        "disk: { type: nvme }",
        "several disks of a can fit this choice",
    ),
    (
        "disk: { id: \"nvme-*\" }",
        "several disks of a can fit this choice",
    ),
    ("disk: { serial: \"S*\" }", "only `id` takes `*`"),
    (
        "disk: { id: \"a;b\" }",
        "is not a serial number or identifier",
    ),
    ("disk: { min-size: 10 }", "not a size"),
    (
        "disk: { min-size: 2T, max-size: 1T, choose: largest }",
        "at most 1T and at least 2T",
    ),
    ("disk: { type: floppy }", "`floppy` is not valid here"),
    ("disk: { rotational: yes }", "write `true`"),
    ("disk: { choose: any }", "`any` is not valid here"),
    ("disk: sda", "expected a mapping"),
    ("mirror: { id: y }", "a second disk is of no use here"),
    ("storage: { layout: raid1 }", "raid1 needs a second disk"),
    (
        "mirror: { id: x }, storage: { layout: raid1 }",
        "both disks of the mirror are the same",
    ),
    ("storage: { layout: raid5 }", "`raid5` is not valid here"),
    ("storage: { filesystem: ntfs }", "`ntfs` is not valid here"),
    (
        "storage: { filesystem: btrfs }, target: RHEL10",
        "RHEL10 has no btrfs",
    ),
    (
        "storage: { filesystem: btrfs, layout: lvm }",
        "Btrfs manages its volumes itself",
    ),
    (
        "storage: { filesystem: btrfs, separate: cis }",
        "cannot have options of its own",
    ),
    ("storage: { volume-group: \"a b\" }", "is not a name"),
    ("storage: { separate: all }", "`all` is not valid here"),
    ("storage: { swap: 2 }", "not a size"),
    ("storage: { volumes: { var: {} } }", "is not a mount point"),
    (
        "storage: { volumes: { /../x: {} } }",
        "is not a mount point",
    ),
    ("storage: { volumes: { /home: {} } }", "write /var/home"),
    ("storage: { volumes: { /usr: {} } }", "the image holds it"),
    (
        "storage: { volumes: { /proc/x: {} } }",
        "belongs to the kernel",
    ),
    (
        "storage: { volumes: { /boot: {} } }",
        "made by the installer",
    ),
    (
        "storage: { volumes: { /var: { options: [\"a,b\"] } } }",
        "is not a mount option",
    ),
    (
        "storage: { volumes: { /var: { size: big } } }",
        "not a size",
    ),
    ("encryption: { unlock: magic }", "`magic` is not valid here"),
    (
        "encryption: { unlock: passphrase }",
        "has to know the passphrase",
    ),
    (
        "encryption: { unlock: tpm2 }",
        "nothing but tpm2 would open the disk",
    ),
    (
        "encryption: { unlock: tang, recovery-key: true }",
        "no Tang server is named",
    ),
    (
        "encryption: { unlock: none, pcrs: [24] }",
        "a TPM has no register 24",
    ),
    (
        "encryption: { unlock: none, pcrs: [300] }",
        "300 is out of range",
    ),
    (
        "encryption: { unlock: none, threshold: 0 }",
        "0 of 0 Tang servers",
    ),
    (
        "encryption: { unlock: none, tang: [{ url: x, thumbprint: y }] }",
        "`x` is not a URL",
    ),
    (
        "encryption: { unlock: none, tang: [{ url: http://x, thumbprint: y }] }",
        "is not a thumbprint",
    ),
    (
        "encryption: { unlock: none, recovery-key: maybe }",
        "expected true or false",
    ),
    ("network: lam", "did you mean `lan`?"),
    ("network: ~, address: 10.1.0.9", "is in no network"),
    (
        "network: tagged, ipv6: 2001:db8::9",
        "has no addresses of this kind",
    ),
    (
        "link: { interface: \"eth0;id\" }",
        "is not an interface name",
    ),
    (
        "link: { interface: an-interface-too-long }",
        "is not an interface name",
    ),
    ("link: { vlan: 4095 }", "4095 is not a VLAN"),
    (
        "network: tagged, link: { vlan: 21 }",
        "is not that of the network, 20",
    ),
    ("link: { mtu: 20 }", "not a usable packet size"),
    (
        "link: { bridge: br0 }",
        "a bridge needs its interface by name",
    ),
    (
        "link: { bond: { interfaces: [eno1] } }",
        "a bond needs two interfaces",
    ),
    (
        "link: { bond: { interfaces: [eno1, eno1] } }",
        "is in the bond twice",
    ),
    (
        "link: { bond: { interfaces: [a, b], mode: fast } }",
        "`fast` is not valid here",
    ),
    (
        "link: { bond: { interfaces: [a, b], options: { a: \"b c\" } } }",
        "not an option of a bond",
    ),
    (
        "link: { interface: c, bond: { interfaces: [a, b] } }",
        "a bond has its own interfaces",
    ),
    ("users: { Admin: {} }", "is not a user or group name"),
    ("users: { root: {} }", "root is not a user"),
    ("users: { a: { password: secret } }", "openssl passwd -6"),
    (
        "users: { a: { groups: [\"a b\"] } }",
        "is not a user or group name",
    ),
    (
        "users: { a: { ssh-keys: [AAAA] } }",
        "is not a public SSH key",
    ),
    ("users: { a: { shell: bash } }", "is not a shell"),
    ("users: { a: { name: \"a:b\" } }", "is not a full name"),
    ("root: { password: \"$6$salt$hash\" }", "openssl passwd -6"),
    (
        "root: { password: \"env:\" }",
        "needs the name of a variable",
    ),
    ("root: { password: \"file:\" }", "needs a path"),
    ("root: { password: \"command: \" }", "needs a program"),
    (
        "root: { ssh-keys: [\"-----BEGIN OPENSSH PRIVATE KEY-----\"] }",
        "is not a public SSH key",
    ),
    ("time-zone: paris", "is not a time zone"),
    ("locale: \"fr FR\"", "is not a locale"),
    ("keyboard: \"-x\"", "is not a keyboard"),
    ("kernel-arguments: [\"a b\"]", "has a space"),
    ("kernel-arguments: [\"$(id)\"]", "is not a kernel argument"),
    (
        "first-boot: [\" \"]",
        "a command of the first boot is empty",
    ),
    ("packages: [\"a;b\"]", "is not a package name"),
    ("finish: halt", "`halt` is not valid here"),
    ("hand-over: ../x", "leads elsewhere"),
    ("description: [a]", "expected text"),
    ("mack: x", "unknown key `mack`"),
];

#[test]
fn every_key_of_a_host_wrong_once() {
    for (keys, expected) in HOST_KEYS {
        let has_mac = keys.starts_with("mac:");
        let mac = if has_mac {
            ""
        } else {
            "mac: 52:54:00:00:00:01, "
        };
        let said = refused(&with_hosts(&format!("  a: {{ {mac}{keys} }}\n")));
        assert!(
            said.contains(expected),
            "{keys}: expected {expected}\n{said}"
        );
        assert!(
            said.contains("kickstart/matrix.yml:"),
            "{keys}: no place\n{said}"
        );
        assert!(!said.contains("$6$salt"), "a secret is shown: {said}");
    }
}

/// What of a site becomes what, and what is said of it.
const SITE_KEYS: &[(&str, &str, &str)] = &[
    (
        "apiVersion: terroir/v1",
        "apiVersion: terroir/v2",
        "newer than this terroir",
    ),
    (
        "apiVersion: terroir/v1",
        "apiVersion: v1",
        "is not a known version",
    ),
    ("site: matrix", "site: \"a b\"", "is not a name"),
    ("site: matrix", "sites: matrix", "unknown key `sites`"),
    (
        "domain: matrix.example",
        "domain: Matrix",
        "is not a host name",
    ),
    (
        "url: http://install.matrix.example",
        "url: ftp://x",
        "is not a URL",
    ),
    (
        "url: http://install.matrix.example",
        "url: \"http://me:secret@x\"",
        "is not a URL",
    ),
    (
        "{ url: http://install.matrix.example }",
        "{ url: http://x, reports: some }",
        "expected true or false",
    ),
    (
        "{ url: http://install.matrix.example }",
        "{ url: http://x, secrets: here }",
        "`here` is not valid here",
    ),
    (
        "address: 10.1.0.0/16",
        "address: 10.1.0.1/16",
        "an address of a network, not the network",
    ),
    (
        "address: 10.1.0.0/16",
        "address: 10.1.0.0/33",
        "is not a network",
    ),
    (
        "address: 10.1.0.0/16",
        "address: 2001:db8:9::/64",
        "write it as `ipv6`",
    ),
    (
        "gateway: 10.1.0.1",
        "gateway: 10.9.0.1",
        "outside of the network",
    ),
    (
        "ipv6-gateway: fe80::1",
        "ipv6-gateway: 2001:db8:9::1",
        "outside of the network",
    ),
    ("dns: [10.1.0.53]", "dns: [ns1]", "10.1.0.0/16"),
    (
        "ntp: [ntp.matrix.example]",
        "ntp: [\"a b\"]",
        "is not a host name",
    ),
    ("vlan: 20", "vlan: 0", "0 is not a VLAN"),
    ("mtu: 9000", "mtu: 90", "not a usable packet size"),
    (
        "vlan: 20, mtu: 9000",
        "vlan: 20, dhcp: { from: 10.2.0.9, to: 10.2.0.3 }",
        "ends before it starts",
    ),
    (
        "vlan: 20, mtu: 9000",
        "vlan: 20, dhcp: { from: 10.3.0.1, to: 10.3.0.3 }",
        "outside of the network",
    ),
    (
        "mirror: \"mirror.example:5000\"",
        "mirror: \"https://m\"",
        "is not a place of a registry",
    ),
    (
        "credentials: \"file:auth.json\"",
        "credentials: aGVsbG8=",
        "a secret is written here",
    ),
    (
        "signed-by: cosign.pub",
        "signed-by: absent.pub",
        "absent.pub",
    ),
    (
        "signed-by: cosign.pub",
        "signed-by: ca.pem",
        "ca.pem is not a public key",
    ),
    (
        "authorities: [ca.pem]",
        "authorities: [cosign.pub]",
        "no certificate",
    ),
    (
        "authorities: [ca.pem]",
        "authorities: [ca.pem, ca.pem]",
        "two authorities are called ca.crt",
    ),
    (
        "url: http://install.matrix.example }",
        "url: http://install.matrix.example, secrets-url: http://a.example }",
        "`http://a.example` is not encrypted",
    ),
    ("debian-12: {", "debian-11: {", "is not a target"),
    (
        "{ url: http://mirror.matrix.example/debian }",
        "{ url: http://x, kernel: ../vmlinuz }",
        "leads elsewhere",
    ),
];

#[test]
fn every_key_of_a_site_wrong_once() {
    let host = "  a: { mac: 52:54:00:00:00:01 }\n";
    let right = with_hosts(host);
    for &(from, to, expected) in SITE_KEYS {
        assert!(right.contains(from), "{from}");
        let mut around = around();
        around
            .files
            .insert("absent.pub".to_owned(), Err("it does not exist".to_owned()));
        let text = right.replace(from, to);
        let problems = Reading::new("kickstart/matrix.yml", &text)
            .site(&around)
            .expect_err("this must be refused");
        let said = shown(&problems);
        let known = match expected {
            "10.1.0.0/16" => said.contains("matrix.yml"),
            expected => said.contains(expected),
        };
        assert!(known, "{to}: expected {expected}\n{said}");
        assert!(!said.contains("aGVsbG8"), "a secret is shown: {said}");
    }
}

#[test]
fn contradictions_are_told_with_both_places() {
    for (hosts, expected) in [
        (
            "  a: { mac: 52:54:00:00:00:01 }\n  b: { mac: 52-54-00-00-00-01 }\n",
            "the hardware address 52:54:00:00:00:01 belongs to a and to b [first claimed here: kickstart/matrix.yml:19:13]",
        ),
        (
            "  a: { mac: 52:54:00:00:00:01, address: 10.1.0.9 }\n  b: { mac: 52:54:00:00:00:02, address: 10.1.0.9 }\n",
            "the address 10.1.0.9 belongs to a and to b [first claimed here: kickstart/matrix.yml:19:41]",
        ),
        (
            "  a: { mac: 52:54:00:00:00:01, serial: S1 }\n  b: { mac: 52:54:00:00:00:02, serial: S1 }\n",
            "the serial number S1 belongs to a and to b [first claimed here",
        ),
        (
            "  a: { mac: 52:54:00:00:00:01 }\ngroups: { g: { hosts: { a: { mac: 52:54:00:00:00:02 } } } }\n",
            "the host `a` is there twice [first named here: kickstart/matrix.yml:19:3]",
        ),
        (
            "  a: { mac: 52:54:00:00:00:01, address: 10.3.0.9 }\n",
            "10.3.0.9 is outside of the network lan, 10.1.0.0/16 [the network: kickstart/matrix.yml:6:19]",
        ),
        (
            "  a: { mac: 52:54:00:00:00:01, disk: { type: nvme } }\n",
            "several disks of a can fit this choice [of this host: kickstart/matrix.yml:19:3]",
        ),
    ] {
        let said = refused(&with_hosts(hosts));
        assert!(said.contains(expected), "{expected}\n{said}");
    }
}

#[test]
fn names_that_are_no_host_names_are_refused() {
    for name in [
        "\"..\"",
        "\"a/b\"",
        "\"a b\"",
        "Web1",
        "web_1",
        "\"-web\"",
        "\"web-\"",
        "\"$(id)\"",
        "\"`id`\"",
        "\"a;b\"",
        "\"a'b\"",
        "\"\"",
        "\"10\"",
        "\"é\"",
        "\"a..b\"",
        "\".a\"",
        "\"a\\nb\"",
        "\"{{ site }}\"",
        "\"%end\"",
    ] {
        let said = refused(&with_hosts(&format!(
            "  {name}: {{ mac: 52:54:00:00:00:01 }}\n"
        )));
        assert!(
            said.contains("is not a host name") || said.contains("control character"),
            "{name}: {said}"
        );
    }
    let long = "a".repeat(64);
    let said = refused(&with_hosts(&format!(
        "  {long}: {{ mac: 52:54:00:00:00:01 }}\n"
    )));
    assert!(said.contains("is not a host name"), "{said}");
}

#[test]
fn all_mistakes_of_fifty_hosts_are_told_at_once() {
    let mut hosts = String::new();
    for number in 0..50 {
        let address = if number == 30 {
            "10.9.0.1".to_owned()
        } else {
            format!("10.1.1.{number}")
        };
        hosts.extend([format!(
            "  h{number}: {{ mac: 52:54:00:00:01:{number:02x}, address: {address} }}\n"
        )]);
    }
    let said = refused(&with_hosts(&hosts));
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("matrix.yml:49:"), "{said}");
    // Mistakes of different kinds, of different stages, together; and of the site itself.
    let hosts = hosts
        .replace("h3:", "H3:")
        .replace("00:01:07", "00:01:08")
        .replace("h40: { mac:", "h40: { target: F1, mac:");
    let text = with_hosts(&hosts).replace("vlan: 20", "vlan: 9999");
    let said = refused(&text);
    assert_eq!(said.lines().count(), 5, "{said}");
    let lines: Vec<u32> = site(&text)
        .unwrap_err()
        .iter()
        .map(|one| one.origin.line)
        .collect();
    assert!(lines.is_sorted(), "{lines:?}");
}

#[test]
fn values_come_from_the_nearest_level() {
    let text = format!(
        "{HEAD}{ENOUGH}  storage: {{ layout: lvm, swap: 4G }}
groups:
  web:
    defaults: {{ storage: {{ swap: 8G }}, disk: {{ type: nvme, choose: smallest }} }}
    groups:
      inner:
        defaults: {{ keyboard: fr }}
        hosts:
          a: {{ mac: 52:54:00:00:00:01, storage: {{ layout: plain }}, disk: {{ serial: S1 }} }}
"
    );
    let reading = Reading::new("kickstart/matrix.yml", &text);
    let host = reading.host("a").unwrap();
    let statements: std::collections::BTreeMap<_, _> = host.statements().into_iter().collect();
    let chain = |key: &str| -> Vec<String> {
        statements[key]
            .iter()
            .map(|one| format!("{} {} {}", one.level, one.value, one.origin))
            .collect()
    };
    assert_eq!(
        chain("storage.layout"),
        [
            "terroir \"plain\" <terroir>",
            "site \"lvm\" kickstart/matrix.yml:18:22",
            "host \"plain\" kickstart/matrix.yml:26:59",
        ]
    );
    assert_eq!(chain("storage.swap").len(), 2);
    assert_eq!(
        chain("keyboard")[1],
        "group web/inner \"fr\" kickstart/matrix.yml:24:31"
    );
    // A choice of a disk is one choice: the group's is not mixed in.
    assert!(!statements.contains_key("disk.type"), "{statements:?}");
    assert_eq!(chain("disk.serial").len(), 1);
    let site = reading.site(&around()).unwrap();
    assert_eq!(site.hosts["a"].groups, ["web", "inner"]);
    assert_eq!(site.hosts["a"].storage.swap.as_ref().unwrap().value.0, 8192);
}

#[test]
fn what_a_group_may_not_say_is_refused() {
    let text = with_hosts("  a: { mac: 52:54:00:00:00:01 }\n");
    let text = text.replace("  network: lan\n", "  network: lan\n  serial: S1\n");
    assert!(refused(&text).contains("`serial` belongs to one host"));
}

#[test]
fn references_to_secrets_are_read_and_nothing_else() {
    let read = |text: &str| text.parse::<Secret>();
    assert_eq!(read("env:A_1"), Ok(Secret::Env("A_1".to_owned())));
    assert_eq!(read("file:a/b"), Ok(Secret::File("a/b".to_owned())));
    assert_eq!(
        read("command: pass x"),
        Ok(Secret::Command("pass x".to_owned()))
    );
    for wrong in ["", "hunter2", "env:a b", "ENV:A", "$6$a$b", "vault:x"] {
        let why = read(wrong).expect_err(wrong);
        assert!(wrong.is_empty() || !why.contains(wrong), "{why}");
    }
}

#[test]
fn no_secret_gets_into_a_rendered_file() {
    let text = with_hosts(
        "  a: { mac: 52:54:00:00:00:01, root: { password: \"env:ROOT\" }, encryption: { unlock: passphrase, passphrase: \"command:pass show disk-a\" } }\n",
    );
    for (path, file) in &rendered(&text) {
        let text = String::from_utf8_lossy(file.content.bytes()).into_owned();
        assert!(
            !text.contains("pass show") && !text.contains("env:ROOT"),
            "{path}"
        );
    }
}

#[test]
fn volumes_of_cis_and_kernel_arguments_are_written() {
    let text_of = |keys: &str| {
        let host = format!("  a: {{ mac: 52:54:00:00:00:01, {keys} }}\n");
        let files = rendered(&with_hosts(&host));
        text(&files, "http/hosts/a/kickstart.ks").to_owned()
    };
    let kickstart = text_of("storage: { layout: lvm, separate: cis }, kernel-arguments: [audit=1]");
    for line in [
        "logvol /var/log/audit --vgname=system --name=var_log_audit --fstype=xfs --size=2048 --fsoptions=defaults,nodev,nosuid,noexec\n",
        "logvol /var/home --vgname=system --name=var_home",
        "bootloader --location=mbr --boot-drive=disk/by-id/x --append=audit=1\n",
        "ignoredisk --only-use=disk/by-id/x\n",
    ] {
        assert!(kickstart.contains(line), "{line}\n{kickstart}");
    }
    let kickstart = text_of("encryption: { unlock: tpm2, recovery-key: true, pcrs: [7, 11] }");
    assert!(
        kickstart.contains("--append=rd.luks.options=tries=0,tpm2-device=auto\n"),
        "{kickstart}"
    );
    assert!(kickstart.contains("--tpm2-pcrs=7+11"), "{kickstart}");
}
