//! Files of a fresh base that belong to one machine or moment, not to the distribution.

use crate::path::TreePath;

/// What becomes of an entry of a fresh base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays as it is.
    Keep,
    /// It goes.
    Drop,
    /// It goes, with a note to whoever put it there.
    Tell,
    /// It stays, as an empty file.
    Empty,
    /// It stays with settled day fields: the shadow file.
    Shadow,
}

/// Files that go wherever they are found; directories stay.
const DROPPED: [&str; 16] = [
    "/etc/hostname",
    "/etc/resolv.conf",
    "/etc/.pwd.lock",
    "/etc/passwd-",
    "/etc/group-",
    "/etc/shadow-",
    "/etc/gshadow-",
    "/etc/subuid-",
    "/etc/subgid-",
    "/var/cache/ldconfig/aux-cache",
    "/var/lib/dbus/machine-id",
    "/var/lib/systemd/random-seed",
    "/var/lib/urandom/random-seed",
    "/var/cache/apt/archives/lock",
    "/var/lib/rpm/.rpm.lock",
    "/usr/lib/sysimage/rpm/.rpm.lock",
];

/// Directories of which all files go: lists and logs of the package manager, devices, host stubs.
const EMPTIED: [&str; 13] = [
    "/dev",
    "/run",
    "/tmp",
    "/var/log",
    "/var/cache/apk",
    "/var/cache/dnf",
    "/var/cache/libdnf5",
    "/var/cache/pacman",
    "/var/cache/zypp",
    "/var/lib/apt/lists",
    "/var/tmp",
    "/proc",
    "/sys",
];

/// Tells whether a file of /etc is one that every machine makes for itself, without anybody's doing.
#[must_use]
pub fn is_made_by_machines(path: &TreePath) -> bool {
    let text = path.to_string();
    // A name and name servers are somebody's choice.
    let chosen = ["/etc/hostname", "/etc/resolv.conf"].contains(&text.as_str());
    let gone = matches!(fate(path, false), Fate::Drop | Fate::Empty);
    // systemd-update-done.service(8)
    text == "/etc/.updated" || gone && !chosen
}

