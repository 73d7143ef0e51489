//! The programs that read rendered files, asked what they think of them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use rayon::prelude::*;
use serde_json::Value;

use super::check::{Finding, Rendered, Row};
use super::check_told::{checked_line, lines, name, shell_line, unit_findings, whole};
use super::script::{Part, PartKind, parts};
use crate::process::{Error, Output, Program, run};

/// Longest time that a program may take for its files.
const LIMIT: Duration = Duration::from_secs(120);
/// How often a locked database is tried again.
const LOCKED: usize = 100;
/// Most files that one run of a program gets.
const MANY: usize = 100;

/// Asks every program of this file.
pub(super) fn judges(rendered: &Rendered, search: Option<&OsStr>) -> Vec<Row> {
    let judges = Judges { rendered, search };
    let all: Vec<Part> = rendered
        .texts(|path| path.starts_with(super::place::HTTP))
        .flat_map(|(path, text)| parts(path, text))
        .collect();
    let once = distinct(rendered, &all);
    vec![
        judges.kickstarts(),
        judges.preseeds(),
        judges.syntax(&once),
        judges.shellcheck(&once),
        judges.units(&once),
        judges.each_file("grub-script-check", &[], is_grub),
        judges.each_file("dnsmasq", &["--test", "--conf-file"], is_dnsmasq),
        judges.each_file("kea-dhcp4", &["-t"], is_kea),
    ]
}

fn is_preseed(path: &str) -> bool {
    name(path) == "preseed.cfg"
}

fn is_grub(path: &str) -> bool {
    name(path).starts_with("grub.cfg")
}

fn is_dnsmasq(path: &str) -> bool {
    name(path).starts_with("dnsmasq") && path.ends_with(".conf")
}

fn is_kea(path: &str) -> bool {
    name(path).starts_with("kea") && (path.ends_with(".json") || path.ends_with(".conf"))
}

/// One of all parts that differ in nothing but the name of their host.
fn distinct<'a>(rendered: &Rendered, all: &'a [Part]) -> Vec<&'a Part> {
    let mut seen: BTreeMap<(&PartKind, String), &Part> = BTreeMap::new();
    for part in all {
        let host = part.file.split('/').nth(2).unwrap_or_default();
        let known = rendered.hosts().any(|(name, _)| name == host);
        let text = match known {
            true => part.text.replace(host, "HOST"),
            false => part.text.clone(),
        };
        seen.entry((&part.kind, text)).or_insert(part);
    }
    let mut kept: Vec<&Part> = seen.into_values().collect();
    kept.sort_by_key(|part| (&part.file, part.line));
    kept
}

/// What asks programs.
struct Judges<'a> {
    rendered: &'a Rendered,
    search: Option<&'a OsStr>,
}

/// What a program said, or why it said nothing.
enum Said {
    Yes,
    No(String),
    Absent(String),
}

