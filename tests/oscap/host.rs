//! This machine, which hardening must never change.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::judge;

/// Files and folders that hardening is about.
const FILES: [&str; 24] = [
    "/etc/aide",
    "/etc/apparmor.d",
    "/etc/audit",
    "/etc/bash.bashrc",
    "/etc/cron.d",
    "/etc/crontab",
    "/etc/default",
    "/etc/fstab",
    "/etc/group",
    "/etc/issue",
    "/etc/issue.net",
    "/etc/login.defs",
    "/etc/modprobe.d",
    "/etc/motd",
    "/etc/nftables.conf",
    "/etc/pam.d",
    "/etc/passwd",
    "/etc/profile",
    "/etc/profile.d",
    "/etc/security",
    "/etc/shadow",
    "/etc/ssh",
    "/etc/sudoers.d",
    "/etc/sysctl.d",
];

/// Parameters that change by themselves.
const RESTLESS: [&str; 12] = [
    "fs/aio-nr",
    "fs/dentry-state",
    "fs/file-nr",
    "fs/inode-nr",
    "fs/inode-state",
    "fs/quota",
    "kernel/ns_last_pid",
    "kernel/pty/nr",
    "kernel/random",
    "net/netfilter",
    "kernel/tainted",
    "vm/stat_refresh",
];

/// Kernel parameters, firewall, mounts and files of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State(BTreeMap<String, String>);

impl State {
    /// What they are now.
    pub(crate) fn now() -> Self {
        let mut all = BTreeMap::new();
        parameters(Path::new("/proc/sys"), &mut all);
        for file in FILES {
            files(Path::new(file), &mut all);
        }
        let mounts = fs::read_to_string("/proc/self/mounts").expect("readable");
        // Folders and named networks of other programs come and go.
        let restless = |line: &&str| {
            ["/tmp", "/run/netns", "/run/user"]
                .iter()
                .any(|one| line.contains(one))
        };
        for line in mounts.lines().filter(|line| !restless(line)) {
            all.insert(format!("mount {line}"), String::new());
        }
        if judge::is_there("nft") {
            let rules = judge::run("nft", &["list", "ruleset"], b"");
            let rules = String::from_utf8_lossy(&rules).into_owned();
            all.insert("nftables".to_owned(), rules);
        }
        Self(all)
    }

    /// What is not the same in another state.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        let keys: std::collections::BTreeSet<_> = self.0.keys().chain(other.0.keys()).collect();
        let differ = |key: &&&String| self.0.get(**key) != other.0.get(**key);
        keys.iter()
            .filter(differ)
            .map(ToString::to_string)
            .collect()
    }
}

fn parameters(folder: &Path, all: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = path.display().to_string();
        if RESTLESS.iter().any(|restless| name.contains(restless)) {
            continue;
        }
        if path.is_dir() {
            parameters(&path, all);
        } else if let Ok(value) = fs::read_to_string(&path) {
            all.insert(name, value);
        }
    }
}

fn files(path: &Path, all: &mut BTreeMap<String, String>) {
    let Ok(about) = fs::symlink_metadata(path) else {
        return;
    };
    let content = match about.is_file() {
        true => fs::read(path).unwrap_or_default(),
        false => Vec::new(),
    };
    let text = format!(
        "{:o} {}:{} {}",
        about.mode(),
        about.uid(),
        about.gid(),
        String::from_utf8_lossy(&content)
    );
    all.insert(path.display().to_string(), text);
    if about.is_dir() {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            files(&entry.path(), all);
        }
    }
}
