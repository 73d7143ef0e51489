//! Where the clock is set from: chrony or systemd-timesyncd, never both.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::action::Action;
use crate::origin::{Diagnostic, Sourced};
use crate::path::TreePath;
use crate::setting::contract::check::{Checked, Place, Reads, Unexamined};
use crate::setting::contract::definition::{Declare, Definition};
use crate::setting::contract::ground::Ground;
use crate::setting::contract::kind::{Kind, Setting};
use crate::setting::contract::refusal::{Refusal, examined, typed};
use crate::setting::input::place::constant;
use crate::setting::root::layered::layered;
use crate::setting::root::rewrite::{Held, joined, written};
use crate::tree::Snapshot;

impl Kind {
    /// Where the clock is set from.
    pub const TIME: Self = Self::named("time");
}

/// The kind `time`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    about: "Where the clock is set from.",
    example: "chrony: { servers: [ntp.example.org] }",
    effect: "`chrony.conf`, or a drop-in of timesyncd.",
    render: |all, _, ground| render(all, ground),
    ..Definition::of(Kind::TIME, check, |_| reads(), show)
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = TimeDeclaration;

/// Reads all that one document declares.
pub(in crate::setting) const DECLARE: Declare<Declared> = |declared, _| declare(declared);

/// The source of time as a document declares it: one of its programs.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeDeclaration {
    /// The daemon chrony.
    #[serde(default)]
    pub chrony: Option<Sourced<TimeSources>>,
    /// The client of systemd.
    #[serde(default)]
    pub timesyncd: Option<Sourced<TimeSources>>,
}

/// Whom the clock is set by.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeSources {
    /// Hosts.
    #[serde(default)]
    pub servers: Vec<Sourced<String>>,
    /// Names that stand for many hosts; systemd-timesyncd asks them when no server answers.
    #[serde(default)]
    pub pools: Vec<Sourced<String>>,
    /// Whether servers that are named already are accepted.
    #[serde(default)]
    pub any: bool,
}

/// The canonical value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TimeValue {
    program: Program,
    servers: Vec<String>,
    pools: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    any: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Program {
    Chrony,
    Timesyncd,
}

/// The one name of this kind, so that two programs are one contradiction.
const NAME: &str = "source";

/// Reads the source as written.
pub(in crate::setting) fn declare(time: &TimeDeclaration) -> Result<Vec<Setting>, Vec<Diagnostic>> {
    let (program, said) = match (&time.chrony, &time.timesyncd) {
        (Some(said), None) => (Program::Chrony, said),
        (None, Some(said)) => (Program::Timesyncd, said),
        (Some(first), Some(second)) => {
            return Err(vec![
                Diagnostic::error(&second.origin, "two programs would set the clock")
                    .and(&first.origin, "the first is here")
                    .hint("keep one of them"),
            ]);
        }
        (None, None) => return Ok(Vec::new()),
    };
    let hosts = said.servers.iter().chain(&said.pools);
    let wrong: Vec<Diagnostic> = hosts
        .filter(|host| !is_host(host))
        .map(|host| {
            Diagnostic::error(&host.origin, format!("`{host}` is not the name of a host"))
                .hint("write a name or an address without options")
        })
        .collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    if said.servers.is_empty() && said.pools.is_empty() && !said.any {
        return Err(vec![
            Diagnostic::error(&said.origin, "nobody is named who knows the time")
                .hint("give `servers` or `pools`, or `any: true` to keep those that are there"),
        ]);
    }
    let texts = |hosts: &[Sourced<String>]| hosts.iter().map(|host| host.value.clone()).collect();
    let value = TimeValue {
        program,
        servers: texts(&said.servers),
        pools: texts(&said.pools),
        any: said.any,
    };
    Ok(vec![Setting {
        kind: Kind::TIME,
        name: NAME.to_owned(),
        value: serde_json::to_value(value).expect("texts serialise"),
        origin: said.origin.clone(),
    }])
}

fn is_host(host: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte);
    !host.is_empty() && !host.starts_with('-') && host.bytes().all(known)
}

/// The configuration of chrony, in Debian and in Fedora.
const CHRONY: [&str; 2] = ["/etc/chrony/chrony.conf", "/etc/chrony.conf"];
const CHRONY_FOLDERS: [&str; 2] = ["/etc/chrony/conf.d", "/etc/chrony/sources.d"];
const TIMESYNCD: &str = "/etc/systemd/timesyncd.conf.d/60-terroir.conf";
const TIMESYNCD_FOLDERS: [&str; 4] = [
    "/etc/systemd/timesyncd.conf.d",
    "/run/systemd/timesyncd.conf.d",
    "/usr/local/lib/systemd/timesyncd.conf.d",
    "/usr/lib/systemd/timesyncd.conf.d",
];

/// Names the sources in the one file that the program reads for it.
pub(in crate::setting) fn render(
    all: &BTreeMap<String, Value>,
    ground: &mut dyn Ground,
) -> Result<Vec<Action>, Refusal> {
    let mut actions = Vec::new();
    for (name, value) in all {
        let time: TimeValue = typed(Kind::TIME, name, value)?;
        if time.any {
            continue;
        }
        match time.program {
            Program::Chrony => actions.extend(chrony(&Kind::TIME.key(name), &time, ground)?),
            Program::Timesyncd => {
                let list = |key: &str, hosts: &[String]| match hosts.is_empty() {
                    true => String::new(),
                    false => format!("{key}={}\n", hosts.join(" ")),
                };
                let text = format!(
                    "# Written by terroir from the settings of this image.\n[Time]\n{}{}",
                    list("NTP", &time.servers),
                    list("FallbackNTP", &time.pools)
                );
                actions.push(written(TIMESYNCD, &text));
            }
        }
    }
    Ok(actions)
}

