//! Keys that are set where other files say something else already.

use serde_json::{Value, json};

use super::applied::{checked, met, put};
use super::effective::answer;
use super::fake::Disk;
use crate::setting::Outcome;

fn disk(files: &[(&str, &str)]) -> Disk {
    let disk = Disk::new();
    for (path, text) in files {
        disk.write(path, text);
    }
    disk
}

fn config(path: &str, style: &str, values: &Value) -> Value {
    json!({"config": {"path": path, "style": style, "optional": true, "values": values}})
}

#[test]
fn what_is_set_wins_over_other_files() {
    for (files, declared) in [
        (
            &[(
                "/etc/modprobe.d/10-site.conf",
                "install cramfs /sbin/modprobe --ignore-install cramfs\n",
            )][..],
            json!({"kernel_module": {"cramfs": "disabled"}}),
        ),
        (
            &[(
                "/etc/sysctl.d/99-z.conf",
                "net.ipv4.conf.all.log_martians = 0\nkernel.* = 3\n",
            )],
            json!({"sysctl": {"net.ipv4.conf.all.log_martians": 1, "kernel.sysrq": 0}}),
        ),
        (
            &[
                ("/etc/default/ufw", "IPT_SYSCTL=/etc/ufw/sysctl.conf\n"),
                ("/etc/ufw/ufw.conf", "ENABLED=yes\n"),
                (
                    "/etc/ufw/sysctl.conf",
                    "#net/ipv4/ip_forward=1\nnet/ipv4/conf/all/log_martians=0\nnet/ipv4/conf/eth0/x=1\n",
                ),
            ],
            json!({"sysctl": {"net.ipv4.conf.all.log_martians": 1}}),
        ),
        (
            &[
                ("/etc/systemd/journald.conf", "[Journal]\n#Storage=auto\n"),
                (
                    "/etc/systemd/journald.conf.d/10-a.conf",
                    "[Journal]\nStorage=none\nRateLimitBurst=5\n",
                ),
                (
                    "/usr/lib/systemd/journald.conf.d/90-v.conf",
                    "[Journal]\nStorage=\\\nauto\n",
                ),
            ],
            config(
                "/etc/systemd/journald.conf",
                "ini",
                &json!({"Journal/Storage": "persistent"}),
            ),
        ),
        (
            &[(
                "/usr/lib/systemd/journald.conf",
                "[Journal]\nStorage=none\nSyncIntervalSec=1m\n",
            )],
            config(
                "/etc/systemd/journald.conf",
                "ini",
                &json!({"Journal/Storage": "persistent"}),
            ),
        ),
        (
            &[(
                "/etc/systemd/journald.conf.d/10-a.conf",
                "[Journal]\nStorage=none\n",
            )],
            config(
                "/etc/systemd/journald.conf",
                "ini",
                &json!({"Journal/Storage": "persistent"}),
            ),
        ),
        (
            &[
                ("/etc/security/faillock.conf", "deny 0 # off\n"),
                ("/etc/security/other.conf", "deny = 50\n"),
                (
                    "/etc/pam.d/common-auth",
                    "auth required pam_faillock.so preauth deny=100 silent\n\
                  auth [default=die] pam_faillock.so authfail \\\n  deny=100\n",
                ),
                (
                    "/etc/pam.d/x",
                    "auth required pam_faillock.so conf=/etc/security/other.conf\n",
                ),
            ],
            config(
                "/etc/security/faillock.conf",
                "equals",
                &json!({"deny": {"at-least": 1, "at-most": 4}}),
            ),
        ),
        (
            &[
                ("/etc/security/pwquality.conf", "# minlen = 8\nminlen 7\n"),
                ("/etc/security/pwquality.conf.d/50-a.conf", "minlen = 6\n"),
                (
                    "/etc/pam.d/common-password",
                    "password requisite pam_pwquality.so retry=3 minlen=6\n",
                ),
            ],
            config(
                "/etc/security/pwquality.conf",
                "equals",
                &json!({"minlen": {"at-least": 14}}),
            ),
        ),
        (
            &[("/etc/default/useradd", "SHELL = /bin/sh\n INACTIVE = -1\n")],
            config(
                "/etc/default/useradd",
                "equals",
                &json!({"INACTIVE": {"at-least": 0, "at-most": 45}}),
            ),
        ),
        (
            &[(
                "/etc/login.defs",
                "PASS_MAX_DAYS=365\npass_max_days 3\nPASS_MAX_DAYS 9 # often\n",
            )],
            config(
                "/etc/login.defs",
                "space",
                &json!({"PASS_MAX_DAYS": {"at-least": 1, "at-most": 365}}),
            ),
        ),
    ] {
        let mut disk = disk(files);
        let found = checked(&disk, std::slice::from_ref(&declared));
        let wrong = found.values().any(|found| found.outcome == Outcome::Unmet);
        assert!(wrong, "{declared} is met already");
        met(&mut disk, &[declared]);
    }
}

