//! Checks of copies of files, without what only the target machine has.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::messages::{name, unit_findings, whole};
use super::program::{Answer, Programs};
use super::report::Row;
use super::scripts::{Part, PartKind};
use crate::yaml::{Value, parse_any_size};

impl Programs<'_> {
    /// Units, each in a folder of its own under its own name.
    pub(in crate::kickstart) fn units(&self, parts: &[&Part]) -> Row {
        let units: Vec<(&&Part, &str)> = parts
            .iter()
            .filter_map(|part| match &part.kind {
                PartKind::Unit(name) => Some((part, name.as_str())),
                _ => None,
            })
            .collect();
        let check = "systemd-analyze verify";
        if units.is_empty() {
            return self.nothing(check);
        }
        self.each(check, &units, |(part, name)| {
            let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
            let path = folder.path().join(name);
            std::fs::write(&path, with_stand_ins(&part.text)).map_err(|error| error.to_string())?;
            let path = path.display().to_string();
            match self.answer("systemd-analyze", &["verify", "--man=no", &path], b"") {
                Answer::Accepted => Ok(Vec::new()),
                Answer::Missing(why) => Err(why),
                Answer::Rejected(text) if text.contains("Unknown") && text.contains("verify") => {
                    Err("this systemd-analyze cannot verify units".to_owned())
                }
                Answer::Rejected(text) => Ok(unit_findings(part, &text, name)),
            }
        })
    }
}

/// A unit whose programs are one that every machine has.
fn with_stand_ins(unit: &str) -> String {
    let line = |line: &str| {
        let stands = line
            .split_once('=')
            .filter(|(key, _)| key.starts_with("Exec"));
        let Some((key, value)) = stands else {
            return format!("{line}\n");
        };
        let program = value.trim_start_matches(['-', '@', ':', '+', '!']);
        let signs = value.strip_suffix(program).unwrap_or_default();
        let arguments = program
            .split_once(' ')
            .map_or("", |(_, arguments)| arguments);
        format!("{key}={signs}/bin/true {arguments}\n")
    };
    unit.lines().map(line).collect()
}

impl Programs<'_> {
    /// Kea's configurations, with interfaces that this machine has.
    pub(in crate::kickstart) fn kea(&self) -> Row {
        self.copies("kea-dhcp4", is_kea, |file, text, folder| {
            let path = folder.join(name(file));
            let copied = std::fs::write(&path, with_interfaces(text));
            copied.map_err(|error| error.to_string())?;
            let path = path.display().to_string();
            Ok(match self.answer("kea-dhcp4", &["-t", &path], b"") {
                // It locks its log before it reads anything.
                Answer::Rejected(text) if text.contains("lockfile") => {
                    Answer::Missing("kea-dhcp4 may not write its lock file here".to_owned())
                }
                Answer::Rejected(text) => Answer::Rejected(text.replace(&path, name(file))),
                answer => answer,
            })
        })
    }

    /// The networks of autoinstall files.
    pub(in crate::kickstart) fn netplan(&self) -> Row {
        let is_answer = |path: &str| name(path) == "user-data";
        self.copies("netplan generate", is_answer, |file, text, folder| {
            let network = match network(file, text) {
                Ok(Some(network)) => network,
                Ok(None) => return Ok(Answer::Accepted),
                Err(why) => return Ok(Answer::Rejected(why)),
            };
            let place = folder.join("etc/netplan");
            let path = place.join("50-terroir.yaml");
            std::fs::create_dir_all(&place)
                .and_then(|()| std::fs::write(&path, network))
                .and_then(|()| {
                    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
                })
                .map_err(|error| error.to_string())?;
            let root = folder.display().to_string();
            let arguments = ["generate", "--root-dir", &root];
            Ok(match self.ask("netplan", &arguments, b"") {
                Err(error) => Answer::Missing(self.why(&error)),
                Ok(output) if output.code == Some(0) => Answer::Accepted,
                Ok(output) => {
                    let text = String::from_utf8_lossy(&output.stderr).into_owned();
                    match text.contains("Traceback") {
                        true => Answer::Missing("netplan fails itself".to_owned()),
                        false => {
                            Answer::Rejected(text.replace(&path.display().to_string(), "network"))
                        }
                    }
                }
            })
        })
    }

    /// Every file that fits, each shown to a program in a folder of its own.
    fn copies(
        &self,
        check: &str,
        fits: fn(&str) -> bool,
        ask: impl Fn(&str, &str, &Path) -> Result<Answer, String> + Sync + Send,
    ) -> Row {
        let files: Vec<(&str, &str)> = self.rendered.texts(fits).collect();
        if files.is_empty() {
            return self.nothing(check);
        }
        self.each(check, &files, |(file, text)| {
            let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
            match ask(file, text, folder.path())? {
                Answer::Accepted => Ok(Vec::new()),
                Answer::Missing(why) => Err(why),
                Answer::Rejected(text) => Ok(vec![whole(file, file, &text)]),
            }
        })
    }
}

fn is_kea(path: &str) -> bool {
    name(path).starts_with("kea") && (path.ends_with(".json") || path.ends_with(".conf"))
}

/// The network of an autoinstall file as a file of netplan.
fn network(file: &str, text: &str) -> Result<Option<String>, String> {
    let node = parse_any_size(file, text).map_err(|problems| {
        let first = problems.first();
        first.map(ToString::to_string).unwrap_or_default()
    })?;
    let network = node.get("autoinstall").and_then(|all| all.get("network"));
    let network = network.filter(|network| !matches!(network.value, Value::Null));
    Ok(network.map(|network| serde_json::json!({ "network": network.to_json() }).to_string()))
}

/// A configuration of Kea that names no interface of the machine that it is for.
fn with_interfaces(text: &str) -> String {
    let text = replaced(text, "\"interfaces\"", '[', ']', "[ \"*\" ]");
    replaced(&text, "\"interface\"", '"', '"', "\"lo\"")
}

/// A text where the value behind each of a key, from one sign to another, is another.
fn replaced(text: &str, key: &str, from: char, to: char, value: &str) -> String {
    let mut out = String::new();
    let mut pieces = text.split(key);
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        out.push_str(key);
        let parts = piece.split_once(from).and_then(|(before, rest)| {
            let (_, behind) = rest.split_once(to)?;
            before
                .trim_start()
                .starts_with(':')
                .then_some((before, behind))
        });
        match parts {
            Some((before, behind)) => out.extend([before, value, behind]),
            None => out.push_str(piece),
        }
    }
    out
}
