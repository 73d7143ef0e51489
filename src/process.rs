//! The only place that starts programs: one program, its input, its output, a time limit.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Most bytes of output that are kept of one stream; a program that writes more is stopped.
const MAX_OUTPUT: u64 = 16 << 20;

/// How often somebody's wish to stop is looked for.
const LOOK: Duration = Duration::from_millis(200);

/// How often a program that runs beside terroir is looked at.
const SLOW_POLL: Duration = Duration::from_millis(50);

/// How often a running program is looked at.
const POLL: Duration = Duration::from_millis(2);

/// Why a program gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such program.
    #[error("the program {program} is not installed")]
    Missing {
        /// Its name.
        program: String,
    },
    /// It did not end in time and was killed.
    #[error("the program {program} did not end within {} seconds", limit.as_secs_f32())]
    TimedOut {
        /// Its name.
        program: String,
        /// How long it was given.
        limit: Duration,
    },
    /// It wrote more than is read.
    #[error("the program {program} wrote more than {MAX_OUTPUT} bytes")]
    TooMuch {
        /// Its name.
        program: String,
    },
    /// The system refused to start it or to talk to it.
    #[error("running {program}")]
    Io {
        /// Its name.
        program: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// A program to run.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    /// Its name, looked up in `search`, or its path.
    pub name: &'a str,
    /// Its arguments.
    pub arguments: &'a [&'a str],
    /// What it reads on its standard input.
    pub input: &'a [u8],
    /// The value of PATH for finding it and for itself; the one of terroir when absent.
    pub search: Option<&'a OsStr>,
    /// After which time it is killed.
    pub limit: Duration,
}

/// What a program that ended left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote on its standard output.
    pub stdout: Vec<u8>,
    /// What it wrote on its standard error.
    pub stderr: Vec<u8>,
}

/// Runs a program to its end and captures what it writes; a failing exit code is not an error here.
pub fn run(program: &Program<'_>) -> Result<Output, Error> {
    run_as(program, None)
}

/// The same with an environment that holds these variables and PATH, and nothing else.
pub fn run_with(program: &Program<'_>, environment: &[(&str, &str)]) -> Result<Output, Error> {
    run_as(program, Some(environment))
}

fn run_as(program: &Program<'_>, environment: Option<&[(&str, &str)]>) -> Result<Output, Error> {
    let name = || program.name.to_owned();
    let failed = |source: io::Error| Error::Io {
        program: name(),
        source,
    };
    let mut child = start(program, environment)?;
    let deadline = Instant::now() + program.limit;
    let mut stdin = child.stdin.take().expect("the input is a pipe");
    let input = program.input.to_vec();
    // A program need not read its input, and may never read it: nobody waits for this thread.
    thread::spawn(move || stdin.write_all(&input));
    let stdout = drain(child.stdout.take().expect("the output is a pipe"));
    let stderr = drain(child.stderr.take().expect("the errors are a pipe"));
    let result = finish(&mut child, deadline, [&stdout, &stderr]);
    if !matches!(result, Ok(Some(_))) {
        let _ = child.kill();
        let _ = child.wait();
    }
    let (code, stdout, stderr) = result.map_err(failed)?.ok_or_else(|| Error::TimedOut {
        program: name(),
        limit: program.limit,
    })?;
    if stdout.len().max(stderr.len()) as u64 > MAX_OUTPUT {
        return Err(Error::TooMuch { program: name() });
    }
    Ok(Output {
        code,
        stdout,
        stderr,
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that starts programs"
)]
fn start(program: &Program<'_>, environment: Option<&[(&str, &str)]>) -> Result<Child, Error> {
    let mut command = Command::new(program.name);
    if let Some(variables) = environment {
        command.env_clear().envs(variables.iter().copied());
    }
    command
        .args(program.arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(search) = program.search {
        command.env("PATH", search);
    }
    command.spawn().map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => Error::Missing {
            program: program.name.to_owned(),
        },
        _ => Error::Io {
            program: program.name.to_owned(),
            source,
        },
    })
}

/// Starts this very program again under another name, with pipes for all three streams and an empty
/// environment.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that starts programs"
)]
pub fn start_self(name: &str, arguments: &[&str]) -> io::Result<Child> {
    Command::new("/proc/self/exe")
        .arg0(name)
        .args(arguments)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// Starts this very program again under another name, with a whole environment and no input; both
/// output streams are this process's standard error.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that starts programs"
)]
pub fn start_self_with(
    name: &str,
    arguments: &[String],
    environment: &[(String, String)],
) -> io::Result<Child> {
    let log = || io::stderr().as_fd().try_clone_to_owned().map(Stdio::from);
    let environment = environment.iter().map(|(name, value)| (name, value));
    Command::new("/proc/self/exe")
        .arg0(name)
        .args(arguments)
        .env_clear()
        .envs(environment)
        .stdin(Stdio::null())
        .stdout(log()?)
        .stderr(log()?)
        .spawn()
}

