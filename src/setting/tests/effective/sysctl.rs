//! sysctl.d beside systemd-sysctl and ufw's call of sysctl, over stand-ins of `/proc/sys`.

use super::batch::{Batch, Differences};
use super::random::Random;
use crate::setting::kinds::sysctl::effective;

const KEYS: [&str; 8] = [
    "net.ipv4.conf.all.log_martians",
    "net.ipv4.conf.default.log_martians",
    "net.ipv4.conf.eth0.log_martians",
    "net.ipv4.conf.all.rp_filter",
    "net.ipv4.conf.default.rp_filter",
    "net.ipv4.conf.eth0/1.rp_filter",
    "kernel.sysrq",
    "net.ipv6.conf.all.forwarding",
];

const PATTERNS: [&str; 10] = [
    "net.ipv4.conf.*.log_martians",
    "net.ipv4.conf.[ad]*.log_martians",
    "net/ipv4/conf/*/rp_filter",
    "net.ipv4.conf.a?l.rp_filter",
    "net.ipv4.conf.[!a]*.rp_filter",
    "net.ipv4.*.log_martians",
    "net.*.conf.*.*",
    "net.ipv4.conf.all.*",
    "kernel.sys*",
    "*.sysrq",
];

const FOLDERS: [&str; 4] = [
    "etc/sysctl.d",
    "run/sysctl.d",
    "usr/local/lib/sysctl.d",
    "usr/lib/sysctl.d",
];

fn key(random: &mut Random) -> String {
    let key = random.of(&KEYS).to_owned();
    let slashed = |key: &str| {
        let swapped = |character| match character {
            '.' => '/',
            '/' => '.',
            other => other,
        };
        key.chars().map(swapped).collect()
    };
    match random.below(6) {
        0 => slashed(&key),
        1 => format!("/{}", slashed(&key)),
        _ => key,
    }
}

fn text(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..random.below(6) {
        let key = match random.below(3) {
            0 => random.of(&PATTERNS).to_owned(),
            _ => key(random),
        };
        let value = random.below(4);
        let before = random.of(&["", "", "", " ", "\t"]);
        let equals = random.of(&["=", " = ", " =", "= "]);
        text += &match random.below(10) {
            0 => format!("#{key}{equals}{value}\n"),
            1 => format!("; {key}{equals}{value}\n"),
            2 => format!("{before}-{key}\n"),
            3 => format!("{before}-{key}{equals}{value}\n"),
            4 => format!("{key}\n\n"),
            _ => format!("{before}{key}{equals}{value}{before}\n"),
        };
    }
    text
}

/// Stand-ins, `no` where nothing was written.
const TREE: &str = "mount -t tmpfs none /run; mkdir /run/sysctl.d /run/saved; \
     mkdir -p /usr/local/lib/sysctl.d 2>/dev/null || :; \
     mount -t tmpfs none /proc/sys; cd /proc/sys; \
     for name in all default eth0; do mkdir -p net/ipv4/conf/$name; done; \
     mkdir -p kernel net/ipv6/conf/all net/ipv4/conf/eth0.1; \
     files='net/ipv4/conf/all/log_martians net/ipv4/conf/default/log_martians \
     net/ipv4/conf/eth0/log_martians net/ipv4/conf/all/rp_filter net/ipv4/conf/default/rp_filter \
     net/ipv4/conf/eth0.1/rp_filter kernel/sysrq net/ipv6/conf/all/forwarding'";

const SHOWN: &str = "for file in $files; do \
     value=no; read -r value < $file || value=no; echo $value; done";

#[test]
fn systemd_sysctl_and_ufw_say_the_same() {
    let names = [
        "10-a.conf",
        "50-b.conf",
        "99-sysctl.conf",
        ".hidden.conf",
        "a.txt",
    ];
    let batch = Batch::new(0x5359_5343, |root| {
        root.layered(&FOLDERS, &names, text);
        root.write("etc/default/ufw", "IPT_SYSCTL=/etc/ufw/sysctl.conf\n");
        let on = root.random.of(&["yes", "no"]);
        root.write("etc/ufw/ufw.conf", &format!("ENABLED={on}\n"));
        let lines = text(root.random);
        let plain = lines.lines().filter(|line| !line.contains(['*', '?', '[']));
        let plain: Vec<&str> = plain.filter(|line| line.contains('=')).collect();
        root.write("etc/ufw/sysctl.conf", &plain.join("\n"));
    });
    let boot = format!(
        "for file in $files; do : > $file; done; \
         for folder in {}; do mount --bind $root/$folder /$folder; done; \
         /usr/lib/systemd/systemd-sysctl 2>/dev/null || :; ",
        FOLDERS.join(" ")
    );
    // ufw-init-functions calls sysctl so.
    let start = "on=; read -r on < $root/etc/ufw/ufw.conf; if [ $on = ENABLED=yes ]; then \
         sysctl -e -q -p $root/etc/ufw/sysctl.conf >/dev/null 2>&1 || :; fi; ";
    let end = format!(
        "; for folder in {}; do umount /$folder; done",
        FOLDERS.join(" ")
    );
    let each = format!("{boot}{start}{SHOWN}{end}");
    let programs = ["/usr/lib/systemd/systemd-sysctl", "/usr/sbin/sysctl"];
    let Some(said) = batch.said(&programs, TREE, &each) else {
        return;
    };
    let mut differences = Differences::default();
    for (number, said) in said.iter().enumerate() {
        let root = batch.snapshot(number);
        for (key, theirs) in KEYS.iter().zip(said.lines()) {
            let found = effective(key, &root).expect("examined");
            let ours = found.map_or("no".to_owned(), |(value, _)| value);
            differences.compare(
                (ours, theirs.to_owned()),
                &format!("{number} {key}"),
                || batch.shown(number),
            );
        }
    }
    differences.none(batch.count * KEYS.len());
}
