//! Mounts in the files by which a boot makes them: lines of fstab, and drop-ins of units that would
//! go before them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::boot::{FSTAB, unit_name};
use super::declare::MountValue;
use super::fstab::{Line, effective, encoded, lines, missing, with_options};
use crate::action::Action;
use crate::setting::contract::ground::Ground;
use crate::setting::contract::kind::Kind;
use crate::setting::contract::refusal::{Refusal, typed};
use crate::setting::input::place::constant;
use crate::setting::root::rewrite::{Held, joined};
use crate::setting::systemd::scope::{Scope, unit_directories};
use crate::setting::systemd::unit::assignments;

/// The folder whose units go before what fstab says.
const UNITS: &str = "/etc/systemd/system";

/// The name of a drop-in, which comes after those that others may have written.
const DROP_IN: &str = "zz-terroir.conf";

/// What `/tmp` is mounted with besides what a setting says.
const TMP_OPTIONS: &str = "mode=1777,strictatime";

/// Writes lines of fstab, and drop-ins for units that go before them.
pub(in crate::setting) fn render(
    all: &BTreeMap<String, Value>,
    touched: &BTreeSet<String>,
    ground: &mut dyn Ground,
) -> Result<Vec<Action>, Refusal> {
    let mut actions = Vec::new();
    let setting = touched.first().map(|name| Kind::MOUNT.key(name));
    let setting = setting.unwrap_or_default();
    let fstab = Held::read(&setting, FSTAB, 0o644, ground)?;
    let mut table: Vec<String> = fstab.content().lines().map(str::to_owned).collect();
    for (name, value) in all.iter().filter(|(name, _)| touched.contains(*name)) {
        let mount: MountValue = typed(Kind::MOUNT, name, value)?;
        let held = mended(&mut table, name, &mount);
        if held.is_none() && mount.separate {
            continue;
        }
        let unit = Unit::read(&setting, name, ground)?;
        actions.extend(unit.unmasked(ground));
        let tmp = name == "/tmp" && mount.what.is_none();
        let line = match (held, &mount.what, &mount.fs_type) {
            (Some(options), ..) => Some(options),
            (None, Some(what), Some(fs_type)) => {
                let options = with_options("defaults", &mount.options);
                table.push(line(what, name, fs_type, &options));
                Some(options)
            }
            (None, ..) if tmp && unit.text().is_none() => {
                let options = with_options(TMP_OPTIONS, &mount.options);
                table.push(line("tmpfs", name, "tmpfs", &options));
                Some(options)
            }
            _ => None,
        };
        if line.is_some() || tmp {
            actions.extend(unit.changed(&setting, &mount, line.as_deref(), ground)?);
        }
    }
    if fstab.text.is_some() || !table.is_empty() {
        actions.extend(fstab.with(&joined(table)));
    }
    Ok(actions)
}

fn line(what: &str, place: &str, fs_type: &str, options: &str) -> String {
    format!("{what} {} {fs_type} {options} 0 0", encoded(place))
}

/// Mends the lines that mount something at a place; gives the options of the first.
fn mended(table: &mut [String], place: &str, mount: &MountValue) -> Option<String> {
    let all = lines(&joined(&*table));
    let mut first = None;
    for held in all.iter().filter(|held| held.place == place) {
        let (what, fs_type) = match (&mount.what, &mount.fs_type) {
            (Some(what), Some(fs_type)) => (what.as_str(), fs_type.as_str()),
            _ => (held.what.as_str(), held.fs_type.as_str()),
        };
        let options = options_of(held, mount);
        let same = held.what == what && held.fs_type == fs_type && held.options == options;
        if let Some(line) = table.get_mut(held.index).filter(|_| !same) {
            *line = held.with((what, fs_type), &options);
        }
        first.get_or_insert(options);
    }
    first
}

/// The options that a line gets: those that it has, without what keeps a boot from mounting it, and
/// the demanded ones.
fn options_of(held: &Line, mount: &MountValue) -> String {
    let waits = held.is_automatic() || held.is_on_demand();
    let complete = missing(&held.options, &mount.options).is_empty();
    if waits && complete && !held.options.is_empty() {
        return held.options.clone();
    }
    let mut options = effective(&held.options);
    options.retain(|option| *option != "noauto");
    if options.is_empty() {
        options.push("defaults");
    }
    with_options(&options.join(","), &mount.options)
}