/// Becomes a program, looked up in this process's own PATH; comes back only when that fails.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that starts programs"
)]
pub fn become_program(program: &str, arguments: &[String]) -> io::Error {
    Command::new(program).args(arguments).exec()
}

/// A program that runs beside terroir; it is ended when this is dropped.
#[derive(Debug)]
pub struct Beside {
    child: Child,
}

impl Beside {
    /// Starts a program without input; what it writes goes to a file. Should terroir be killed, the
    /// program is, too.
    pub fn start(name: &str, arguments: &[String], log: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Io {
            program: name.to_owned(),
            source,
        };
        let log = File::create(log).map_err(failed)?;
        let errors = log.try_clone().map_err(failed)?;
        let child = dying_with_us(name, arguments)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(failed)?;
        Ok(Self { child })
    }

    /// Tells whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for its end, at most so long; gives its exit code, none when it has not ended or a signal
    /// ended it.
    pub fn wait(&mut self, limit: Duration) -> Option<i32> {
        let deadline = Instant::now() + limit;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return status.code(),
                Ok(None) if Instant::now() < deadline => thread::sleep(SLOW_POLL),
                _ => return None,
            }
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program that the kernel kills when terroir is killed.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that starts programs"
)]
fn dying_with_us(name: &str, arguments: &[String]) -> Command {
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL", "--", name])
        .args(arguments);
    command
}

/// Runs a program on the streams of terroir itself, until it ends or `stop` says so; gives its exit
/// code.
pub fn run_here(
    name: &str,
    arguments: &[String],
    stop: &dyn Fn() -> bool,
) -> Result<Option<i32>, Error> {
    let child = dying_with_us(name, arguments).spawn();
    let child = child.map_err(|source| Error::Io {
        program: name.to_owned(),
        source,
    })?;
    let mut beside = Beside { child };
    loop {
        let code = beside.wait(LOOK);
        if stop() || !beside.runs() {
            return Ok(code);
        }
    }
}

/// Reads a stream to its end beside the program, so that a full pipe never stops it.
fn drain(stream: impl Read + Send + 'static) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stream.take(MAX_OUTPUT + 1).read_to_end(&mut bytes);
        // The receiver is gone when the program ran out of time.
        let _ = sender.send(read.map(|_| bytes));
    });
    receiver
}

type Ended = (Option<i32>, Vec<u8>, Vec<u8>);

/// Waits for both streams and the exit code; none when the time is over.
fn finish(
    child: &mut Child,
    deadline: Instant,
    streams: [&Receiver<io::Result<Vec<u8>>>; 2],
) -> io::Result<Option<Ended>> {
    let mut output = Vec::new();
    for stream in streams {
        let left = deadline.saturating_duration_since(Instant::now());
        match stream.recv_timeout(left) {
            Ok(bytes) => output.push(bytes?),
            Err(_) => return Ok(None),
        }
    }
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait()? {
            let stderr = output.pop().unwrap_or_default();
            return Ok(Some((
                status.code(),
                output.pop().unwrap_or_default(),
                stderr,
            )));
        }
        thread::sleep(POLL);
    }
    Ok(None)
}

/// A word as sh(1) takes it literally.
#[must_use]
pub fn shell_word(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell<'a>(arguments: &'a [&'a str], input: &'a [u8]) -> Program<'a> {
        Program {
            name: "sh",
            arguments,
            input,
            search: None,
            limit: Duration::from_secs(10),
        }
    }

    #[test]
    fn gives_input_and_takes_output_and_code() {
        let output = run(&shell(&["-c", "cat; echo oops >&2; exit 3"], b"hello")).unwrap();
        let expected = Output {
            code: Some(3),
            stdout: b"hello".to_vec(),
            stderr: b"oops\n".to_vec(),
        };
        assert_eq!(output, expected);
    }

    #[test]
    fn tells_a_missing_program_and_a_slow_one() {
        let missing = Program {
            name: "terroir-no-such-program",
            ..shell(&[], b"")
        };
        assert!(
            matches!(run(&missing), Err(Error::Missing { program }) if program == missing.name)
        );
        let slow = Program {
            limit: Duration::from_millis(50),
            ..shell(&["-c", "exec sleep 5"], b"")
        };
        let began = Instant::now();
        assert!(matches!(run(&slow), Err(Error::TimedOut { .. })));
        assert!(began.elapsed() < Duration::from_secs(3));
    }

    #[test]
    fn a_program_that_reads_nothing_is_no_error() {
        let output = run(&shell(&["-c", "exit 0"], &[b'x'; 1 << 20])).unwrap();
        assert_eq!(output.code, Some(0));
    }
}
