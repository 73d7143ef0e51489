//! Single faults planted in a hardened root, each with the control that has to find it.

use std::path::Path;

use serde_json::Value;

use crate::judge;

/// The number of a control, and what breaks it, as a shell command in the root.
const FAULTS: [(&str, &str); 30] = [
    (
        "1.1.1.1",
        "sed -i /cramfs/d usr/lib/modprobe.d/00-terroir.conf",
    ),
    (
        "1.1.1.9",
        "echo 'install usb-storage /sbin/modprobe --ignore-install usb-storage' > etc/modprobe.d/zz.conf; sed -i /usb.storage/d usr/lib/modprobe.d/00-terroir.conf",
    ),
    ("1.1.2.2.4", "sed -i 's/,noexec//; s/noexec,//' etc/fstab"),
    (
        "1.5.2",
        "echo kernel.yama.ptrace_scope=0 > etc/sysctl.d/zzz-debug.conf",
    ),
    ("1.5.3", "rm -f etc/security/limits.d/60-terroir.conf"),
    (
        "1.6.2",
        "printf 'Debian GNU/Linux 12 \\\\n \\\\l\\n' > etc/issue",
    ),
    ("1.6.5", "chmod 0666 etc/issue"),
    ("2.4.1.2", "chmod 0644 etc/crontab"),
    ("2.4.1.7", "chmod 0755 etc/cron.d"),
    ("2.4.1.8", "rm etc/cron.allow"),
    (
        "3.3.2",
        "echo net.ipv4.conf.all.send_redirects=1 > etc/sysctl.d/zzz-redirects.conf",
    ),
    (
        "3.3.10",
        "echo net.ipv4.tcp_syncookies=0 > etc/sysctl.d/zzz-cookies.conf",
    ),
    ("5.1.1", "chmod 0644 etc/ssh/sshd_config"),
    ("5.1.4", "sed -i /^AllowGroups/d etc/ssh/sshd_config"),
    (
        "5.1.6",
        "sed -i 's/^Ciphers .*/Ciphers aes128-cbc/' etc/ssh/sshd_config",
    ),
    (
        "5.1.16",
        "sed -i 's/^MaxAuthTries .*/MaxAuthTries 12/' etc/ssh/sshd_config",
    ),
    (
        "5.1.20",
        "sed -i 's/^PermitRootLogin .*/PermitRootLogin yes/' etc/ssh/sshd_config",
    ),
    ("5.2.2", "sed -i '/use_pty/d' etc/sudoers etc/sudoers.d/*"),
    (
        "5.2.5",
        "echo 'Defaults !authenticate' > etc/sudoers.d/99-easy; chmod 0440 etc/sudoers.d/99-easy",
    ),
    (
        "5.3.2.2",
        "sed -i /pam_faillock/d etc/pam.d/common-auth etc/pam.d/common-account",
    ),
    (
        "5.3.3.1.1",
        "sed -i 's/^deny.*/deny = 9/' etc/security/faillock.conf",
    ),
    (
        "5.3.3.2.2",
        "sed -i 's/^minlen.*/minlen = 6/' etc/security/pwquality.conf",
    ),
    (
        "5.3.3.4.1",
        "sed -i 's/pam_unix.so/pam_unix.so nullok/' etc/pam.d/common-auth",
    ),
    (
        "5.4.1.1",
        "sed -i 's/^PASS_MAX_DAYS.*/PASS_MAX_DAYS 99999/' etc/login.defs",
    ),
    (
        "5.4.2.1",
        "echo 'toor:x:0:0::/root:/bin/bash' >> etc/passwd; echo 'toor:$6$salt$hash:19000:0:99999:7:::' >> etc/shadow",
    ),
    ("5.4.3.2", "rm -f etc/profile.d/terroir-tmout.sh"),
    (
        "6.1.2.4",
        "sed -i 's/^Storage=.*/Storage=volatile/' etc/systemd/journald.conf",
    ),
    ("7.1.5", "chmod 0644 etc/shadow"),
    (
        "7.1.11",
        "touch usr/local/anybody; chmod 0666 usr/local/anybody",
    ),
    (
        "7.1.12",
        "touch usr/local/nobody; chown 4321:4321 usr/local/nobody",
    ),
];

/// Breaks a root in thirty places.
pub(crate) fn plant(root: &Path) {
    for (number, fault) in FAULTS {
        let script = format!("cd {} && {{ {fault}; }}", root.display());
        judge::run("sh", &["-euc", &script], number.as_bytes());
    }
}

/// Asserts that the control of every fault fails.
pub(crate) fn all_found(findings: &[Value]) {
    let verdict = |number: &str| {
        let mut findings = findings.iter();
        let finding = findings.find(|finding| finding["number"] == *number);
        finding.map(|finding| finding["verdict"].as_str().unwrap_or_default().to_owned())
    };
    let missed: Vec<_> = FAULTS
        .iter()
        .map(|(number, _)| (*number, verdict(number)))
        .filter(|(_, verdict)| verdict.as_deref() != Some("fail"))
        .collect();
    assert!(missed.is_empty(), "planted and not found: {missed:?}");
}
