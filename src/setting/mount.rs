//! File systems and the options that they are mounted with (fstab(5), systemd.mount(5)).

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::check::{Checked, Outcome, Place, Reads, Unexamined, constant, layered};
use super::error::{Refusal, examined, typed};
use super::fstab::{fields, missing, mounts_at, with_options};
use super::ground::Ground;
use super::kind::{Kind, Setting};
use super::place::parse_place;
use super::rewrite::{Held, joined};
use crate::action::Action;
use crate::origin::{Diagnostic, Sourced};
use crate::tree::Snapshot;

/// A mount as a document declares it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MountDeclaration {
    /// What is mounted, for example tmpfs; together with `type` it becomes a line of fstab.
    #[serde(default)]
    pub what: Option<Sourced<String>>,
    /// Type of its file system.
    #[serde(default, rename = "type")]
    pub fs_type: Option<Sourced<String>>,
    /// Options that it is mounted with.
    #[serde(default)]
    pub options: Vec<Sourced<String>>,
    /// Whether it is a partition or volume of its own, which an installer makes.
    #[serde(default)]
    pub separate: bool,
}

/// The canonical value; the installer reads it by the key `mount:/path`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MountValue {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    what: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "type")]
    fs_type: Option<String>,
    options: Vec<String>,
    separate: bool,
}

const FSTAB: &str = "/etc/fstab";
const DROP_IN: &str = "/etc/systemd/system/tmp.mount.d/60-terroir.conf";
const WANTED: &str = "/etc/systemd/system/local-fs.target.wants/tmp.mount";

/// The unit of `/tmp`, where distributions put it; the first counts.
const TMP_UNIT: [&str; 2] = [
    "/etc/systemd/system/tmp.mount",
    "/usr/lib/systemd/system/tmp.mount",
];

/// What `/tmp` is mounted with besides what a setting says.
const TMP_OPTIONS: &str = "mode=1777,strictatime";

/// Reads one mount as written.
pub(super) fn declare(
    path: &Sourced<String>,
    mount: &MountDeclaration,
) -> Result<Setting, Diagnostic> {
    let place = parse_place(path)?;
    let wrong = |what: String, hint: &str| Err(Diagnostic::error(&path.origin, what).hint(hint));
    if mount.what.is_some() != mount.fs_type.is_some() {
        return wrong(
            format!("{place} has only one of `what` and `type`"),
            "give both, for example what: tmpfs, type: tmpfs",
        );
    }
    if mount.separate && mount.what.is_some() {
        return wrong(
            format!("{place} is separate and has `what`"),
            "the installer knows what a separate partition is: drop `what` and `type`",
        );
    }
    if mount.what.is_none() && !mount.separate && mount.options.is_empty() {
        return wrong(
            format!("nothing is said about {place}"),
            "give `options`, `separate: true`, or `what` and `type`",
        );
    }
    let words = mount
        .options
        .iter()
        .chain(&mount.what)
        .chain(&mount.fs_type);
    for word in words {
        let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != ',' && c != '#';
        if word.is_empty() || !word.chars().all(plain) {
            return Err(Diagnostic::error(
                &word.origin,
                format!("`{word}` cannot stand in a line of fstab"),
            )
            .hint("write one option for each list entry, without spaces and commas"));
        }
    }
    let text = |word: &Sourced<String>| word.value.clone();
    let value = MountValue {
        what: mount.what.as_ref().map(text),
        fs_type: mount.fs_type.as_ref().map(text),
        options: mount.options.iter().map(text).collect(),
        separate: mount.separate,
    };
    Ok(Setting {
        kind: Kind::Mount,
        name: place.to_string(),
        value: serde_json::to_value(value).expect("texts serialise"),
        origin: path.origin.clone(),
    })
}

