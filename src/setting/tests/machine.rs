//! The clock, the firewall, audit rules, AppArmor and the boot loader.

use serde_json::{Value, json};

use super::applied::{checked, met, put, unmet_then_met};
use super::fake::{Disk, Repository};
use super::programs;
use crate::setting::{Declaration, Outcome};

const CHRONY: &str = "\
# Welcome to the chrony configuration file.
confdir /etc/chrony/conf.d
pool 2.debian.pool.ntp.org iburst
sourcedir /etc/chrony/sources.d
server old.example
makestep 1 3
";

const UFW_RULES: &str = "\
*filter
:ufw-user-input - [0:0]
### RULES ###

### tuple ### allow tcp 23 0.0.0.0/0 any 0.0.0.0/0 in
-A ufw-user-input -p tcp --dport 23 -j ACCEPT

### END RULES ###

### LOGGING ###
### END LOGGING ###
COMMIT
";

fn root() -> Disk {
    let disk = Disk::new();
    disk.write("/etc/chrony/chrony.conf", CHRONY);
    disk.write(
        "/etc/ufw/ufw.conf",
        "# on or off\nENABLED=no\nLOGLEVEL=low\n",
    );
    disk.write(
        "/etc/default/ufw",
        "IPV6=yes\nDEFAULT_INPUT_POLICY=\"ACCEPT\"\nDEFAULT_FORWARD_POLICY=\"DROP\"\n",
    );
    disk.write("/etc/ufw/user.rules", UFW_RULES);
    disk.write("/etc/ufw/user6.rules", &UFW_RULES.replace("ufw-", "ufw6-"));
    disk.write(
        "/etc/firewalld/firewalld.conf",
        "# zone\nDefaultZone=public\nLogDenied=off\n",
    );
    disk.write(
        "/etc/apparmor.d/usr.bin.man",
        "profile man /usr/bin/man flags=(attach_disconnected) {\n}\n",
    );
    disk.write(
        "/etc/apparmor.d/unprivileged",
        "profile x flags=(unconfined) {\n}\n",
    );
    disk.symlink(
        "/etc/apparmor.d/disable/usr.bin.man",
        "/etc/apparmor.d/usr.bin.man",
    );
    disk.symlink("/etc/apparmor.d/force-complain/x", "../unprivileged");
    disk
}

fn rules() -> Value {
    json!({"policy": "drop", "loopback": true, "open": ["22/tcp", "8000-8010/udp"]})
}

#[test]
fn unmet_before_and_met_after() {
    for declaration in [
        json!({"time": {"chrony": {"servers": ["a.example"], "pools": ["b.example"]}}}),
        json!({"time": {"timesyncd": {"servers": ["a.example"], "pools": ["b.example"]}}}),
        json!({"firewall": {"nftables": rules()}}),
        json!({"firewall": {"nftables": {"policy": "reject"}}}),
        json!({"firewall": {"ufw": rules()}}),
        json!({"firewall": {"firewalld": rules()}}),
        json!({"audit_rule": {
            "time-change": ["-a always,exit -F arch=b64 -S adjtimex,settimeofday -k time-change"],
            "immutable": ["-e 2"],
        }}),
        json!({"apparmor": {"profiles": "enforce"}}),
        json!({"apparmor": {"profiles": "complain"}}),
    ] {
        unmet_then_met(&mut root(), &declaration);
    }
}

#[test]
fn other_sources_of_time_go() {
    let mut disk = root();
    let time = json!({"time": {"chrony": {"servers": ["a.example"], "pools": ["b.example"]}}});
    met(&mut disk, &[time]);
    let text = std::fs::read_to_string(disk.root.path().join("etc/chrony/chrony.conf"));
    assert_eq!(
        text.expect("written"),
        "# Welcome to the chrony configuration file.\nconfdir /etc/chrony/conf.d\n\
         server a.example iburst\npool b.example iburst\nsourcedir /etc/chrony/sources.d\n\
         makestep 1 3\nuser _chrony\n"
    );
}

