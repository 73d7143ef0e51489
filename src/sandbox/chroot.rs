//! One command behind chroot(2) alone, where neither namespaces nor mounts are allowed.

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use super::container::wait;
use super::{Confined, Error};
use crate::process;

/// Runs a command in its root and kills what it left running.
pub(super) fn run(command: &Confined<'_>, watch: &mut dyn FnMut() -> bool) -> Result<i32, Error> {
    let child = process::start_in_root(&process::InRoot {
        root: command.root,
        arguments: command.arguments,
        environment: &command.environment,
        directory: command.directory,
        user: command.user,
        groups: &command.groups,
    })
    .map_err(Error::io("starting the command"))?;
    let process = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let ended = process.map_or(Ok(1), |process| wait(process, watch));
    end_orphans();
    ended
}

/// Kills whatever became a child of this process, until nothing is left.
fn end_orphans() {
    loop {
        for child in children() {
            // It may be gone by now.
            let _ = kill_process(child, Signal::KILL);
        }
        match waitpid(None, WaitOptions::empty()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

fn children() -> Vec<Pid> {
    let own = rustix::process::getpid().as_raw_nonzero();
    let listed = std::fs::read_to_string(format!("/proc/{own}/task/{own}/children"));
    let listed = listed.unwrap_or_default();
    listed
        .split_whitespace()
        .filter_map(|pid| Pid::from_raw(pid.parse().ok()?))
        .collect()
}
