//! One command in a container, run to its end by libcontainer.

use std::fs;
use std::path::Path;
use std::time::Duration;

use libcontainer::container::builder::ContainerBuilder;
use libcontainer::syscall::syscall::SyscallType;
use rustix::process::Pid;

use super::confined::Confined;
use super::inside::{log_streams, no_input};
use super::spec::spec;
use super::wait::wait;
use super::{Error, chroot};

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