#[test]
fn what_violates_it_is_found() {
    let nftables = json!({"firewall": {"nftables": rules()}});
    let ufw = json!({"firewall": {"ufw": rules()}});
    let firewalld = json!({"firewall": {"firewalld": rules()}});
    let audit = json!({"audit_rule": {"t": ["-w /etc/passwd -p wa -k identity", "-a always,exit -F arch=b64 -S a,b -F auid!=unset -k t"]}});
    let apparmor = json!({"apparmor": {"profiles": "enforce"}});
    let time = json!({"time": {"chrony": {"pools": ["b.example"]}}});
    let timesyncd = json!({"time": {"timesyncd": {"servers": ["b.example"]}}});
    for (declaration, path, old, new, outcome) in [
        (
            &nftables,
            "etc/nftables.conf",
            "22 accept",
            "23 accept",
            Outcome::Unmet,
        ),
        (
            &nftables,
            "etc/nftables.conf",
            "\t\ttcp dport 22 accept\n",
            "",
            Outcome::Unmet,
        ),
        (
            &nftables,
            "etc/nftables.conf",
            "hook forward priority filter; policy drop",
            "hook forward priority filter; policy accept",
            Outcome::Unmet,
        ),
        (
            &nftables,
            "etc/nftables.conf",
            "hook output",
            "hook outputs",
            Outcome::Unmet,
        ),
        (
            &nftables,
            "etc/nftables.conf",
            "\t\tip saddr 127",
            "\t\t# ip saddr 127",
            Outcome::Unmet,
        ),
        (
            &nftables,
            "etc/nftables.conf",
            "tcp dport 22 accept",
            "tcp  dport { 22 } accept # ssh",
            Outcome::Met,
        ),
        (&ufw, "etc/ufw/ufw.conf", "yes", "no", Outcome::Unmet),
        (
            &ufw,
            "etc/default/ufw",
            "\"DROP\"",
            "\"ACCEPT\"",
            Outcome::Unmet,
        ),
        (
            &ufw,
            "etc/ufw/user.rules",
            "-A ufw-user-input -i lo -j ACCEPT\n",
            "",
            Outcome::Unmet,
        ),
        (
            &ufw,
            "etc/ufw/user6.rules",
            "-A ufw6-user-input -i lo -j ACCEPT\n",
            "-A ufw6-user-input -j ACCEPT\n",
            Outcome::Unmet,
        ),
        (
            &firewalld,
            "etc/firewalld/firewalld.conf",
            "terroir",
            "public",
            Outcome::Unmet,
        ),
        (
            &firewalld,
            "etc/firewalld/zones/terroir.xml",
            "DROP",
            "ACCEPT",
            Outcome::Unmet,
        ),
        (
            &audit,
            "etc/audit/rules.d/50-t.rules",
            "-p wa",
            "-p w",
            Outcome::Unmet,
        ),
        (
            &audit,
            "etc/audit/rules.d/50-t.rules",
            "-w /etc/passwd -p wa -k identity\n",
            "-k identity -p aw -w /etc/passwd\n",
            Outcome::Met,
        ),
        (
            &audit,
            "etc/audit/rules.d/50-t.rules",
            "-S a,b -F auid!=unset -k t",
            "-S b -S a -F auid!=-1 -F key=t",
            Outcome::Met,
        ),
        (
            &apparmor,
            "etc/apparmor.d/usr.bin.man",
            "attach_disconnected",
            "complain",
            Outcome::Unmet,
        ),
        (
            &apparmor,
            "etc/apparmor.d/usr.bin.man",
            "profile man",
            "# profile man",
            Outcome::Met,
        ),
        (
            &time,
            "etc/chrony/chrony.conf",
            "makestep",
            "server evil.example\nmakestep",
            Outcome::Unmet,
        ),
        (
            &time,
            "etc/chrony/chrony.conf",
            "pool b",
            "# pool b",
            Outcome::Unmet,
        ),
        (
            &timesyncd,
            "etc/systemd/timesyncd.conf.d/60-terroir.conf",
            "=b",
            "=c",
            Outcome::Unmet,
        ),
    ] {
        let mut disk = root();
        met(&mut disk, std::slice::from_ref(declaration));
        let file = disk.root.path().join(path);
        let text = std::fs::read_to_string(&file).expect("written");
        assert!(text.contains(old), "{path} has {old}");
        std::fs::write(&file, text.replacen(old, new, 1)).expect("changed");
        for (key, checked) in checked(&disk, std::slice::from_ref(declaration)) {
            assert_eq!(checked.outcome, outcome, "{key} {new}: {}", checked.found);
        }
    }
}

