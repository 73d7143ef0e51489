//! The programs that check rendered files.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::time::Duration;

use super::messages::{checked_line, lines, name, shell_line, whole};
use super::program::{Answer, Programs};
use super::rendered::Rendered;
use super::report::{Finding, Row};
use super::scripts::{Part, PartKind, parts};

/// How often a locked database is tried again.
const LOCKED: usize = 100;

/// Runs every program of this file.
pub(in crate::kickstart) fn programs(rendered: &Rendered, search: Option<&OsStr>) -> Vec<Row> {
    let programs = Programs { rendered, search };
    let all: Vec<Part> = rendered
        .texts(|path| path.starts_with(crate::kickstart::output::path::HTTP))
        .flat_map(|(path, text)| parts(path, text))
        .collect();
    let once = distinct(rendered, &all);
    let mut rows = programs.kickstarts();
    rows.extend([
        programs.preseeds(),
        programs.syntax(&once),
        programs.shellcheck(&once),
        programs.units(&once),
        programs.each_file("grub-script-check", &[], is_grub),
        programs.each_file("dnsmasq", &["--test", "--conf-file"], is_dnsmasq),
        programs.kea(),
        programs.netplan(),
    ]);
    rows
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

impl Programs<'_> {
    /// A program that is run for each file by itself.
    fn each_file(&self, program: &str, arguments: &[&str], fits: fn(&str) -> bool) -> Row {
        let files: Vec<&str> = self.rendered.texts(fits).map(|(path, _)| path).collect();
        if files.is_empty() {
            return self.nothing(program);
        }
        self.each(program, &files, |file| {
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
            match self.answer(program, &all, b"") {
                Answer::Accepted => Ok(Vec::new()),
                Answer::Missing(why) => Err(why),
                Answer::Rejected(text) => Ok(vec![whole(file, &path, &text)]),
            }
        })
    }

    /// Preseeds, one after the other: debconf locks its database while it reads, and a second process
    /// that finds it locked ends without a message.
    fn preseeds(&self) -> Row {
        let check = "debconf-set-selections";
        let mut findings = Vec::new();
        let mut count = 0;
        for (file, _) in self.rendered.texts(is_preseed) {
            count += 1;
            let path = self.path(file);
            let mut answer = self.answer(check, &["--checkonly", &path], b"");
            for _ in 0..LOCKED {
                if !matches!(&answer, Answer::Rejected(text) if text.is_empty()) {
                    break;
                }
                std::thread::sleep(Duration::from_millis(100));
                answer = self.answer(check, &["--checkonly", &path], b"");
            }
            match answer {
                Answer::Accepted => {}
                Answer::Missing(why) => return self.row(check, count, Err(why)),
                Answer::Rejected(text) if text.is_empty() => {
                    return self.row(check, count, Err("its database stays locked".to_owned()));
                }
                Answer::Rejected(text) => findings.push(whole(file, &path, &text)),
            }
        }
        let outcome = match count {
            0 => Err("there is no such file".to_owned()),
            _ => Ok(findings),
        };
        self.row(check, count, outcome)
    }

    /// Scripts, read by the shell itself.
    fn syntax(&self, parts: &[&Part]) -> Row {
        self.scripts("bash -n", parts, shell_line, |part| {
            let shell = if part.kind == PartKind::Bash {
                "bash"
            } else {
                "sh"
            };
            self.answer(shell, &["-n"], part.text.as_bytes())
        })
    }

    fn shellcheck(&self, parts: &[&Part]) -> Row {
        self.scripts("shellcheck", parts, checked_line, |part| {
            // debian-installer's shell has `local` and no more than POSIX otherwise, as dash.
            let shell = if part.kind == PartKind::Bash {
                "bash"
            } else {
                "dash"
            };
            let arguments = ["--format=gcc", "--norc", "--shell", shell, "-"];
            self.answer("shellcheck", &arguments, part.text.as_bytes())
        })
    }

    /// Every script, shown to a program whose lines `read` reads.
    fn scripts(
        &self,
        check: &str,
        parts: &[&Part],
        read: fn(&Part, &str) -> Finding,
        ask: impl Fn(&Part) -> Answer + Sync + Send,
    ) -> Row {
        let is_script = |part: &&&Part| matches!(part.kind, PartKind::Bash | PartKind::Shell);
        let scripts: Vec<&&Part> = parts.iter().filter(is_script).collect();
        self.each(check, &scripts, |part| match ask(part) {
            Answer::Accepted => Ok(Vec::new()),
            Answer::Missing(why) => Err(why),
            Answer::Rejected(text) => Ok(lines(&text, |line| read(part, line))),
        })
    }
}
