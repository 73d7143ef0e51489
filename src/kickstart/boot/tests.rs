//! Tests of the boot chain: arguments in each loader's words, and vendors that do not fit.

use std::collections::BTreeMap;

use super::super::{Reading, Surroundings, Templates, Wanted, render};
use super::argument::{for_grub, for_ipxe, for_pxelinux};

#[test]
fn arguments_are_written_as_each_loader_takes_them() {
    // Words, then pxelinux, GRUB, iPXE.
    let cases = [
        (
            "ds=nocloud-net;s=http://192.0.2.1/hosts/a/",
            "ds=nocloud-net;s=http://192.0.2.1/hosts/a/",
            "'ds=nocloud-net;s=http://192.0.2.1/hosts/a/'",
            "ds=nocloud-net;s=http://192.0.2.1/hosts/a/",
        ),
        (
            "console=ttyS0,115200n8",
            "console=ttyS0,115200n8",
            "console=ttyS0,115200n8",
            "console=ttyS0,115200n8",
        ),
        ("a=$b&'c'", "a=$b&'c'", r"'a=$b&'\''c'\'''", "a=$b&'c'"),
        ("a=${b}", "a=${b}", "'a=${b}'", "a=$${}{b}"),
    ];
    for (word, pxelinux, grub, ipxe) in cases {
        let words = ["quiet".to_owned(), word.to_owned()];
        assert_eq!(for_pxelinux(&words), format!("quiet {pxelinux}"));
        assert_eq!(for_grub(&words), format!("quiet {grub}"));
        assert_eq!(for_ipxe(&words), format!("quiet {ipxe}"));
    }
}

/// What is wrong with a site whose installer boots with a kernel.
fn problems(target: &str, kernel: &str) -> Vec<String> {
    let inventory = format!(
        "apiVersion: terroir/v1
site: lab
server: {{ url: \"http://192.0.2.1\" }}
installers:
  {target}: {{ url: \"http://192.0.2.1/tree\", kernel: {kernel} }}
hosts:
  one:
    target: {target}
    mac: 52:54:00:00:00:01
    flavour: registry.acme.example/os/server@sha256:{}
    disk: {{ id: virtio-root }}
    users: {{ ada: {{ ssh-keys: [\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGVtcHR5 ada\"] }} }}
",
        "a".repeat(64)
    );
    let reading = Reading::new("lab.yml", &inventory);
    let mut around = Surroundings::default();
    for host in reading.documents.iter().flatten() {
        let flavour = host.flavour.as_ref().expect("it has one");
        around.flavours.insert(flavour.value.clone(), Ok(None));
    }
    let site = reading.site(&around).expect("the inventory is right");
    let templates = Templates::new(&BTreeMap::new()).expect("they compile");
    match render(&site, &templates, &Wanted::default()) {
        Ok(_) => Vec::new(),
        Err(problems) => problems
            .iter()
            .map(|problem| format!("{}: {}", problem.origin, problem.message))
            .collect(),
    }
}

#[test]
fn a_kernel_among_the_loaders_of_another_vendor_is_an_error() {
    for (target, kernel, expected) in [
        ("F43", "F43/vmlinuz", None),
        ("F43", "F42/vmlinuz", None),
        ("RHEL10", "RHEL9/vmlinuz", None),
        ("F43", "kernels/own", None),
        (
            "F43",
            "RHEL9/vmlinuz",
            Some("the kernel of F43 is among the loaders of RHEL9"),
        ),
        (
            "RHEL9",
            "debian-12/linux",
            Some("the kernel of RHEL9 is among the loaders of debian-12"),
        ),
    ] {
        let found = problems(target, kernel);
        match expected {
            None => assert!(found.is_empty(), "{target} {kernel}: {found:?}"),
            Some(expected) => {
                assert_eq!(found.len(), 1, "{found:?}");
                assert!(found[0].starts_with("lab.yml:5:"), "{found:?}");
                assert!(found[0].contains(expected), "{found:?}");
            }
        }
    }
}