fn chrony(
    setting: &str,
    time: &TimeValue,
    ground: &mut dyn Ground,
) -> Result<Option<Action>, Refusal> {
    for path in CHRONY {
        let file = Held::read(setting, path, 0o644, ground)?;
        let Some(old) = &file.text else {
            continue;
        };
        let mut lines: Vec<String> = Vec::new();
        let mut place = None;
        let mut user = None;
        for line in old.lines() {
            match line.split_whitespace().next() {
                Some("server" | "pool" | "peer") => place = place.or(Some(lines.len())),
                word => {
                    if word == Some("user") {
                        user = Some(lines.len());
                    }
                    lines.push(line.to_owned());
                }
            }
        }
        // Debian's chronyd drops its rights without being told; the benchmark wants it said.
        if path.starts_with("/etc/chrony/") && user.is_none() {
            lines.push("user _chrony".to_owned());
        }
        let place = place.unwrap_or(lines.len());
        let servers = time
            .servers
            .iter()
            .map(|host| format!("server {host} iburst"));
        let pools = time.pools.iter().map(|host| format!("pool {host} iburst"));
        lines.splice(place..place, servers.chain(pools));
        return Ok(file.with(&joined(lines)));
    }
    Err(Refusal::MissingFile {
        setting: setting.to_owned(),
        path: "/etc/chrony/chrony.conf".to_owned(),
    })
}

/// `the clock is set by chrony from time.example.org`.
pub(in crate::setting) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let time: TimeValue = typed(Kind::TIME, name, value)?;
    let program = match time.program {
        Program::Chrony => "chrony",
        Program::Timesyncd => "systemd-timesyncd",
    };
    let hosts: Vec<String> = time.servers.into_iter().chain(time.pools).collect();
    if time.any {
        return Ok(format!(
            "the clock is set by {program} from servers that are named"
        ));
    }
    Ok(format!(
        "the clock is set by {program} from {}",
        hosts.join(", ")
    ))
}

/// Looks at whom the program would ask.
pub(in crate::setting) fn check(
    name: &str,
    value: &Value,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    let time: TimeValue = examined(Kind::TIME, name, value)?;
    let demanded: BTreeSet<&str> = time
        .servers
        .iter()
        .chain(&time.pools)
        .map(String::as_str)
        .collect();
    let found = match time.program {
        Program::Chrony => by_chrony(root)?,
        Program::Timesyncd => by_timesyncd(root)?,
    };
    if time.any {
        return Ok(match found.first() {
            Some((host, place)) => Checked::met(format!("it asks {host}"), Some(place.clone())),
            None => Checked::unmet("it asks nobody that is named", None),
        });
    }
    let hosts: BTreeSet<&str> = found.iter().map(|(host, _)| host.as_str()).collect();
    let other = found
        .iter()
        .find(|(host, _)| !demanded.contains(host.as_str()));
    if let Some((host, place)) = other {
        return Ok(Checked::unmet(
            format!("it asks {host}"),
            Some(place.clone()),
        ));
    }
    let missing: Vec<&str> = demanded.difference(&hosts).copied().collect();
    let place = found.first().map(|(_, place)| place.clone());
    Ok(match missing.is_empty() {
        true => Checked::met("it asks those that are named", place),
        false => Checked::unmet(format!("it does not ask {}", missing.join(", ")), place),
    })
}

type Hosts = Vec<(String, Place)>;

fn by_chrony(root: &Snapshot) -> Result<Hosts, Unexamined> {
    let mut files: Vec<TreePath> = CHRONY.iter().map(|path| constant(path)).collect();
    for folder in CHRONY_FOLDERS {
        files.extend(root.children(&constant(folder)));
    }
    let mut hosts = Vec::new();
    for path in files {
        let text = root.text(&path)?.unwrap_or_default();
        for (index, line) in text.lines().enumerate() {
            let mut words = line.split_whitespace();
            if let (Some("server" | "pool" | "peer"), Some(host)) = (words.next(), words.next()) {
                hosts.push((host.to_owned(), Place::line(&path, index)));
            }
        }
    }
    Ok(hosts)
}

fn by_timesyncd(root: &Snapshot) -> Result<Hosts, Unexamined> {
    let mut files = vec![constant("/etc/systemd/timesyncd.conf")];
    files.extend(layered(root, &TIMESYNCD_FOLDERS, ".conf"));
    let (mut servers, mut fallback) = (Vec::new(), Vec::new());
    for path in files {
        let text = root.text(&path)?.unwrap_or_default();
        for (index, line) in text.lines().enumerate() {
            let Some((key, value)) = line.split_once('=') else {
                continue;
            };
            let hosts = match key.trim() {
                "NTP" => &mut servers,
                "FallbackNTP" => &mut fallback,
                _ => continue,
            };
            // An empty list takes back what was said before, as in other files of systemd.
            if value.trim().is_empty() {
                hosts.clear();
            }
            let words = value.split_whitespace();
            hosts.extend(words.map(|host| (host.to_owned(), Place::line(&path, index))));
        }
    }
    servers.append(&mut fallback);
    Ok(servers)
}

/// The files of both programs.
pub(in crate::setting) fn reads() -> Vec<Reads> {
    let files = CHRONY.iter().map(|path| Reads::at(path));
    let folders = CHRONY_FOLDERS.iter().chain(&TIMESYNCD_FOLDERS);
    let folders = folders.map(|path| Reads::below(path));
    let own = Reads::at("/etc/systemd/timesyncd.conf");
    files.chain(folders).chain([own]).collect()
}
