//! Hostile commands: each finds nothing of the machine, and leaves nothing on it.

use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Project, Terroir, said};

/// A script as an entry.
fn script(lines: &str) -> String {
    let lines: Vec<String> = lines
        .lines()
        .map(|line| format!("        {line}\n"))
        .collect();
    format!(
        "  - type: script\n    snippets:\n      - |\n{}",
        lines.concat()
    )
}

/// What the machine is, as far as a command could change it.
fn machine() -> Vec<String> {
    let files = [
        "/proc/self/mounts",
        "/etc/passwd",
        "/etc/shadow",
        "/etc/group",
        "/proc/sys/kernel/sysrq",
        "/proc/sys/kernel/hostname",
        "/proc/sys/net/ipv4/ip_forward",
        "/proc/sys/kernel/core_pattern",
    ];
    let read = |file: &&str| format!("{file}: {}", fs::read_to_string(file).unwrap_or_default());
    files.iter().map(read).collect()
}

#[test]
fn nothing_of_the_machine_is_seen_or_changed() {
    let project = Project::new();
    let before = machine();
    let planted = tempfile::NamedTempFile::new_in("/var/tmp").expect("writable");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let plant = planted.path().display().to_string();
    let refused = |what: &str| format!("if {what}; then echo reached it; exit 1; fi\n");
    let cases = [
        (
            "files",
            format!(
                "test ! -e {plant}\ntest ! -e {}\n",
                project.path().display()
            ),
        ),
        (
            "environment",
            "if env | grep LEAK; then exit 1; fi\ntest \"$HOME\" = /root\n".to_owned(),
        ),
        (
            "loopback",
            refused(&format!("bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}'")),
        ),
        ("network", refused("ip route get 192.0.2.1")),
        (
            "kernel",
            refused("echo 1 > /proc/sys/kernel/core_pattern")
                + &refused("echo 1 > /proc/sys/net/ipv4/ip_forward")
                + &refused("echo c > /proc/sysrq-trigger")
                + &refused("mount -t tmpfs none /mnt")
                + &refused("mount -o remount,rw /sys"),
        ),
        (
            "devices",
            refused("mknod /dev/disk b 8 0") + &refused("test -e /dev/vda"),
        ),
        (
            "processes",
            "test \"$(ls -d /proc/[0-9]* | wc -l)\" -lt 8\n".to_owned(),
        ),
        (
            "host",
            "test \"$(cat /proc/sys/kernel/hostname)\" = terroir\n".to_owned(),
        ),
    ];
    let starter = ["env", "LEAK=a-secret-of-the-machine"];
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_terroir"));
    let terroir = Terroir::started_by(&starter, program, &project.store);
    for (name, lines) in &cases {
        let recipe = project.flavour(&format!("hostile-{name}"), &script(lines));
        let output = terroir.output(["build", &recipe]);
        assert!(output.status.success(), "{name}: {}", said(&output));
    }
    assert_eq!(machine(), before);
    assert_eq!(project.unfinished(), Vec::<String>::new());
}

#[test]
fn what_goes_too_far_is_ended_and_leaves_nothing() {
    let project = Project::new();
    let cases = [
        (
            "record",
            "mkdir -p /usr/lib/terroir\necho x > /usr/lib/terroir/flavour.json\n",
            vec![],
            "belongs to the flavour record",
        ),
        (
            "exit",
            "echo the reason >&2\nexit 7\n",
            vec![],
            "ended with exit code 7\n  | the reason",
        ),
        ("signal", "sh -c 'kill -9 $$'\n", vec![], "exit code 137"),
        (
            "slow",
            "sleep 1000\n",
            vec!["--step-timeout=2s"],
            "did not end within 2 seconds",
        ),
        (
            "fill",
            "dd if=/dev/zero of=/big bs=1M count=3000\n",
            vec!["--step-size-limit=50M"],
            "wrote more than 52428800 bytes",
        ),
        ("missing", "no-such-program\n", vec![], "no-such-program"),
    ];
    for (name, lines, more, expected) in cases {
        let began = Instant::now();
        let output = project.build(&format!("far-{name}"), &script(lines), &more);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(3), "{name}: {said}");
        assert!(said.contains(expected), "{name}: {said}");
        assert!(
            said.contains(&format!("far-{name}.yml:6:5")),
            "{name}: {said}"
        );
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "{name} took too long"
        );
        assert_eq!(project.unfinished(), Vec::<String>::new(), "{name}");
    }
}

/// Processes whose command line holds a word.
fn running(word: &str) -> usize {
    let entries = fs::read_dir("/proc").expect("mounted").flatten();
    let lines = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines
        .filter(|line| line.starts_with("sleep ") && line.contains(word))
        .count()
}

#[test]
fn what_is_left_running_ends_with_its_command() {
    let project = Project::new();
    let lines = "sleep 98765 &\n(setsid sleep 98765 >/dev/null 2>&1 &)\necho done > /etc/done\n";
    let began = Instant::now();
    let output = project.build("left", &script(lines), &[]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(began.elapsed() < Duration::from_secs(60));
    assert_eq!(running("98765"), 0);
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the program is started to be interrupted"
)]
fn a_signal_ends_everything_in_order() {
    let project = Project::new();
    let recipe = project.flavour("stopped", &script("sleep 87654\n"));
    let child = Command::new(env!("CARGO_BIN_EXE_terroir"))
        .args(["build", &recipe, "--store"])
        .arg(&project.store)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let began = Instant::now();
    while running("87654") == 0 && began.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(50));
    }
    let process = rustix::process::Pid::from_raw(i32::try_from(child.id()).expect("small"));
    rustix::process::kill_process(process.expect("a number"), rustix::process::Signal::INT)
        .expect("it runs");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), None, "it ends by the signal");
    assert_eq!(running("87654"), 0);
    assert_eq!(project.unfinished(), Vec::<String>::new());
}