/// The unit of a place, as far as it goes before a line of fstab.
struct Unit {
    name: String,
    /// Its text below `/etc`.
    own: Option<String>,
    /// Its text where the vendor puts units.
    vendor: Option<String>,
    /// Whether anybody has drop-ins for it.
    has_drop_ins: bool,
}

impl Unit {
    fn read(setting: &str, place: &str, ground: &mut dyn Ground) -> Result<Self, Refusal> {
        let name = unit_name(place, "mount");
        let mut texts = Vec::new();
        let mut has_drop_ins = false;
        for folder in unit_directories(Scope::System) {
            let path = constant(folder).join(name.as_bytes()).unwrap_or_default();
            let masked = ground.link(&path).as_deref() == Some(b"/dev/null");
            let text = match masked {
                true => None,
                false => Held::read(setting, &path.to_string(), 0o644, ground)?.text,
            };
            texts.push(text.filter(|text| !text.is_empty()));
            has_drop_ins |= ground.directory(&constant(&format!("{folder}/{name}.d")));
        }
        let mut texts = texts.into_iter();
        Ok(Self {
            name,
            own: texts.next().flatten(),
            vendor: texts.flatten().next(),
            has_drop_ins,
        })
    }

    fn text(&self) -> Option<&str> {
        self.own.as_deref().or(self.vendor.as_deref())
    }

    /// Takes a mask away.
    fn unmasked(&self, ground: &mut dyn Ground) -> Option<Action> {
        let path = constant(UNITS).join(self.name.as_bytes()).ok()?;
        let masked = ground.link(&path).as_deref() == Some(b"/dev/null");
        masked.then_some(Action::Remove { path })
    }

    /// What makes the unit mount with the demanded options, where it goes before the line of fstab
    /// that has these options, or there is no such line.
    fn changed(
        &self,
        setting: &str,
        mount: &MountValue,
        line: Option<&str>,
        ground: &mut dyn Ground,
    ) -> Result<Vec<Action>, Refusal> {
        if line.is_some() && self.own.is_none() && !self.has_drop_ins {
            return Ok(Vec::new());
        }
        let text = match line {
            Some(_) => self.own.as_deref(),
            None => self.text(),
        };
        let said = text.map(|text| assignments(text, "Mount"));
        let mut said = said.unwrap_or_default().into_iter().rev();
        let said = said.find(|(_, key, _)| key == "Options");
        let said = said.map(|(_, _, value)| value);
        let base = said.as_deref().or(line).unwrap_or(TMP_OPTIONS);
        let options = with_options(base, &mount.options);
        let source = match (&mount.what, &mount.fs_type, &self.own) {
            (Some(what), Some(fs_type), Some(_)) => format!("What={what}\nType={fs_type}\n"),
            _ => String::new(),
        };
        let drop_in = format!(
            "# Written by terroir from the settings of this image.\n[Mount]\n{source}Options={options}\n"
        );
        let path = format!("{UNITS}/{}.d/{DROP_IN}", self.name);
        let own = Held::read(setting, &path, 0o644, ground)?;
        let mut actions: Vec<Action> = own.with(&drop_in).into_iter().collect();
        if line.is_none() {
            actions.extend(self.wanted(ground));
        }
        Ok(actions)
    }

    /// Lets the boot start it, unless it does.
    fn wanted(&self, ground: &mut dyn Ground) -> Option<Action> {
        let wants =
            |folder: &str| constant(&format!("{folder}/local-fs.target.wants/{}", self.name));
        let folders = unit_directories(Scope::System);
        let mut links = folders.iter().map(|folder| wants(folder));
        let first = links.find_map(|path| ground.link(&path));
        let unit = match self.own {
            Some(_) => UNITS,
            None => "/usr/lib/systemd/system",
        };
        let started = first.is_some_and(|target| target != b"/dev/null");
        (!started).then(|| Action::Link {
            path: wants(UNITS),
            target: format!("{unit}/{}", self.name),
        })
    }
}
