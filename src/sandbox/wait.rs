//! The wait for a child process, which ends when it may not go on.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, WaitStatus, kill_process, pidfd_open, waitpid,
};

use super::Error;

/// How often a running command is looked at.
const WATCH: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 200_000_000,
};

/// Waits for a child to end, and ends it when it may not go on.
pub(super) fn wait(process: Pid, watch: &mut dyn FnMut() -> bool) -> Result<i32, Error> {
    let failed = || Error::io("waiting for the command");
    let handle = pidfd_open(process, PidfdFlags::empty()).map_err(failed())?;
    loop {
        let mut ended = [PollFd::new(&handle, PollFlags::IN)];
        match poll(&mut ended, Some(&WATCH)) {
            Ok(0) if watch() => {}
            Ok(0) => kill_process(process, Signal::KILL).map_err(failed())?,
            Err(rustix::io::Errno::INTR) => {}
            Err(source) => return Err(failed()(source)),
            Ok(_) => {
                if let Some((_, status)) =
                    waitpid(Some(process), WaitOptions::empty()).map_err(failed())?
                {
                    return Ok(code(status));
                }
            }
        }
    }
}

/// The exit code of a shell for how a process ended.
fn code(status: WaitStatus) -> i32 {
    let signal = status.terminating_signal().map(|signal| 128 + signal);
    status.exit_status().or(signal).unwrap_or(1)
}
