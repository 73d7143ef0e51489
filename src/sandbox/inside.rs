//! The helper process: it enters its namespaces, waits for its ids, works, and answers.
//!
//! It must be single-threaded until it works: unshare(2) of a user namespace and fork(2) ask for it.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::process::ExitCode;

use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_change};
use rustix::process::{
    Pid, Signal, WaitOptions, WaitStatus, set_child_subreaper, set_parent_process_death_signal,
    waitpid,
};
use rustix::thread::{UnshareFlags, set_thread_groups, unshare_unsafe};

use super::Isolation;

/// The name under which terroir starts itself as a helper.
pub const HELPER: &str = "terroir-inside";

/// What the helper says once it is in its user namespace.
pub(super) const ENTERED: u8 = b'e';
/// Most bytes of a request.
const MAX_REQUEST: u64 = 1 << 30;

/// Enters the isolation that the first argument names, takes one request from standard input and
/// writes what `work` makes of it to standard output.
///
/// Standard error is the log of whatever `work` runs.
pub fn inside(isolation: Option<&str>, work: impl FnOnce(&[u8]) -> Vec<u8>) -> ExitCode {
    let Some(isolation) = isolation.and_then(Isolation::from_name) else {
        complain(
            "this is for terroir itself",
            &io::Error::other("no isolation"),
        );
        return ExitCode::FAILURE;
    };
    let done = match isolation {
        Isolation::Chroot => alone(work),
        Isolation::Namespaces | Isolation::SingleId => confined(work),
    };
    done.unwrap_or_else(|(what, error)| {
        complain(what, &error);
        ExitCode::FAILURE
    })
}

type Refused = (&'static str, io::Error);

fn refused<E: Into<io::Error>>(what: &'static str) -> impl FnOnce(E) -> Refused {
    move |error| (what, error.into())
}

fn complain(what: &str, error: &io::Error) {
    // Nobody may be left to read it.
    let _ = writeln!(io::stderr(), "terroir: {what}: {error}");
}

/// Without namespaces: whatever is started becomes a child of the helper and ends with it.
fn alone(work: impl FnOnce(&[u8]) -> Vec<u8>) -> Result<ExitCode, Refused> {
    set_parent_process_death_signal(Some(Signal::TERM)).map_err(refused("prctl"))?;
    set_child_subreaper(Some(rustix::process::getpid())).map_err(refused("prctl"))?;
    say(&[ENTERED])?;
    answer(work)
}

fn confined(work: impl FnOnce(&[u8]) -> Vec<u8>) -> Result<ExitCode, Refused> {
    let namespaces = UnshareFlags::NEWUSER
        | UnshareFlags::NEWNS
        | UnshareFlags::NEWPID
        | UnshareFlags::NEWIPC
        | UnshareFlags::NEWUTS
        | UnshareFlags::NEWCGROUP;
    #[expect(unsafe_code, reason = "the table of open files is not unshared")]
    let entered = unsafe { unshare_unsafe(namespaces) };
    entered.map_err(refused("unshare"))?;
    say(&[ENTERED])?;
    let mut go = [0];
    io::stdin()
        .read_exact(&mut go)
        .map_err(refused("waiting for ids"))?;
    // A namespace with one id may not give its groups up.
    let _ = set_thread_groups(&[]);
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(refused("prctl"))?;
    #[expect(
        unsafe_code,
        reason = "fork is how one gets into a new process namespace; the process has one thread"
    )]
    let child = unsafe { libc::fork() };
    match child {
        -1 => Err(("fork", io::Error::last_os_error())),
        0 => {
            set_parent_process_death_signal(Some(Signal::KILL)).map_err(refused("prctl"))?;
            furnish()?;
            answer(work)
        }
        child => Ok(wait(child)),
    }
}

/// Waits for the first process of the namespace and ends as it did.
fn wait(child: i32) -> ExitCode {
    let status = loop {
        match waitpid(Pid::from_raw(child), WaitOptions::empty()) {
            Err(rustix::io::Errno::INTR) => {}
            Ok(Some((_, status))) => break Some(status),
            _ => break None,
        }
    };
    let code = status.and_then(WaitStatus::exit_status).unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// Mounts what the namespaces need to be seen: their own processes and their own control groups.
fn furnish() -> Result<(), Refused> {
    let private = MountPropagationFlags::REC | MountPropagationFlags::PRIVATE;
    mount_change("/", private).map_err(refused("making mounts private"))?;
    let safe = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    mount("proc", "/proc", "proc", safe, None).map_err(refused("mounting /proc"))?;
    mount("cgroup2", "/sys/fs/cgroup", "cgroup2", safe, None)
        .map_err(refused("mounting control groups"))
}

fn answer(work: impl FnOnce(&[u8]) -> Vec<u8>) -> Result<ExitCode, Refused> {
    let mut request = Vec::new();
    io::stdin()
        .take(MAX_REQUEST)
        .read_to_end(&mut request)
        .map_err(refused("reading the request"))?;
    say(&work(&request))?;
    Ok(ExitCode::SUCCESS)
}

fn say(bytes: &[u8]) -> Result<(), Refused> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(refused("answering"))
}

/// Copies of standard error for the two output streams of a command.
pub(super) fn log_streams() -> io::Result<(OwnedFd, OwnedFd)> {
    let stream = || io::stderr().as_fd().try_clone_to_owned();
    Ok((stream()?, stream()?))
}

/// An empty standard input.
pub(super) fn no_input() -> io::Result<OwnedFd> {
    Ok(File::open("/dev/null")?.into())
}
