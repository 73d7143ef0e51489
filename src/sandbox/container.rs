//! One command in a container, run to its end by libcontainer.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use libcontainer::container::builder::ContainerBuilder;
use libcontainer::syscall::syscall::SyscallType;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, WaitStatus, kill_process, pidfd_open, waitpid,
};

use super::inside::{log_streams, no_input};
use super::spec::spec;
use super::{Error, chroot};

/// A command and all that it sees.
#[derive(Clone, Debug)]
pub struct Confined<'a> {
    /// The root, absolute and without links.
    pub root: &'a Path,
    /// Program and arguments.
    pub arguments: &'a [String],
    /// Its whole environment.
    pub environment: Vec<(String, String)>,
    /// Its working directory inside the root.
    pub directory: &'a str,
    /// User and group, as numbers.
    pub user: (u32, u32),
    /// Further groups.
    pub groups: Vec<u32>,
    /// Whether it reaches the network of the machine.
    pub network: bool,
    /// What appears in the root, in this order.
    pub binds: Vec<Bind>,
    /// Whether it is confined by chroot(2) alone.
    pub only_chroot: bool,
}

/// A file or folder of the machine that appears in the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bind {
    /// The file or folder.
    pub source: PathBuf,
    /// Where it appears, absolute inside the root.
    pub target: String,
    /// Whether writing there is refused.
    pub read_only: bool,
}

/// How often a running command is looked at.
const WATCH: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 200_000_000,
};

/// How often, and after which pauses, it is tried to remove a control group.
const TRIES: u32 = 50;
const TRY: Duration = Duration::from_millis(20);

/// Runs a command to its end and gives its exit code; 128 and the signal where one ended it.
///
/// `state` is a folder for the runtime's own files; `watch` is asked now and then whether the command
/// may go on. Whatever the command left running is killed.
pub fn run(
    command: &Confined<'_>,
    state: &Path,
    watch: &mut dyn FnMut() -> bool,
) -> Result<i32, Error> {
    if command.only_chroot {
        return chroot::run(command, watch);
    }
    let bundle = state.join("bundle");
    let containers = state.join("containers");
    for folder in [&bundle, &containers] {
        fs::create_dir_all(folder).map_err(Error::io(format!("making {}", folder.display())))?;
    }
    let file = bundle.join("config.json");
    fs::write(&file, spec(command).to_string())
        .map_err(Error::io(format!("writing {}", file.display())))?;
    let code = in_container(&name(state), (&bundle, &containers), watch);
    let removed = fs::remove_dir_all(&containers);
    let code = code?;
    removed.map_err(Error::io(format!("removing {}", containers.display())))?;
    Ok(code)
}

/// The name of the container of a run, after the folder that holds its state: the control groups of
/// all runs lie side by side, and ending one ends whatever is in its group.
fn name(state: &Path) -> String {
    let folder = state.parent().and_then(Path::file_name).unwrap_or_default();
    let fits = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    folder.to_string_lossy().chars().filter(fits).collect()
}

/// Removes the control group that a killed run left, if there is one.
pub fn forget_group(state: &Path) {
    let group = format!(":youki:{}", name(state));
    let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let own = own.lines().find_map(|line| line.strip_prefix("0::"));
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    for line in mounts.lines() {
        let mut fields = line.split(' ').skip(1);
        if let (Some(place), Some("cgroup2")) = (fields.next(), fields.next()) {
            let own = own.unwrap_or_default().trim_start_matches('/');
            let folder = Path::new(place).join(own).join(&group);
            // Nearly always there is none; what was killed just now is in it for a moment more.
            for _ in 0..TRIES {
                match fs::remove_dir(&folder) {
                    Err(error) if error.kind() == std::io::ErrorKind::ResourceBusy => {
                        std::thread::sleep(TRY);
                    }
                    _ => break,
                }
            }
        }
    }
}

fn in_container(
    name: &str,
    (bundle, containers): (&Path, &Path),
    watch: &mut dyn FnMut() -> bool,
) -> Result<i32, Error> {
    let refused = |error: libcontainer::error::LibcontainerError| Error::Container {
        why: causes(&error),
    };
    let (out, log) = log_streams().map_err(Error::io("copying the log stream"))?;
    let input = no_input().map_err(Error::io("opening /dev/null"))?;
    let mut container = ContainerBuilder::new(name.to_owned(), SyscallType::default())
        .with_root_path(containers)
        .map_err(refused)?
        .with_stdin(input)
        .with_stdout(out)
        .with_stderr(log)
        .as_init(bundle)
        .with_systemd(false)
        .with_detach(true)
        .build()
        .map_err(refused)?;
    container.start().map_err(refused)?;
    let process = container.pid().and_then(|pid| Pid::from_raw(pid.as_raw()));
    let code = process.map_or(Ok(0), |process| wait(process, watch));
    container.delete(true).map_err(refused)?;
    code
}

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

pub(super) fn code(status: WaitStatus) -> i32 {
    let signal = status.terminating_signal().map(|signal| 128 + signal);
    status.exit_status().or(signal).unwrap_or(1)
}

/// An error with all its causes in one line.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        next = cause.source();
    }
    text
}