#[test]
fn the_boot_loader_is_for_the_installer() {
    let loader = json!({"bootloader": {"password": "required", "config-mode": "0600"}});
    let declarations = std::slice::from_ref(&loader);
    let mut disk = Disk::new();
    put(&mut disk, declarations).expect("nothing to do");
    let found = checked(&disk, declarations);
    assert!(
        found
            .values()
            .all(|checked| checked.outcome == Outcome::Install)
    );
    disk.write("/boot/grub/grub.cfg", "menuentry 'x' {\n}\n");
    let found = checked(&disk, declarations);
    assert!(
        found
            .values()
            .all(|checked| checked.outcome == Outcome::Unmet)
    );
    disk.write(
        "/boot/grub/grub.cfg",
        "password_pbkdf2 root grub.pbkdf2.sha512.1\n",
    );
    let found = checked(&disk, declarations);
    assert_eq!(found["bootloader:password"].outcome, Outcome::Met);
}

#[test]
fn the_menu_of_ostree_is_where_its_links_lead() {
    let loader = json!({"bootloader": {"password": "required", "config-mode": "0644"}});
    let declarations = std::slice::from_ref(&loader);
    let disk = Disk::new();
    disk.symlink("/boot/grub/grub.cfg", "../loader/grub.cfg");
    disk.symlink("/boot/loader", "loader.1");
    disk.write("/boot/loader.1/grub.cfg", "menuentry 'x' {\n}\n");
    let found = checked(&disk, declarations);
    assert_eq!(found["bootloader:password"].outcome, Outcome::Unmet);
    assert_eq!(found["bootloader:config-mode"].outcome, Outcome::Met);
    disk.write(
        "/boot/grub/user.cfg",
        "set superusers=root\npassword_pbkdf2 root grub.pbkdf2.sha512.1\n",
    );
    let found = checked(&disk, declarations);
    assert_eq!(found["bootloader:password"].outcome, Outcome::Met);
}

#[test]
fn declarations_that_are_mistakes() {
    let both = json!({"firewall": {"nftables": {}, "ufw": {}}});
    for (declaration, message) in [
        (
            json!({"bootloader": {"password": "hunter2"}}),
            "a password never stands in a recipe",
        ),
        (
            json!({"bootloader": {"config-mode": 600}}),
            "is not octal text",
        ),
        (both, "two programs would filter"),
        (
            json!({"firewall": {"ufw": {"open": ["22"]}}}),
            "`22` is not a port",
        ),
        (
            json!({"firewall": {"ufw": {"open": ["0/tcp"]}}}),
            "is not a port",
        ),
        (
            json!({"firewall": {"ufw": {"open": ["9-8/tcp"]}}}),
            "is not a port",
        ),
        (
            json!({"time": {"chrony": {"pools": ["a"]}, "timesyncd": {}}}),
            "two programs would set",
        ),
        (json!({"time": {"chrony": {}}}), "nobody is named"),
        (
            json!({"time": {"chrony": {"servers": ["a b"]}}}),
            "not the name of a host",
        ),
        (
            json!({"audit_rule": {"a b": ["-e 2"]}}),
            "cannot name a file",
        ),
        (json!({"audit_rule": {"a": []}}), "has no rules"),
        (json!({"audit_rule": {"a": ["e 2"]}}), "is not a rule"),
        (
            json!({"apparmor": {"profile": "enforce"}}),
            "nothing that AppArmor has",
        ),
    ] {
        let decoded: Declaration = serde_json::from_value(declaration.clone()).expect("decodes");
        let errors = decoded.settings(&Repository::default());
        let errors = errors.expect_err(&declaration.to_string());
        assert!(errors[0].message.contains(message), "{:?}", errors[0]);
        assert!(!errors[0].to_string().contains("hunter2"));
        assert!(errors[0].hint.is_some(), "{declaration}");
    }
}

#[test]
fn roots_that_are_refused() {
    for declaration in [
        json!({"time": {"chrony": {"pools": ["a"]}}}),
        json!({"firewall": {"ufw": {}}}),
        json!({"firewall": {"firewalld": {}}}),
    ] {
        let refusal = put(&mut Disk::new(), &[declaration]).expect_err("nothing is installed");
        assert!(refusal.to_string().contains("does not exist in the image"));
    }
}

#[test]
fn nft_reads_what_is_written() {
    for declaration in [
        rules(),
        json!({"policy": "reject"}),
        json!({"open": ["53/udp"]}),
    ] {
        let mut disk = root();
        met(&mut disk, &[json!({"firewall": {"nftables": declaration}})]);
        let file = disk.root.path().join("etc/nftables.conf");
        if programs::says("nft", &["--version"]).is_some() && rustix::process::geteuid().is_root() {
            let file = file.to_string_lossy();
            let _ = programs::says("unshare", &["--net", "nft", "-c", "-f", &file]);
        }
    }
}