impl Judges<'_> {
    fn ask(&self, name: &str, arguments: &[&str], input: &[u8]) -> Result<Output, Error> {
        run(&Program {
            name,
            arguments,
            input,
            search: self.search,
            limit: LIMIT,
        })
    }

    /// A program is content when it ends with 0 and says nothing on its standard error.
    fn said(&self, name: &str, arguments: &[&str], input: &[u8]) -> Said {
        match self.ask(name, arguments, input) {
            Err(Error::Missing { program }) => Said::Absent(format!("{program} is not installed")),
            Err(error) => Said::No(error.to_string()),
            Ok(output) => {
                let mut text = String::from_utf8_lossy(&output.stderr).into_owned();
                // dnsmasq and systemd-analyze greet on their standard error.
                let greets = name == "dnsmasq" && text.trim().ends_with("syntax check OK.");
                if output.code == Some(0) && (text.trim().is_empty() || greets) {
                    return Said::Yes;
                }
                text.push_str(&String::from_utf8_lossy(&output.stdout));
                Said::No(text)
            }
        }
    }

    fn row(&self, check: &str, looked_at: usize, outcome: Result<Vec<Finding>, String>) -> Row {
        let (skipped, findings) = match outcome {
            Ok(findings) => (None, findings),
            Err(why) => (Some(why), Vec::new()),
        };
        Row {
            check: check.to_owned(),
            looked_at,
            skipped,
            findings,
        }
    }

    /// The whole path of a file, for programs.
    fn path(&self, file: &str) -> String {
        self.rendered.folder.join(file).display().to_string()
    }

    /// A program that is run for each file by itself.
    fn each_file(&self, program: &str, arguments: &[&str], fits: fn(&str) -> bool) -> Row {
        let files: Vec<&str> = self.rendered.texts(fits).map(|(path, _)| path).collect();
        if files.is_empty() {
            return self.row(program, 0, Err("there is no such file".to_owned()));
        }
        let judged: Result<Vec<Vec<Finding>>, String> = files
            .par_iter()
            .map(|file| {
                let path = self.path(file);
                let mut all = arguments.to_vec();
                let joined;
                match arguments.last() {
                    Some(last) if last.starts_with("--conf-file") => {
                        all.pop();
                        joined = format!("{last}={path}");
                        all.push(&joined);
                    }
                    _ => all.push(&path),
                }
                match self.said(program, &all, b"") {
                    Said::Yes => Ok(Vec::new()),
                    Said::Absent(why) => Err(why),
                    Said::No(text) => Ok(vec![whole(file, &path, &text)]),
                }
            })
            .collect();
        let findings = judged.map(|all| all.into_iter().flatten().collect());
        self.row(program, files.len(), findings)
    }

    /// Preseeds, one after the other: debconf's database is locked while anybody reads it, and who
    /// finds it locked ends without a word.
    fn preseeds(&self) -> Row {
        let check = "debconf-set-selections";
        let mut findings = Vec::new();
        let mut count = 0;
        for (file, _) in self.rendered.texts(is_preseed) {
            count += 1;
            let path = self.path(file);
            let mut said = self.said(check, &["--checkonly", &path], b"");
            for _ in 0..LOCKED {
                if !matches!(&said, Said::No(text) if text.is_empty()) {
                    break;
                }
                std::thread::sleep(Duration::from_millis(100));
                said = self.said(check, &["--checkonly", &path], b"");
            }
            match said {
                Said::Yes => {}
                Said::Absent(why) => return self.row(check, count, Err(why)),
                Said::No(text) if text.is_empty() => {
                    return self.row(check, count, Err("its database stays locked".to_owned()));
                }
                Said::No(text) => findings.push(whole(file, &path, &text)),
            }
        }
        let outcome = match count {
            0 => Err("there is no such file".to_owned()),
            _ => Ok(findings),
        };
        self.row(check, count, outcome)
    }

    /// Kickstarts, each by the rules of its version.
    fn kickstarts(&self) -> Row {
        let mut by_target: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (_, host) in self.rendered.hosts() {
            let text = |key: &str| host.get(key).and_then(Value::as_str);
            if let (Some(target), Some(answer)) = (text("target"), text("answer"))
                && answer.ends_with(".ks")
            {
                by_target.entry(target).or_default().push(answer);
            }
        }
        let count = by_target.values().map(Vec::len).sum();
        let check = "ksvalidator";
        if count == 0 {
            return self.row(check, 0, Err("there is no such file".to_owned()));
        }
        let chunks: Vec<(&str, &[&str])> = by_target
            .iter()
            .flat_map(|(target, files)| files.chunks(MANY).map(move |chunk| (*target, chunk)))
            .collect();
        let judged: Result<Vec<Vec<Finding>>, String> = chunks
            .par_iter()
            .map(|(target, files)| self.kickstarts_of(target, files))
            .collect();
        let findings = judged.map(|all| all.into_iter().flatten().collect());
        self.row(check, count, findings)
    }

    fn kickstarts_of(&self, target: &str, files: &[&str]) -> Result<Vec<Finding>, String> {
        let paths: Vec<String> = files.iter().map(|file| self.path(file)).collect();
        let mut arguments = vec!["-v", target];
        arguments.extend(paths.iter().map(String::as_str));
        match self.said("ksvalidator", &arguments, b"") {
            Said::Yes => Ok(Vec::new()),
            Said::Absent(why) => Err(why),
            Said::No(text) => match files {
                [file] => Ok(vec![whole(file, &paths[0], &text)]),
                // It does not say which of its files it means.
                _ => {
                    let each: Result<Vec<Vec<Finding>>, String> = files
                        .par_iter()
                        .map(|file| self.kickstarts_of(target, &[file]))
                        .collect();
                    Ok(each?.into_iter().flatten().collect())
                }
            },
        }
    }

    /// Scripts, read by the shell itself.
    fn syntax(&self, parts: &[&Part]) -> Row {
        let scripts: Vec<&&Part> = parts.iter().filter(|part| is_script(part)).collect();
        let judged: Result<Vec<Vec<Finding>>, String> = scripts
            .par_iter()
            .map(|part| {
                let shell = if part.kind == PartKind::Bash {
                    "bash"
                } else {
                    "sh"
                };
                match self.said(shell, &["-n"], part.text.as_bytes()) {
                    Said::Yes => Ok(Vec::new()),
                    Said::Absent(why) => Err(why),
                    Said::No(text) => Ok(lines(&text, |line| shell_line(part, line))),
                }
            })
            .collect();
        let findings = judged.map(|all| all.into_iter().flatten().collect());
        self.row("bash -n", scripts.len(), findings)
    }

    fn shellcheck(&self, parts: &[&Part]) -> Row {
        let scripts: Vec<&&Part> = parts.iter().filter(|part| is_script(part)).collect();
        let judged: Result<Vec<Vec<Finding>>, String> = scripts
            .par_iter()
            .map(|part| {
                // debian-installer's shell has `local` and no more than POSIX otherwise, as dash.
                let shell = if part.kind == PartKind::Bash {
                    "bash"
                } else {
                    "dash"
                };
                let arguments = ["--format=gcc", "--norc", "--shell", shell, "-"];
                match self.said("shellcheck", &arguments, part.text.as_bytes()) {
                    Said::Yes => Ok(Vec::new()),
                    Said::Absent(why) => Err(why),
                    Said::No(text) => Ok(lines(&text, |line| checked_line(part, line))),
                }
            })
            .collect();
        let findings = judged.map(|all| all.into_iter().flatten().collect());
        self.row("shellcheck", scripts.len(), findings)
    }

    /// Units, each in a folder of its own under its own name.
    fn units(&self, parts: &[&Part]) -> Row {
        let units: Vec<(&&Part, &str)> = parts
            .iter()
            .filter_map(|part| match &part.kind {
                PartKind::Unit(name) => Some((part, name.as_str())),
                _ => None,
            })
            .collect();
        let check = "systemd-analyze verify";
        if units.is_empty() {
            return self.row(check, 0, Err("there is no such file".to_owned()));
        }
        let judged: Result<Vec<Vec<Finding>>, String> = units
            .par_iter()
            .map(|(part, name)| {
                let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
                let path = folder.path().join(name);
                std::fs::write(&path, &part.text).map_err(|error| error.to_string())?;
                let path = path.display().to_string();
                match self.said("systemd-analyze", &["verify", "--man=no", &path], b"") {
                    Said::Yes => Ok(Vec::new()),
                    Said::Absent(why) => Err(why),
                    Said::No(text) => Ok(unit_findings(part, &text, name)),
                }
            })
            .collect();
        let findings = judged.map(|all| all.into_iter().flatten().collect());
        self.row(check, units.len(), findings)
    }
}

fn is_script(part: &Part) -> bool {
    matches!(part.kind, PartKind::Bash | PartKind::Shell)
}

impl std::fmt::Debug for Judges<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let folder: &Path = &self.rendered.folder;
        f.debug_struct("Judges")
            .field("folder", &folder)
            .finish_non_exhaustive()
    }
}