#[test]
fn sshd_takes_what_is_set() {
    let mut disk = disk(&[
        (
            "/etc/ssh/sshd_config",
            "# Of this machine.\nInclude /etc/ssh/sshd_config.d/*.conf\n\n#PermitRootLogin yes\n\
             LoginGraceTime 0\nMaxAuthTries 6\nMatch User bob\n  MaxSessions 3\n",
        ),
        (
            "/etc/ssh/sshd_config.d/50-cloud-init.conf",
            "PermitRootLogin yes\nMaxAuthTries 6\nallowgroups everybody\nClientAliveInterval 2m\n",
        ),
    ]);
    let values = json!({
        "PermitRootLogin": "no", "MaxAuthTries": {"at-most": 4}, "AllowGroups": "sudo wheel",
        "LoginGraceTime": {"at-least": 1, "at-most": 60},
        "ClientAliveInterval": {"at-least": 1, "at-most": 300},
    });
    met(
        &mut disk,
        &[config("/etc/ssh/sshd_config", "space", &values)],
    );
    let before = "mount -t tmpfs none /run; mkdir /run/sshd; \
                  ssh-keygen -q -t ed25519 -N '' -f /run/key; mount --bind $root/etc/ssh /etc/ssh";
    let each = format!(
        "root={}; {before}; sshd -T -h /run/key",
        disk.root.path().display()
    );
    let Some(said) = answer(&["/usr/sbin/sshd"], &each) else {
        return;
    };
    for line in [
        "permitrootlogin no",
        "maxauthtries 4",
        "allowgroups sudo",
        "allowgroups wheel",
        "logingracetime 60",
        // Stricter than asked for, wherever it stands.
        "clientaliveinterval 120",
    ] {
        assert!(said.lines().any(|said| said == line), "{line}: {said}");
    }
    assert!(!said.contains("everybody"), "{said}");
}

