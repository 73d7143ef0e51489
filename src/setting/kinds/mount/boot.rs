//! What a boot mounts at a place of a finished root.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::fstab::{Line, lines};
use crate::setting::contract::check::{Place, Unexamined};
use crate::setting::input::place::constant;
use crate::setting::systemd::load::{Loaded, drop_ins, is_null, load, wanting};
use crate::setting::systemd::scope::{Scope, unit_directories};
use crate::setting::systemd::unit::assignments;
use crate::tree::Snapshot;

/// The table of file systems.
pub(super) const FSTAB: &str = "/etc/fstab";

/// Places that systemd itself mounts before it reads any unit; lines of fstab change their options
/// afterwards, units do not.
const EARLY: [&str; 9] = [
    "/dev",
    "/dev/pts",
    "/dev/shm",
    "/proc",
    "/run",
    "/sys",
    "/sys/fs/bpf",
    "/sys/fs/pstore",
    "/sys/kernel/security",
];

/// What a boot does at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Boot {
    /// It mounts something.
    Mounted {
        /// What is mounted.
        what: String,
        /// The type of its file system, as far as it is said.
        fs_type: String,
        /// The options.
        options: String,
        /// Where the options are said.
        place: Place,
    },
    /// Somebody says something about it, and nothing is mounted.
    Hindered {
        /// Why.
        why: String,
        /// Where that is said.
        place: Option<Place>,
    },
    /// Nobody says anything about it.
    Nothing,
}

/// The name of the unit that mounts a place (systemd-escape(1)).
pub(super) fn unit_name(place: &str, suffix: &str) -> String {
    let place = place.trim_matches('/');
    if place.is_empty() {
        return format!("-.{suffix}");
    }
    let mut name = String::new();
    for (index, byte) in place.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || b":_.".contains(&byte);
        match byte {
            b'/' => name.push('-'),
            _ if plain && !(index == 0 && byte == b'.') => name.push(char::from(byte)),
            _ => {
                let _ = write!(name, "\\x{byte:02x}");
            }
        }
    }
    format!("{name}.{suffix}")
}

/// Finds out what a boot mounts at a place.
pub(super) fn at(root: &Snapshot, place: &str) -> Result<Boot, Unexamined> {
    let fstab = constant(FSTAB);
    let text = root.text(&fstab)?.unwrap_or_default();
    let real = followed(root, place);
    let mut all = lines(&text).into_iter();
    // Of two lines for one place systemd takes the first.
    let line = all.find(|line| line.place == place || followed(root, &line.place) == real);
    if EARLY.contains(&place) {
        return Ok(match line {
            Some(line) => Boot::Mounted {
                place: Place::line(&fstab, line.index),
                what: line.what,
                fs_type: line.fs_type,
                options: line.options,
            },
            None => Boot::Nothing,
        });
    }
    let folders = unit_directories(Scope::System);
    let name = unit_name(&real, "mount");
    let (own, vendor) = folders.split_at(1);
    let mut loaded = load(root, own, &name);
    if loaded == Loaded::Nothing && line.is_none() {
        loaded = load(root, vendor, &name);
    }
    match loaded {
        Loaded::Masked(path) => Ok(Boot::Hindered {
            why: format!("{name} is masked"),
            place: Some(Place::file(&path)),
        }),
        Loaded::Nothing if line.is_none() => Ok(Boot::Nothing),
        loaded => mounted(root, (&name, &real), &loaded, line.as_ref()),
    }
}

/// A place with all links followed; as it is where nothing stands yet.
fn followed(root: &Snapshot, place: &str) -> String {
    let path = constant_or_root(place);
    match root.followed(&path) {
        Some((path, _)) => path.to_string(),
        None => place.to_owned(),
    }
}

fn constant_or_root(place: &str) -> crate::path::TreePath {
    crate::path::TreePath::parse(place).unwrap_or_default()
}

/// What the keys of a mount unit say in the end, with the places of the last words.
#[derive(Default)]
struct Keys {
    what: String,
    at: String,
    fs_type: String,
    options: String,
    place: Option<Place>,
}

impl Keys {
    fn of(line: &Line) -> Self {
        Self {
            what: line.what.clone(),
            at: line.place.clone(),
            fs_type: line.fs_type.clone(),
            options: line.options.clone(),
            place: Some(Place::line(&constant(FSTAB), line.index)),
        }
    }

    fn read(&mut self, path: &crate::path::TreePath, text: &str) {
        for (index, key, value) in assignments(text, "Mount") {
            match key.as_str() {
                "What" => self.what = value,
                "Where" => self.at = value,
                "Type" => self.fs_type = value,
                "Options" => {
                    self.options = value;
                    self.place = Some(Place::line(path, index));
                }
                _ => {}
            }
        }
    }
}

/// A unit that is there and not masked: its options, and whether anything starts it.
fn mounted(
    root: &Snapshot,
    (name, real): (&str, &str),
    loaded: &Loaded,
    line: Option<&Line>,
) -> Result<Boot, Unexamined> {
    let folders = unit_directories(Scope::System);
    let mut keys = match (loaded, line) {
        (Loaded::Fragment(path), _) => {
            let mut keys = Keys {
                place: Some(Place::file(path)),
                ..Keys::default()
            };
            keys.read(path, &root.text(path)?.unwrap_or_default());
            keys
        }
        (_, Some(line)) => Keys {
            at: real.to_owned(),
            ..Keys::of(line)
        },
        _ => Keys::default(),
    };
    for path in drop_ins(root, folders, name) {
        keys.read(&path, &root.text(&path)?.unwrap_or_default());
    }
    let hindered = |why: String| {
        Ok(Boot::Hindered {
            why,
            place: keys.place.clone(),
        })
    };
    let at = keys.at.trim_end_matches('/');
    if keys.what.is_empty() || !(at.is_empty() || at == real) {
        return hindered(format!("{name} is not a unit that systemd accepts"));
    }
    if !is_started(root, real, line) {
        return hindered(match line {
            Some(_) => "no boot mounts it (noauto, or a masked link)".to_owned(),
            None => format!("nothing wants {name}, so it is not mounted"),
        });
    }
    Ok(Boot::Mounted {
        what: keys.what,
        fs_type: keys.fs_type,
        options: keys.options,
        place: keys.place.unwrap_or_else(|| Place::file(&constant(FSTAB))),
    })
}

/// Whether a boot starts the unit of a place, or what starts it on the first use of the place.
fn is_started(root: &Snapshot, real: &str, line: Option<&Line>) -> bool {
    let folders = unit_directories(Scope::System);
    let (own, _) = folders.split_at(1);
    let (mount, automount) = (unit_name(real, "mount"), unit_name(real, "automount"));
    let by_line = line.is_some_and(|line| {
        let unit = if line.is_on_demand() {
            &automount
        } else {
            &mount
        };
        // A link of the same name to /dev/null takes back what the generator links.
        let links = line.started_in().into_iter().filter(|folder| {
            let link = format!("{}/{folder}/{unit}", own.first().unwrap_or(&""));
            !is_null(root, &constant_or_root(&link))
        });
        links.count() > 0 && !matches!(load(root, own, unit), Loaded::Masked(_))
    });
    let named = |name: &String| BTreeSet::from([name.clone()]);
    let has_automount = matches!(load(root, folders, &automount), Loaded::Fragment(_));
    by_line
        || wanting(root, folders, &named(&mount)).is_some()
        || (has_automount && wanting(root, folders, &named(&automount)).is_some())
}
