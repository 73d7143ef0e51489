//! Programs: the only place that starts one.

use std::io::{self, Read, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Most bytes that are kept of what a program prints on one of its outputs.
const MAX_OUTPUT: u64 = 16 << 20;

/// A program to run to its end.
#[derive(Clone, Debug)]
pub struct Program<'a> {
    /// Its name, looked up in `PATH`, or its path.
    pub name: &'a str,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Variables added to the inherited environment.
    pub environment: Vec<(String, String)>,
    /// What it reads on standard input.
    pub input: Vec<u8>,
    /// When it is ended by force.
    pub timeout: Duration,
}

/// What a program left.
#[derive(Debug)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// Standard output, at most 16 MiB.
    pub stdout: Vec<u8>,
    /// Standard error, at most 16 MiB.
    pub stderr: Vec<u8>,
}

/// Why a program did not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It is not installed.
    #[error("the program {0} is not installed")]
    Missing(String),
    /// It took too long and was ended.
    #[error("{name} did not end within {seconds} seconds")]
    Timeout {
        /// The program.
        name: String,
        /// What it was given.
        seconds: u64,
    },
    /// The system refused.
    #[error("running {name}")]
    Io {
        /// The program.
        name: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl Program<'_> {
    /// Runs the program, feeds it and collects what it prints.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that starts programs"
    )]
    pub fn run(&self) -> Result<Output, ProgramError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => ProgramError::Missing(self.name.to_owned()),
            _ => ProgramError::Io {
                name: self.name.to_owned(),
                source,
            },
        };
        let mut child = Command::new(self.name)
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(key, value)| (key, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let stdout = collect(child.stdout.take());
        let stderr = collect(child.stderr.take());
        if let Some(mut stdin) = child.stdin.take() {
            // A program that does not read its input is not an error of ours.
            let _ = stdin.write_all(&self.input);
        }
        let status = self.wait(&mut child).map_err(failed)?;
        let output = |thread: thread::JoinHandle<Vec<u8>>| thread.join().unwrap_or_default();
        match status {
            Some(status) => Ok(Output {
                status,
                stdout: output(stdout),
                stderr: output(stderr),
            }),
            None => Err(ProgramError::Timeout {
                name: self.name.to_owned(),
                seconds: self.timeout.as_secs(),
            }),
        }
    }

    /// Waits for the end; ends the program and gives nothing when it takes too long.
    fn wait(&self, child: &mut Child) -> io::Result<Option<ExitStatus>> {
        let start = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(status));
            }
            if start.elapsed() > self.timeout {
                child.kill()?;
                child.wait()?;
                return Ok(None);
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was printed before a read error is still worth showing.
            let _ = pipe.by_ref().take(MAX_OUTPUT).read_to_end(&mut bytes);
            let _ = io::copy(&mut pipe, &mut io::sink());
        }
        bytes
    })
}