#[test]
fn what_means_no_limit_is_replaced_and_what_is_stricter_stays() {
    for (path, style, before, values, after) in [
        (
            "/etc/security/faillock.conf",
            "equals",
            "deny = 0\n",
            json!({"deny": {"at-least": 1, "at-most": 4}}),
            "deny = 4\n",
        ),
        (
            "/etc/security/faillock.conf",
            "equals",
            "deny = 3\n",
            json!({"deny": {"at-least": 1, "at-most": 4}}),
            "deny = 3\n",
        ),
        (
            "/etc/security/faillock.conf",
            "equals",
            "unlock_time = 0\n",
            json!({"unlock_time": {"at-least": 900, "or": [0]}}),
            "unlock_time = 0\n",
        ),
        (
            "/etc/security/faillock.conf",
            "equals",
            "unlock_time = never\n",
            json!({"unlock_time": {"at-least": 900, "or": [0]}}),
            "unlock_time = never\n",
        ),
        (
            "/etc/security/faillock.conf",
            "equals",
            "unlock_time = 60\n",
            json!({"unlock_time": {"at-least": 900, "or": [0]}}),
            "unlock_time = 900\n",
        ),
        (
            "/etc/security/pwquality.conf",
            "equals",
            "maxrepeat = 0\n",
            json!({"maxrepeat": {"at-least": 1, "at-most": 3}}),
            "maxrepeat = 3\n",
        ),
        (
            "/etc/login.defs",
            "space",
            "PASS_MAX_DAYS -1\n",
            json!({"PASS_MAX_DAYS": {"at-least": 1, "at-most": 365}}),
            "PASS_MAX_DAYS 365\n",
        ),
        (
            "/etc/login.defs",
            "space",
            "PASS_MAX_DAYS\t90\n",
            json!({"PASS_MAX_DAYS": {"at-least": 1, "at-most": 365}}),
            "PASS_MAX_DAYS\t90\n",
        ),
        (
            "/etc/default/useradd",
            "equals",
            "INACTIVE=-1\n",
            json!({"INACTIVE": {"at-least": 0, "at-most": 45}}),
            "INACTIVE=45\n",
        ),
        (
            "/etc/ssh/sshd_config",
            "space",
            "LoginGraceTime 0\n",
            json!({"LoginGraceTime": {"at-least": 1, "at-most": 60}}),
            "LoginGraceTime 60\n",
        ),
        (
            "/etc/ssh/sshd_config",
            "space",
            "LoginGraceTime 1m\n",
            json!({"LoginGraceTime": {"at-least": 1, "at-most": 60}}),
            "LoginGraceTime 1m\n",
        ),
    ] {
        let mut disk = disk(&[(path, before)]);
        put(&mut disk, &[config(path, style, &values)]).expect("renders");
        let text = std::fs::read_to_string(disk.at(&super::fake::place(path))).expect("there");
        assert_eq!(text, after, "{before} with {values}");
        met(&mut disk, &[config(path, style, &values)]);
    }
}

#[test]
fn not_applicable_only_without_any_file() {
    let storage = config(
        "/etc/systemd/journald.conf",
        "ini",
        &json!({"Journal/Storage": "persistent"}),
    );
    let deny = config(
        "/etc/security/faillock.conf",
        "equals",
        &json!({"deny": {"at-most": 4}}),
    );
    let minlen = config(
        "/etc/security/pwquality.conf",
        "equals",
        &json!({"minlen": {"at-least": 14}}),
    );
    for (declared, path, text, outcome) in [
        (&storage, "/etc/x", "", Outcome::NotApplicable),
        (
            &storage,
            "/etc/systemd/journald.conf.d/10-a.conf",
            "[Journal]\nStorage=none\n",
            Outcome::Unmet,
        ),
        (
            &storage,
            "/usr/lib/systemd/journald.conf",
            "[Journal]\nStorage=none\n",
            Outcome::Unmet,
        ),
        (
            &storage,
            "/usr/lib/systemd/journald.conf",
            "[Journal]\nStorage=persistent\n",
            Outcome::Met,
        ),
        (&deny, "/etc/x", "", Outcome::NotApplicable),
        (
            &deny,
            "/etc/pam.d/common-auth",
            "auth required pam_faillock.so preauth\n",
            Outcome::Unmet,
        ),
        (
            &deny,
            "/etc/pam.d/common-auth",
            "auth required pam_faillock.so preauth deny=3\n",
            Outcome::Met,
        ),
        (
            &minlen,
            "/etc/security/pwquality.conf.d/a.conf",
            "minlen = 6\n",
            Outcome::Unmet,
        ),
        (
            &minlen,
            "/etc/security/pwquality.conf.d/a.conf",
            "minlen = 20\n",
            Outcome::Met,
        ),
    ] {
        let disk = disk(&[(path, text)]);
        let found = checked(&disk, std::slice::from_ref(declared));
        let (key, found) = found.first_key_value().expect("one");
        assert_eq!(
            found.outcome, outcome,
            "{key} with {path} {text}: {}",
            found.found
        );
    }
}
