//! The hardened tiers of the demo on a machine: what it says of itself, updates that stay, the way
//! back by hand, and updates that cannot start.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::Value;

use super::guest::{Guest, deployment, is_well};
use super::images::Images;
use super::metadata;
use crate::machines::{is_wanted, took};

/// Root may come in by key, which the benchmark does not want: the entry and its exceptions. A file has two names
/// and a capability.
const LET_IN: &str = r#"  - type: script
    snippets:
      - usermod -a -G sudo root
      - mkdir -p /usr/lib/test && cp /usr/bin/true /usr/lib/test/one && ln /usr/lib/test/one /usr/lib/test/two
      # cap_net_raw+ep; setcap would come through the flavour's proxy. 188 is setxattr of x86-64.
      - >-
        perl -e 'my ($path, $name) = ("/usr/lib/test/one", "security.capability");
        my $value = pack "V5", 0x02000001, 1 << 13, 0, 0, 0;
        syscall(188, $path, $name, $value, length $value, 0) == 0 or die $!'
  - type: settings
    settings:
      - config: { path: /etc/ssh/sshd_config, style: space, values: { PermitRootLogin: prohibit-password } }
exceptions:
  - { control: cis-debian13/5.1.20, reason: the test comes in as root, owner: test, expires: 2030-01-01 }
  - { control: cis/5.1.20, reason: the test comes in as root, owner: test, expires: 2030-01-01 }
"#;

/// One try for each new deployment, so that a machine starts only once more in vain.
fn one_try(guest: &Guest) {
    let folder = "/etc/systemd/system/ostree-finalize-staged.service.d";
    guest.run(&format!(
        "mkdir -p {folder} && printf '[Service]\\nExecStop=/usr/libexec/terroir/grubenv tries=1\\n' \
         > {folder}/99-test.conf && systemctl daemon-reload"
    ));
}

/// The values that count of the settings of a kind.
fn settings(explained: &Value, kind: &str) -> BTreeMap<String, Value> {
    let all = explained.as_object().expect("settings");
    let of_kind = all.iter().filter_map(|(key, chain)| {
        let name = key.strip_prefix(kind)?.strip_prefix(':')?;
        let last = chain.as_array()?.last()?;
        Some((name.to_owned(), last["value"].clone()))
    });
    of_kind.collect()
}

/// The verdicts of an audit, by control.
fn verdicts(report: &str) -> BTreeMap<String, String> {
    let report: Value = serde_json::from_str(report).expect("JSON");
    let findings = report["findings"].as_array().expect("findings");
    let verdict = |finding: &Value| {
        let word = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        (word("number"), word("verdict"))
    };
    findings.iter().map(verdict).collect()
}

/// What the machine says of itself is what the flavour says.
fn compare(images: &Images, recipe: &str, guest: &Guest) {
    let said = images.terroir().run(["explain", recipe, "--format=json"]);
    let explained: Value = serde_json::from_str(&said).expect("JSON");
    let mut wrong = Vec::new();
    let sysctls = settings(&explained, "sysctl");
    assert!(sysctls.len() > 20, "{sysctls:?}");
    let read = sysctls.keys().map(|name| {
        let place = name.replace('.', "/");
        format!("[ ! -r /proc/sys/{place} ] || echo \"{name} = $(cat /proc/sys/{place})\"\n")
    });
    let live = guest.run(&read.collect::<String>());
    let live: BTreeMap<&str, String> = live
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, value)| (name, value.replace('\t', " ")))
        .collect();
    for (name, value) in &sysctls {
        let wanted = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        // What the kernel does not have, it cannot have otherwise.
        if live
            .get(name.as_str())
            .is_some_and(|found| *found != wanted)
        {
            wrong.push(format!("{name}: {wanted}, not {}", live[name.as_str()]));
        }
    }
    assert!(live.len() * 10 > sysctls.len() * 9, "{live:?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    let line = guest.run("cat /proc/cmdline");
    for argument in [
        "console=tty0",
        "console=ttyS0,115200",
        "transparent_hugepage=madvise",
    ] {
        assert!(
            line.split_whitespace().any(|word| word == argument),
            "{argument}: {line}"
        );
    }
    guest.run("grep -qx 'VARIANT_ID=\"acme-server\"' /etc/os-release");
    guest.run("test -s /usr/local/share/ca-certificates/acme-root-ca.crt");
    guest.run("sshd -T | grep -qx 'permitemptypasswords no'");
}

