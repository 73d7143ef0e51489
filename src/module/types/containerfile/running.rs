//! `RUN`: a command with its mounts and its network.

use std::sync::Arc;

use super::fault::Fault;
use super::lines::Line;
use super::machine::{Machine, Wrong};
use super::words::{flags, json_list, unknown};
use crate::action::{Action, Command, Mount, MountSource};

/// Where the lines of a heredoc that say themselves what runs them appear.
const SCRIPT: &str = "/tmp/terroir/heredoc";

impl Machine<'_> {
    pub(super) fn run(&mut self, line: &Line) -> Result<(), Wrong> {
        let (flags, rest) = flags(&line.rest);
        if rest.trim().is_empty() {
            return Err(Fault::new("RUN has no command").into());
        }
        let mut command = Command::new(label(rest), Vec::new());
        command.network = self.network;
        for flag in &flags {
            match (flag.name.as_str(), flag.value.as_deref()) {
                ("mount", _) => self.mount(flag.value()?, &mut command)?,
                ("network", Some("default" | "host")) => command.network = true,
                ("network", Some("none")) => command.network = false,
                ("network", _) => {
                    return Err(Fault::new("--network is none, default or host").into());
                }
                _ => {
                    return Err(unknown(flag, "RUN", "--mount and --network").into());
                }
            }
        }
        command.arguments = self.arguments(rest, line, &mut command.mounts);
        command.environment = self.variables.all();
        self.directory().clone_into(&mut command.directory);
        command.user = self.user();
        self.compiled.actions.push(Action::Run(Box::new(command)));
        Ok(())
    }

    fn arguments(&self, rest: &str, line: &Line, mounts: &mut Vec<Mount>) -> Vec<String> {
        if let Some(words) = json_list(rest).filter(|words| !words.is_empty()) {
            return words;
        }
        let mut arguments = self.shell();
        match line.heredocs.as_slice() {
            // Nothing but a heredoc: its lines are the command.
            [only] if flags(&line.beside).1.trim().is_empty() => {
                if only.text.starts_with("#!") {
                    mounts.push(Mount {
                        target: SCRIPT.to_owned(),
                        source: MountSource::Text(Arc::from(only.text.as_str())),
                        read_only: true,
                    });
                    return vec![SCRIPT.to_owned()];
                }
                arguments.push(only.text.clone());
            }
            heredocs => {
                let mut text = rest.to_owned();
                for heredoc in heredocs {
                    text.extend(["\n", &heredoc.text, &heredoc.name]);
                }
                if !heredocs.is_empty() {
                    text.push('\n');
                }
                arguments.push(text);
            }
        }
        arguments
    }

    /// A command that is not written as RUN but does what an instruction says.
    pub(super) fn helper(&mut self, label: String, script: &str, arguments: &[&str]) -> Command {
        let mut words = vec!["/bin/sh".to_owned(), "-euc".to_owned(), script.to_owned()];
        words.push("sh".to_owned());
        words.extend(arguments.iter().map(|word| (*word).to_owned()));
        Command::new(label, words)
    }
}

fn label(rest: &str) -> String {
    const LONGEST: usize = 60;
    let words: Vec<&str> = rest.split_whitespace().collect();
    let line = words.join(" ");
    let shown: String = line.chars().take(LONGEST).collect();
    let more = if shown.len() < line.len() { "…" } else { "" };
    format!("RUN {shown}{more}")
}
