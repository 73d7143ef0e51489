//! Who is asked: the console of the machine, or whoever started terroir.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal as _, Write};
use std::time::Duration;

use crate::cli::output::failure::{Failure, Kind};
use crate::process::{Program, run};

/// The console of a machine: the last one that the kernel was told of.
const CONSOLE: &str = "/dev/console";
/// The terminal of a process.
const TERMINAL: &str = "/dev/tty";

/// A console.
pub(super) struct Console {
    input: Box<dyn BufRead>,
    output: Box<dyn Write>,
    /// The terminal whose echo is turned off for passwords.
    terminal: Option<&'static str>,
}

impl Console {
    /// The console of this machine inside an installer, else input and output of this process.
    pub(super) fn open(inside: bool) -> Result<Self, Failure> {
        if !inside {
            return Ok(Self {
                input: Box::new(BufReader::new(io::stdin())),
                output: Box::new(io::stderr()),
                terminal: io::stdin().is_terminal().then_some(TERMINAL),
            });
        }
        let opened = File::options().read(true).write(true).open(CONSOLE);
        let both = opened.and_then(|console| Ok((console.try_clone()?, console)));
        let (input, output) = both.map_err(|error| {
            Failure::say(
                Kind::Outside,
                format!("{CONSOLE} cannot be opened: {error}"),
            )
        })?;
        Ok(Self {
            input: Box::new(BufReader::new(input)),
            output: Box::new(output),
            terminal: Some(CONSOLE),
        })
    }

    /// Prints lines.
    pub(super) fn say(&mut self, text: &str) -> Result<(), Failure> {
        self.write(&format!("{text}\n"))
    }

    /// Asks for a line; space around it is no part of it.
    pub(super) fn ask(&mut self, question: &str) -> Result<String, Failure> {
        self.write(&format!("{question}: "))?;
        Ok(self.line()?.trim().to_owned())
    }

    /// Asks for a line that is not shown.
    pub(super) fn hidden(&mut self, question: &str) -> Result<String, Failure> {
        self.write(&format!("{question}: "))?;
        self.echo("-echo");
        let line = self.line();
        self.echo("echo");
        self.write("\n")?;
        Ok(line?.trim_end_matches(['\r', '\n']).to_owned())
    }

    fn write(&mut self, text: &str) -> Result<(), Failure> {
        let written = self.output.write_all(text.as_bytes());
        written.and_then(|()| self.output.flush()).map_err(|error| {
            Failure::say(
                Kind::Outside,
                format!("the console cannot be written: {error}"),
            )
        })
    }

    fn line(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        match self.input.read_line(&mut line) {
            Ok(0) => Err(Failure::say(
                Kind::Usage,
                "nobody answers any more, and nothing was written",
            )
            .hint("answer each question with a line")),
            Ok(_) => Ok(line),
            Err(error) => {
                let message = format!("the console cannot be read: {error}");
                Err(Failure::say(Kind::Outside, message))
            }
        }
    }

    /// Turns the echo off or on; a terminal that does not know that shows what is typed.
    fn echo(&self, wanted: &str) {
        if let Some(terminal) = self.terminal {
            let _ = run(&Program {
                name: "stty",
                arguments: &["-F", terminal, wanted],
                input: b"",
                search: None,
                limit: Duration::from_secs(5),
            });
        }
    }
}