/// The audit of the running system agrees with that of the image.
fn compare_audits(images: &Images, recipe: &str, guest: &Guest) {
    let image = images
        .terroir()
        .output(["audit", recipe, "--format=json", "--threshold=0"]);
    let image = verdicts(&String::from_utf8_lossy(&image.stdout));
    let live = verdicts(
        &guest
            .try_run("terroir audit dir:/ --format=json --threshold=0 2>/dev/null")
            .1,
    );
    // Host keys and logs are on machines only, and so is the menu, which nobody gave a password.
    let of_machines = |number: &str, verdict: &str| match (number, verdict) {
        ("1.4.1", "install-time") => Some("fail"),
        ("1.4.2", "install-time") | ("5.1.2" | "5.1.3" | "6.1.3.1", "not-applicable") => {
            Some("pass")
        }
        _ => None,
    };
    let agree = |number: &str, verdict: &str| {
        let expected = of_machines(number, verdict).unwrap_or(verdict);
        live.get(number).map(String::as_str) == Some(expected)
    };
    let differ: Vec<String> = image
        .iter()
        .filter(|(number, verdict)| !agree(number, verdict))
        .map(|(number, verdict)| format!("{number}: {verdict}, live {:?}", live.get(number)))
        .collect();
    assert!(image.len() > 100, "{} controls", image.len());
    assert!(differ.is_empty(), "{differ:#?}");
}

/// Fetches an image and starts the machine again.
fn update(images: &Images, guest: &mut Guest, image: &str) -> Value {
    let said = guest.switch(images, image);
    took("life", said.lines().last().unwrap_or_default(), 0.0);
    guest.restart();
    guest.ready()
}

/// Updates that cannot start: a kernel that panics, and one that GRUB does not load.
fn broken_updates(images: &Images, guest: &mut Guest, (first, start): (&str, Instant)) {
    one_try(guest);
    for (name, entries) in [
        (
            "panic",
            "modules:\n  - type: kargs\n    kargs: [rdinit=/usr/bin/false]\n".to_owned(),
        ),
        ("unloadable", Images::without_kernel()),
    ] {
        let broken = images.recipe(name, "tiers.yml", &entries);
        let broken = images.publish(&broken, name);
        let report = update(images, guest, &broken);
        took("life", name, start.elapsed().as_secs_f64());
        assert_eq!(report["deployment"], first, "{name}: {report}");
        assert_eq!(report["fellBack"], true, "{name}: {report}");
        assert_eq!(guest.run("cat /etc/local"), "local\n");
    }
}

#[test]
fn hardened_tiers_live_on_a_machine() {
    if !is_wanted("life") {
        return;
    }
    let start = Instant::now();
    let since = |what: &str| took("life", what, start.elapsed().as_secs_f64());
    let images = Images::new();
    let recipe = images.tested("tiers", "../local/france-server.yml");
    images.append("tiers", LET_IN);
    images.publish(&recipe, "tiers");
    since("the image");
    let disk = images.disk(&recipe, "disk.raw");
    since("its disk");
    let mut guest = Guest::start(&disk, &images.key(), &["--secure-boot"]);
    let report = guest.ready();
    since("the first start");
    is_well(&report);
    compare(&images, &recipe, &guest);
    compare_audits(&images, &recipe, &guest);
    since("what it says of itself");
    metadata::compare(&images, "tiers", &guest);
    since("its files");
    let first = deployment(&report);

    // An update that stays, and keeps what the machine changed.
    guest.run("echo local > /etc/local && useradd -m someone");
    let better = ("/usr/share/acme/second", "#!/bin/sh\n");
    let better = images.with_program("better", "tiers.yml", better);
    let better = images.publish(&better, "second");
    let report = update(&images, &mut guest, &better);
    since("an update");
    let second = deployment(&report);
    assert_ne!(first, second);
    assert_eq!(report["fellBack"], false, "{report}");
    guest.run("test -x /usr/share/acme/second && grep -qx local /etc/local && id someone && test -d /home/someone");
    guest.says("terroir-health");
    let (_, counted) = guest.try_run("sleep 20; grep tries= /boot/grub/grubenv");
    assert_eq!(counted, "", "the count of tries goes on");

    // Back by hand, and forward again.
    guest.run("terroir host rollback");
    guest.restart();
    let report = guest.ready();
    since("the way back by hand");
    assert_eq!(report["deployment"], first.as_str());
    guest.run("test ! -e /usr/share/acme/second");

    broken_updates(&images, &mut guest, (&first, start));
    guest.off();
    images.judge(&disk);
    since("the end");
}

#[test]
fn a_disk_starts_without_uefi() {
    if !is_wanted("life") {
        return;
    }
    let start = Instant::now();
    let images = Images::new();
    images.base("trixie");
    let recipe = images.tested("first", "base.yml");
    let disk = images.disk(&recipe, "disk.raw");
    let mut guest = Guest::start(&disk, &images.key(), &["--bios"]);
    let report = guest.ready();
    took("life", "a start by BIOS", start.elapsed().as_secs_f64());
    is_well(&report);
    guest.run("test ! -d /sys/firmware/efi");
    // GRUB counts the tries of a deployment, as it does under UEFI.
    guest.run(
        "systemctl mask terroir-health.service && grub-editenv /boot/grub/grubenv set tries=3",
    );
    guest.restart();
    guest.ready();
    guest.run("grep -qx tries=2 /boot/grub/grubenv");
    assert!(!guest.console().contains("Unknown command"));
    guest.off();
}