/// Writes lines of fstab, and a drop-in for the unit that mounts `/tmp`.
pub(super) fn render(
    all: &BTreeMap<String, Value>,
    touched: &BTreeSet<String>,
    ground: &mut dyn Ground,
) -> Result<Vec<Action>, Refusal> {
    let mut actions = Vec::new();
    let setting = touched.first().map(|name| Kind::Mount.key(name));
    let setting = setting.unwrap_or_default();
    let fstab = Held::read(&setting, FSTAB, 0o644, ground)?;
    let mut lines: Vec<String> = fstab.content().lines().map(str::to_owned).collect();
    for (name, value) in all.iter().filter(|(name, _)| touched.contains(*name)) {
        let mount: MountValue = typed(Kind::Mount, name, value)?;
        let there = mended(&mut lines, name, &mount);
        if there || mount.separate {
            continue;
        }
        let is_tmp = name == "/tmp";
        match (&mount.what, &mount.fs_type) {
            (Some(what), Some(fs_type)) => lines.push(line(what, name, fs_type, &mount.options)),
            _ if is_tmp => match tmp_unit(&setting, ground)? {
                Some(unit) => actions.extend(drop_in(&setting, &unit, &mount, ground)?),
                None => {
                    let base = TMP_OPTIONS.split(',').map(str::to_owned);
                    let options: Vec<String> = base.chain(mount.options).collect();
                    lines.push(line("tmpfs", name, "tmpfs", &options));
                }
            },
            _ => {}
        }
    }
    if fstab.text.is_some() || !lines.is_empty() {
        actions.extend(fstab.with(&joined(lines)));
    }
    Ok(actions)
}

fn line(what: &str, path: &str, fs_type: &str, options: &[String]) -> String {
    let options = match options.is_empty() {
        true => "defaults".to_owned(),
        false => format!("defaults,{}", options.join(",")),
    };
    let path = path.replace(' ', "\\040");
    format!("{what} {path} {fs_type} {options} 0 0")
}

/// Mends the lines that mount something at a path, and tells whether there are any.
fn mended(lines: &mut [String], path: &str, mount: &MountValue) -> bool {
    let mut there = false;
    for line in lines {
        let Some(held) = fields(line).filter(|fields| mounts_at(fields, path)) else {
            continue;
        };
        there = true;
        let (what, fs_type) = match (&mount.what, &mount.fs_type) {
            (Some(what), Some(fs_type)) => (what.as_str(), fs_type.as_str()),
            _ => (
                held.first().copied().unwrap_or_default(),
                held.get(2).copied().unwrap_or_default(),
            ),
        };
        let options = held.get(3).copied().unwrap_or("defaults");
        let same = held.first() == Some(&what) && held.get(2) == Some(&fs_type);
        if same && missing(options, &mount.options).is_empty() {
            continue;
        }
        let rest = match held.get(4..) {
            Some(rest) if !rest.is_empty() => rest.join(" "),
            _ => "0 0".to_owned(),
        };
        let at = path.replace(' ', "\\040");
        *line = format!(
            "{what} {at} {fs_type} {} {rest}",
            with_options(options, &mount.options)
        );
    }
    there
}

/// The text of the unit that mounts `/tmp`.
fn tmp_unit(setting: &str, ground: &mut dyn Ground) -> Result<Option<String>, Refusal> {
    for path in TMP_UNIT {
        if let Some(text) = Held::read(setting, path, 0o644, ground)?.text {
            return Ok(Some(text));
        }
    }
    Ok(None)
}

/// The last `Options=` of a text.
fn unit_options(text: &str) -> Option<(usize, &str)> {
    let lines = text.lines().enumerate();
    let options = lines.filter_map(|(index, line)| {
        let value = line
            .trim()
            .strip_prefix("Options")?
            .trim_start()
            .strip_prefix('=')?;
        Some((index, value.trim()))
    });
    options.last()
}

fn drop_in(
    setting: &str,
    unit: &str,
    mount: &MountValue,
    ground: &mut dyn Ground,
) -> Result<Vec<Action>, Refusal> {
    let base = unit_options(unit).map_or(TMP_OPTIONS, |(_, options)| options);
    let options = with_options(base, &mount.options);
    let own = Held::read(setting, DROP_IN, 0o644, ground)?;
    let text = format!(
        "# Written by terroir from the settings of this image.\n[Mount]\nOptions={options}\n"
    );
    let mut actions: Vec<Action> = own.with(&text).into_iter().collect();
    let wanted = [
        WANTED,
        "/usr/lib/systemd/system/local-fs.target.wants/tmp.mount",
    ];
    if !wanted
        .iter()
        .any(|path| ground.link(&constant(path)).is_some())
    {
        actions.push(Action::Link {
            path: constant(WANTED),
            target: "/usr/lib/systemd/system/tmp.mount".to_owned(),
        });
    }
    Ok(actions)
}

/// More options, of the same thing.
pub(super) fn at_least(name: &str, candidate: &Value, mandatory: &Value) -> bool {
    let read = |value| typed::<MountValue>(Kind::Mount, name, value);
    let (Ok(own), Ok(least)) = (read(candidate), read(mandatory)) else {
        return false;
    };
    let same = least.what.is_none() || (own.what == least.what && own.fs_type == least.fs_type);
    let separate = own.separate || !least.separate;
    same && separate && missing(&own.options.join(","), &least.options).is_empty()
}

