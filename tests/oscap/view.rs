//! A root as it looks from inside when booted, with mounts, a network and processes of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// How the view is put together.
const SCRIPT: &str = include_str!("view.sh");

/// What the kernel starts with, of the parameters that the guide asks for.
const DEFAULTS: [(&str, &str); 43] = [
    ("fs/protected_fifos", "0"),
    ("fs/protected_hardlinks", "0"),
    ("fs/protected_regular", "0"),
    ("fs/protected_symlinks", "0"),
    ("fs/suid_dumpable", "0"),
    ("kernel/dmesg_restrict", "1"),
    ("kernel/kptr_restrict", "0"),
    ("kernel/perf_event_paranoid", "3"),
    ("kernel/randomize_va_space", "2"),
    ("kernel/sysrq", "438"),
    ("kernel/unprivileged_bpf_disabled", "2"),
    ("kernel/yama/ptrace_scope", "0"),
    ("net/core/bpf_jit_harden", "0"),
    ("net/ipv4/conf/all/accept_redirects", "1"),
    ("net/ipv4/conf/all/accept_source_route", "0"),
    ("net/ipv4/conf/all/forwarding", "0"),
    ("net/ipv4/conf/all/log_martians", "0"),
    ("net/ipv4/conf/all/rp_filter", "0"),
    ("net/ipv4/conf/all/secure_redirects", "1"),
    ("net/ipv4/conf/all/send_redirects", "1"),
    ("net/ipv4/conf/default/accept_redirects", "1"),
    ("net/ipv4/conf/default/accept_source_route", "1"),
    ("net/ipv4/conf/default/forwarding", "0"),
    ("net/ipv4/conf/default/log_martians", "0"),
    ("net/ipv4/conf/default/rp_filter", "0"),
    ("net/ipv4/conf/default/secure_redirects", "1"),
    ("net/ipv4/conf/default/send_redirects", "1"),
    ("net/ipv4/icmp_echo_ignore_broadcasts", "1"),
    ("net/ipv4/icmp_ignore_bogus_error_responses", "1"),
    ("net/ipv4/ip_forward", "0"),
    ("net/ipv4/tcp_syncookies", "1"),
    ("net/ipv6/conf/all/accept_ra", "1"),
    ("net/ipv6/conf/all/accept_redirects", "1"),
    ("net/ipv6/conf/all/accept_source_route", "0"),
    ("net/ipv6/conf/all/disable_ipv6", "0"),
    ("net/ipv6/conf/all/forwarding", "0"),
    ("net/ipv6/conf/default/accept_ra", "1"),
    ("net/ipv6/conf/default/accept_redirects", "1"),
    ("net/ipv6/conf/default/accept_source_route", "0"),
    ("net/ipv6/conf/default/disable_ipv6", "0"),
    ("net/ipv6/conf/default/forwarding", "0"),
    ("kernel/apparmor_restrict_unprivileged_unconfined", "0"),
    ("kernel/core_pattern", "core"),
];

/// The folders of sysctl.d(5), the one that goes before the others last.
const FOLDERS: [&str; 4] = [
    "usr/lib/sysctl.d",
    "usr/local/lib/sysctl.d",
    "run/sysctl.d",
    "etc/sysctl.d",
];

/// Runs a command in a view of a root; `shared` is seen at `/run/shared`.
#[expect(clippy::disallowed_methods, reason = "tests run the judges")]
pub(crate) fn run(root: &Path, bundle: &Path, shared: &Path, command: &[&str]) -> Output {
    let parameters = tempfile::tempdir().expect("a temporary directory");
    write_parameters(root, parameters.path());
    Command::new("timeout")
        .args([
            "--signal=KILL",
            "900",
            "unshare",
            "--mount",
            "--net",
            "--pid",
            "--ipc",
            "--uts",
        ])
        .args([
            "--fork",
            "--propagation",
            "private",
            "sh",
            "-c",
            SCRIPT,
            "view",
        ])
        .args([root, parameters.path(), bundle, shared])
        .args(command)
        .stdin(Stdio::null())
        .output()
        .expect("unshare starts")
}

/// Writes a folder that stands for `/proc/sys` once the root has booted.
fn write_parameters(root: &Path, folder: &Path) {
    let mut all: BTreeMap<String, String> = DEFAULTS
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    let mut files = BTreeMap::new();
    for place in FOLDERS {
        for entry in fs::read_dir(root.join(place))
            .into_iter()
            .flatten()
            .flatten()
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".conf") {
                // A link of Debian leads to a file beside the folder.
                let target = fs::read_link(entry.path()).ok();
                let path = match target {
                    Some(target) if target.is_absolute() => {
                        root.join(target.strip_prefix("/").expect("it begins with a slash"))
                    }
                    Some(target) => root.join(place).join(target),
                    None => entry.path(),
                };
                files.insert(name, path);
            }
        }
    }
    for path in files.values() {
        for line in fs::read_to_string(path).unwrap_or_default().lines() {
            let line = line.trim();
            if let Some((key, value)) = line
                .split_once('=')
                .filter(|_| !line.starts_with(['#', ';']))
            {
                let key = key.trim().trim_start_matches('-').replace('.', "/");
                all.insert(key, value.trim().to_owned());
            }
        }
    }
    for (key, value) in all.iter().filter(|(key, _)| !key.contains('*')) {
        let file = folder.join(key);
        fs::create_dir_all(file.parent().expect("below the folder")).expect("writable");
        fs::write(file, format!("{value}\n")).expect("writable");
    }
}
