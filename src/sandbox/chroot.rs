//! One command behind chroot(2) alone, where neither namespaces nor mounts are allowed.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use rustix::fs::Mode;
use rustix::process::{
    Gid, Pid, Signal, Uid, WaitOptions, chdir, chroot, kill_process, umask, waitpid,
};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use super::Error;
use super::confined::Confined;
use super::wait::wait;
use crate::process;

/// The name under which terroir starts itself to become a program in a root.
pub const IN_ROOT: &str = "terroir-in-root";
/// Exit codes of a shell for a program that is not there, and for one that cannot be run.
const NOT_FOUND: u8 = 127;
const NOT_RUN: u8 = 126;

/// Runs a command in its root and kills what it left running.
pub(super) fn run(command: &Confined<'_>, watch: &mut dyn FnMut() -> bool) -> Result<i32, Error> {
    let groups: Vec<String> = command.groups.iter().map(u32::to_string).collect();
    let mut arguments = vec![
        command.root.display().to_string(),
        command.directory.to_owned(),
        command.user.0.to_string(),
        command.user.1.to_string(),
        groups.join(","),
    ];
    arguments.extend(command.arguments.iter().cloned());
    let child = process::start_self_with(IN_ROOT, &arguments, &command.environment)
        .map_err(Error::io("starting the command"))?;
    let process = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let ended = process.map_or(Ok(1), |process| wait(process, watch));
    end_orphans();
    ended
}

/// Changes into a root, gives up being root, and becomes a program there: what `run` starts.
///
/// The root needs no program of its own for that.
pub fn in_root(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let words: Option<Vec<String>> = arguments.map(|word| word.into_string().ok()).collect();
    let words = words.unwrap_or_default();
    let [root, directory, user, group, groups, program, rest @ ..] = words.as_slice() else {
        return failed("this is for terroir itself", "too few arguments", NOT_RUN);
    };
    if let Err(error) = enter((root, directory), (user, group, groups)) {
        return failed(directory, &error.to_string(), NOT_RUN);
    }
    let error = process::become_program(program, rest);
    let code = match error.kind() {
        io::ErrorKind::NotFound => NOT_FOUND,
        _ => NOT_RUN,
    };
    failed(program, &error.to_string(), code)
}

fn enter(
    (root, directory): (&str, &str),
    (user, group, groups): (&str, &str, &str),
) -> io::Result<()> {
    let number = |text: &str| text.parse::<u32>().map_err(io::Error::other);
    let (user, group) = (Uid::from_raw(number(user)?), Gid::from_raw(number(group)?));
    let groups = groups.split(',').filter(|group| !group.is_empty());
    let groups: io::Result<Vec<Gid>> = groups.map(|one| Ok(Gid::from_raw(number(one)?))).collect();
    chroot(root)?;
    chdir(directory)?;
    umask(Mode::WGRP | Mode::WOTH);
    set_thread_groups(&groups?)?;
    set_thread_res_gid(group, group, group)?;
    set_thread_res_uid(user, user, user)?;
    Ok(())
}

fn failed(what: &str, why: &str, code: u8) -> ExitCode {
    // Nobody may be left to read it.
    let _ = writeln!(io::stderr(), "{what}: {why}");
    ExitCode::from(code)
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