/// Decides about one entry; `directory` tells whether it is one.
///
/// The machine-id becomes empty, which systemd fills at first boot (machine-id(5)); host keys and
/// snake-oil certificates go, since all machines would share them.
#[must_use]
pub fn fate(path: &TreePath, directory: bool) -> Fate {
    let text = path.to_string();
    let below = |top: &str| {
        text.strip_prefix(top)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    if text == "/etc/machine-id" {
        return Fate::Empty;
    }
    if text == "/etc/shadow" {
        return Fate::Shadow;
    }
    if below("/dev") || below("/proc") || below("/sys") {
        return Fate::Drop;
    }
    if directory {
        return Fate::Keep;
    }
    let dropped = DROPPED.contains(&text.as_str())
        || EMPTIED.iter().any(|top| below(top))
        || text.starts_with("/etc/ssh/ssh_host_")
        || text.contains("ssl-cert-snakeoil")
        || (below("/var/cache/apt") && text.ends_with(".bin"))
        || (below("/var/lib/dpkg") && text.ends_with("-old"))
        || (below("/var/cache/debconf") && text.ends_with("-old"))
        || (below("/var/backups"));
    if dropped { Fate::Drop } else { Fate::Keep }
}

/// Logs that package managers and the programs of every system keep themselves.
const LOGS: [&str; 20] = [
    "/var/log/alternatives.log",
    "/var/log/apk.log",
    "/var/log/apt",
    "/var/log/bootstrap.log",
    "/var/log/btmp",
    "/var/log/dnf",
    "/var/log/dpkg.log",
    "/var/log/faillog",
    "/var/log/fontconfig.log",
    "/var/log/hawkey.log",
    "/var/log/journal",
    "/var/log/lastlog",
    "/var/log/libdnf5",
    "/var/log/pacman.log",
    "/var/log/tallylog",
    "/var/log/unattended-upgrades",
    "/var/log/wtmp",
    "/var/log/yum.log",
    "/var/log/zypp",
    "/var/log/zypper.log",
];

/// Decides about what the commands of a step left at a path, where nothing stood for it in the
/// recipe; `file` tells whether it is a regular file.
///
/// Links and the like are never left behind by accident; neither is a host name or a resolver's
/// file, since what commands see of the machine's own is mounted and no part of the step.
#[must_use]
pub fn fate_in_step(path: &TreePath, file: bool) -> Fate {
    let text = path.to_string();
    let below = |top: &str| {
        text.strip_prefix(top)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    let fate = fate(path, false);
    if fate == Fate::Keep
        || ["/dev", "/proc", "/sys", "/run", "/tmp"]
            .into_iter()
            .any(below)
    {
        return fate;
    }
    let own = ["/etc/hostname", "/etc/resolv.conf"].contains(&text.as_str());
    if !file || own {
        return Fate::Keep;
    }
    let known = LOGS.iter().any(|log| text.starts_with(log));
    match below("/var/tmp") || (below("/var/log") && !known) {
        true => Fate::Tell,
        false => fate,
    }
}

/// What becomes of a machine-id: empty, which systemd fills at first boot, unless it says that it is
/// to be taken for a first boot (machine-id(5)).
#[must_use]
pub fn settle_machine_id(bytes: &[u8]) -> Vec<u8> {
    match bytes.trim_ascii() {
        b"uninitialized" => bytes.to_vec(),
        _ => Vec::new(),
    }
}

/// Sets days of the last password change (shadow(5), third field) after the epoch to its day.
///
/// An earlier day is somebody's intention: 0 asks for a new password at the first login.
#[must_use]
pub fn settle_shadow(text: &str, epoch: u64) -> String {
    let last = epoch / 86_400;
    let day = last.to_string();
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let mut fields: Vec<&str> = line.split(':').collect();
        if let Some(field) = fields.get_mut(2)
            && field.parse().is_ok_and(|day: u64| day > last)
        {
            *field = &day;
        }
        out.push_str(&fields.join(":"));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_make_some_files_of_etc_themselves() {
        for (path, expected) in [
            ("etc/.updated", true),
            ("etc/group-", true),
            ("etc/hostname", false),
            ("etc/machine-id", true),
            ("etc/shadow", false),
            ("etc/ssh/ssh_host_rsa_key.pub", true),
            ("etc/ssh/sshd_config", false),
        ] {
            let path = TreePath::parse(path).unwrap();
            assert_eq!(is_made_by_machines(&path), expected, "{path}");
        }
    }

    #[test]
    fn what_commands_leave_goes_and_what_they_mean_stays() {
        let cases = [
            ("/etc/hostname", true, Fate::Keep),
            ("/etc/resolv.conf", true, Fate::Keep),
            ("/etc/resolv.conf", false, Fate::Keep),
            ("/etc/hosts", true, Fate::Keep),
            ("/etc/machine-id", true, Fate::Empty),
            ("/etc/machine-id", false, Fate::Keep),
            ("/etc/shadow", true, Fate::Shadow),
            ("/etc/shadow-", true, Fate::Drop),
            ("/etc/ssh/ssh_host_rsa_key", true, Fate::Drop),
            ("/var/lib/dbus/machine-id", true, Fate::Drop),
            ("/var/lib/dbus/machine-id", false, Fate::Keep),
            ("/var/log/dpkg.log", true, Fate::Drop),
            ("/var/log/apt/history.log", true, Fate::Drop),
            ("/var/log/app.seed", true, Fate::Tell),
            ("/var/log/nginx/access.log", false, Fate::Keep),
            ("/var/tmp/left", true, Fate::Tell),
            ("/var/tmp/link", false, Fate::Keep),
            ("/var/lib/apt/lists/x", true, Fate::Drop),
            ("/dev/null", false, Fate::Drop),
            ("/run/link", false, Fate::Drop),
            ("/usr/bin/x", true, Fate::Keep),
        ];
        for (path, file, expected) in cases {
            let found = fate_in_step(&TreePath::parse(path).unwrap(), file);
            assert_eq!(found, expected, "{path}");
        }
        assert_eq!(settle_machine_id(b"uninitialized\n"), b"uninitialized\n");
        assert_eq!(settle_machine_id(b"0123456789abcdef\n"), b"");
    }
}