/// `/dev/shm: tmpfs, mounted with nodev,nosuid`.
pub(super) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let mount: MountValue = typed(Kind::Mount, name, value)?;
    let separate = mount.separate.then(|| "a partition of its own".to_owned());
    let options =
        (!mount.options.is_empty()).then(|| format!("mounted with {}", mount.options.join(",")));
    let parts: Vec<String> = separate
        .into_iter()
        .chain(mount.fs_type)
        .chain(options)
        .collect();
    Ok(format!("{name}: {}", parts.join(", ")))
}

/// Looks at fstab and at the unit of `/tmp`; partitions are the installer's.
pub(super) fn check(name: &str, value: &Value, root: &Snapshot) -> Result<Checked, Unexamined> {
    let demanded: MountValue = examined(Kind::Mount, name, value)?;
    let fstab = constant(FSTAB);
    let text = root.text(&fstab)?.unwrap_or_default();
    let mut found = None;
    for (index, line) in text.lines().enumerate() {
        let Some(held) = fields(line).filter(|fields| mounts_at(fields, name)) else {
            continue;
        };
        let place = Some(Place::line(&fstab, index));
        let options = held.get(3).copied().unwrap_or("defaults");
        let missing = missing(options, &demanded.options);
        if !missing.is_empty() {
            let found = format!("it is mounted without {}", missing.join(", "));
            return Ok(Checked::unmet(found, place));
        }
        let (what, fs_type) = (held.first().copied(), held.get(2).copied());
        let other = demanded.what.is_some()
            && (what != demanded.what.as_deref() || fs_type != demanded.fs_type.as_deref());
        if other {
            let found = format!("{} is mounted there", what.unwrap_or_default());
            return Ok(Checked::unmet(found, place));
        }
        found = Some(Checked::met(format!("it is mounted with {options}"), place));
    }
    if name == "/tmp" && !demanded.separate && demanded.what.is_none() {
        return tmp(&demanded, found, root);
    }
    Ok(match found {
        Some(found) => found,
        None if demanded.what.is_some() => Checked::unmet("no line of fstab mounts it", None),
        None => Checked::new(
            Outcome::Install,
            match demanded.options.is_empty() {
                true => "the installer makes the partition".to_owned(),
                false => format!(
                    "the installer mounts it with {}",
                    demanded.options.join(",")
                ),
            },
            None,
        ),
    })
}

/// The options of `tmp.mount`, which count over those of fstab when a drop-in states them.
fn tmp(
    demanded: &MountValue,
    by_fstab: Option<Checked>,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    let folders: Vec<String> = super::service::unit_directories(super::ground::Scope::System)
        .iter()
        .map(|folder| format!("{folder}/tmp.mount.d"))
        .collect();
    let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
    let mut files = layered(root, &folders, ".conf");
    let unit = TMP_UNIT.iter().map(|path| constant(path));
    let unit = unit.into_iter().find(|path| root.followed(path).is_some());
    let wanted = [
        WANTED,
        "/usr/lib/systemd/system/local-fs.target.wants/tmp.mount",
    ];
    let is_wanted = wanted
        .iter()
        .any(|path| root.node(&constant(path)).is_some());
    if by_fstab.is_none() && !(unit.is_some() && is_wanted) {
        return Ok(Checked::unmet("nothing mounts it", None));
    }
    files.reverse();
    if by_fstab.is_none() {
        files.extend(unit);
    }
    for path in files {
        let text = root.text(&path)?.unwrap_or_default();
        if let Some((index, options)) = unit_options(&text) {
            let missing = missing(options, &demanded.options);
            let place = Some(Place::line(&path, index));
            return Ok(match missing.is_empty() {
                true => Checked::met(format!("it is mounted with {options}"), place),
                false => Checked::unmet(
                    format!("it is mounted without {}", missing.join(", ")),
                    place,
                ),
            });
        }
    }
    Ok(by_fstab.unwrap_or_else(|| Checked::unmet("it is mounted without options", None)))
}

/// The table of file systems, and for `/tmp` the folders of units.
pub(super) fn reads(name: &str) -> Vec<Reads> {
    let units = match name {
        "/tmp" => super::service::unit_directories(super::ground::Scope::System),
        _ => &[],
    };
    let units = units.iter().map(|folder| Reads::below(folder));
    units.chain([Reads::at(FSTAB)]).collect()
}
